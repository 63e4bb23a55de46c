"""What was typed into the form of a new run as a launch: of one run or, with several values, of a sweep.

Every field takes several values, as `parse_axis` reads them; choices and switches send each chosen one.
Drawing the form is form's.
"""

from collections.abc import Mapping, Sequence
from itertools import islice, product
from typing import Any

from app.errors import InvalidError
from app.schemas import LaunchBody, SweepBody, read
from trainer.config import RunConfig, as_json, parse_config
from trainer.config_fields import choices, flatten, leaf_fields, nest
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep import MAX_CELLS
from trainer.sweep_text import parse_axis

BASELINES: dict[str, dict[str, Any]] = {
    "cross_entropy": {"loss.name": "cross_entropy", "loss.weighting": "none"},
    "focal": {"loss.name": "focal", "loss.weighting": "none"},
}
"""What may ride along with a sweep, as overrides of its first setting."""

ONE_ONLY = ("device", "threads")
"""Fields that change where a run is trained, not what: runs that differ in nothing else are equal."""

_DECIDING = ("data.validation_fraction", "data.max_train_per_class")
"""Fields besides the choices on which the effect of others hangs."""


def read_form(typed: Mapping[str, str]) -> LaunchBody | SweepBody:
    """What was typed as a launch. Raises InvalidError naming every refused field, axes by their path."""
    values = _values(typed)
    baselines = [BASELINES[word] for word in parts(typed.get("baseline", "")) if word in BASELINES]
    said = {
        "name": typed.get("name", "").strip() or None,
        "tags": parts(typed.get("tags", "")),
        "notes": typed.get("notes", ""),
    }
    plan = _plan(typed)
    first = nest({path: listed[0] for path, listed in values.items()})
    idle = without_effect(typed)
    axes = {path: listed for path, listed in values.items() if len(listed) > 1 and path not in idle}
    if not axes and not baselines and not plan:
        return read(LaunchBody, said | {"config": first})
    reuse = typed.get("reuse") != "false"
    body = {"base": first, "axes": axes, "baselines": baselines, "reuse": reuse}
    return read(SweepBody, said | body | plan)


def without_effect(typed: Mapping[str, str]) -> set[str]:
    """Paths that change nothing, whichever of the choices is made; a refused choice counts as its default."""
    leaves = leaf_fields()
    deciding = {path: _decisions(path, text) for path, text in typed.items() if path in leaves
                and (choices(path) or (path in _DECIDING and text))}  # fmt: skip
    flats = [
        flatten(as_json(_first_valid([dict(zip(deciding, chosen, strict=True)), {}])))
        for chosen in islice(product(*deciding.values()), MAX_CELLS)
    ]
    return {
        path
        for path, leaf in leaves.items()
        if leaf.default is not None and all(flat[path] is None for flat in flats)
    }


def parts(text: str) -> list[str]:
    """The words between commas, without blanks and doubles."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def homed(problems: Sequence[FieldProblem]) -> tuple[FieldProblem, ...]:
    """Each problem at the field of the form where it was typed: "axes.loss.beta[2]" is loss.beta's."""
    return tuple(FieldProblem(_home(problem.path), problem.message) for problem in problems)


def _plan(typed: Mapping[str, str]) -> dict[str, Any]:
    """Margin, looks and tuned paths, those that were given; text that is no number is left to be refused."""
    looks = [_number(word) for word in parts(typed.get("looks", ""))]
    given = {
        "margin": _number(typed.get("margin", "").strip() or None),
        "looks": {"seeds": looks} if looks else None,
        "tuned": parts(typed.get("tuned", "")),
    }
    return {name: value for name, value in given.items() if value not in (None, [])}


def _number(text: str | None) -> int | float | str | None:
    for convert in (int, float):
        try:
            return None if text is None else convert(text)
        except ValueError:
            continue
    return text


def _home(path: str) -> str:
    if path.startswith("baselines"):
        return "baseline"
    if path.startswith("looks"):
        return "looks"
    for prefix in ("axes.", "base.", "config."):
        path = path.removeprefix(prefix)
    return path.partition("[")[0]


def _values(typed: Mapping[str, str]) -> dict[str, list[Any]]:
    """Path -> its distinct values. Raises InvalidError for text that lists none."""
    values: dict[str, list[Any]] = {}
    problems: list[FieldProblem] = []
    for path, text in typed.items():
        if path in leaf_fields():
            try:
                values[path] = _listed(path, text)
            except ConfigError as error:
                problems += homed(error.fields)
    if problems:
        names = ", ".join(problem.path for problem in problems)
        raise InvalidError(f"The form was refused: {names}.", fields=problems)
    return values


def _listed(path: str, text: str) -> list[Any]:
    """The distinct values that `text` lists."""
    values = parse_axis(path, text)
    distinct = list({repr(value): value for value in values}.values())
    if path in ONE_ONLY and len(distinct) > 1:
        raise ConfigError([FieldProblem(path, f"takes one value, got {text}: it changes no figure")])
    return distinct


def _decisions(path: str, text: str) -> list[Any]:
    """The values that a deciding field lists; blank text decides nothing."""
    try:
        return parse_axis(path, text) or [None]
    except ConfigError:
        return [text]


def _first_valid(candidates: Sequence[Mapping[str, Any]]) -> RunConfig:
    for fields in candidates:
        try:
            return parse_config(nest(fields))
        except ConfigError:
            continue
    raise AssertionError("the defaults are valid")
