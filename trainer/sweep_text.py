"""Axes of a sweep as people type them: "0.9, 0.99, N=1000", seeds "0..4". Imports no torch."""

import re
from typing import Any, get_args

from trainer.config_fields import leaf_fields, takes_list, typed
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep import MAX_CELLS

_PAIR = re.compile(r"(?<![\w.,=+-])(\d+),(\d+)(?!\w|\.|,\S)", re.ASCII)
"""Two whole numbers with a comma and no blank between them, and no third."""


def parse_axis(path: str, text: str) -> list[Any]:
    """The values that `text` lists for the field `path`, for an axis of `trainer.sweep.expand`.

    Commas separate values; a field whose own value is a list takes semicolons ("6, 8; 5, 7"). A field of
    whole numbers takes ranges with both ends included ("0..4"). Blank text is one value, as in `from_text`.
    Raises ConfigError naming "axes.PATH" for a gap, a wrong range, a comma that may be meant as a decimal
    point, or more than MAX_CELLS values; whether the field takes the values is up to `expand`.
    """
    _refuse_decimal_comma(path, text)
    parts = text.split(";" if takes_list(path) else ",")
    if len(parts) > 1 and not all(part.strip() for part in parts):
        raise _refused(path, f"lists no value between two separators, got {_shown(text)}")
    values: list[Any] = []
    for part in parts:
        values += _range(path, part.strip()) if _has_range(path, part) else [typed(path, part)]
        if len(values) > MAX_CELLS:
            raise _refused(path, f"has more than {MAX_CELLS} values")
    return values


def _refuse_decimal_comma(path: str, text: str) -> None:
    """ "0,5" is half of something to some and two values to others; with a blank it is two to all."""
    found = _PAIR.search(text) if float in _kinds(path) and not takes_list(path) else None
    if found is not None:
        first, second = found.groups()
        pair, one, two = found[0], f"{first}.{second}", f"{first}, {second}"
        raise _refused(path, f"holds {pair}, which reads as two values; write {one}, or {two} for two")


def _has_range(path: str, part: str) -> bool:
    return ".." in part and bool({int, float} & _kinds(path))


def _kinds(path: str) -> set[object]:
    """The types that a field takes, `int | None` apart."""
    leaf = leaf_fields().get(path)
    return set() if leaf is None else {leaf.annotation, *get_args(leaf.annotation)}


def _range(path: str, part: str) -> range:
    if int not in _kinds(path):
        raise _refused(path, f"takes a range for whole numbers only, got {_shown(part)}: list the values")
    ends = re.fullmatch(r"(\d{1,18})\s*\.\.\s*(\d{1,18})", part, flags=re.ASCII)
    if ends is None:
        raise _refused(path, f"holds {_shown(part)}, which is no range such as 0..4")
    first, last = int(ends[1]), int(ends[2])
    if last < first:
        raise _refused(path, f"has a range that runs downward, {part}: write {last}..{first}")
    if last - first >= MAX_CELLS:
        raise _refused(path, f"has a range of {last - first + 1} values, {part}; at most {MAX_CELLS}")
    return range(first, last + 1)


def _refused(path: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(f"axes.{path}", message)])


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
