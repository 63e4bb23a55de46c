"""What was typed into the form of a new run as a launch: of one run or, with several values, of a sweep.

Every field takes several values, as `parse_axis` reads them; choices and switches send each chosen one.
Drawing the form is form's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import InvalidError
from app.schemas import LaunchBody, SweepBody, read
from trainer.config_fields import choices, leaf_fields, nest
from trainer.config_meaning import MACHINE, deciding, idle
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep_text import parse_axis

BASELINES: dict[str, dict[str, Any]] = {
    name: {"loss.name": name, "loss.weighting": "none"} for name in choices("loss.name")
}
"""What may ride along with a sweep, as overrides of its first setting: each loss without weights."""


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
    unused = without_effect(typed)
    axes = {path: listed for path, listed in values.items() if len(listed) > 1 and path not in unused}
    if not axes and not baselines and not plan:
        return read(LaunchBody, said | {"config": first})
    reuse = typed.get("reuse") != "false"
    body = {"base": first, "axes": axes, "baselines": baselines, "reuse": reuse}
    return read(SweepBody, said | body | plan)


def without_effect(typed: Mapping[str, str]) -> set[str]:
    """Paths that change nothing, whichever of the choices is made; a refused choice counts as its default."""
    return idle({path: _decisions(path, typed[path]) for path in deciding() if path in typed})


def parts(text: str) -> list[str]:
    """The words between commas, without blanks and doubles."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def at_form_fields(problems: Sequence[FieldProblem]) -> tuple[FieldProblem, ...]:
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
                problems += at_form_fields(error.fields)
    if problems:
        names = ", ".join(problem.path for problem in problems)
        raise InvalidError(f"The form was refused: {names}.", fields=problems)
    return values


def _listed(path: str, text: str) -> list[Any]:
    """The distinct values that `text` lists."""
    values = parse_axis(path, text)
    distinct = list({repr(value): value for value in values}.values())
    if path in MACHINE and len(distinct) > 1:
        raise ConfigError([FieldProblem(path, f"takes one value, got {text}: it changes no figure")])
    return distinct


def _decisions(path: str, text: str) -> list[Any]:
    """The values that a deciding field lists, but for unknown words; none where the text is refused."""
    try:
        return [value for value in parse_axis(path, text) if not choices(path) or value in choices(path)]
    except ConfigError:
        return []
