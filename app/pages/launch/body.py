"""What was typed into the form of a new run as a launch: of one run or, with several values, of a sweep.

Every field takes several values, as `parse_axis` reads them; choices and switches send each chosen one. The
methods that are ticked stand side by side: one is named, with its own fields under "method.NAME.PATH", or
"by_hand", which is what the fields of losses, sampling and mixing say. Drawing the form is form's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidError
from app.requirements import from_words
from app.runs.drafts import NO_LIMITS
from app.runs.naming import LONGEST_NAME
from app.schemas import LaunchBody, SweepBody, read
from trainer.config_fields import leaf_fields, nest
from trainer.config_meaning import MACHINE, deciding
from trainer.errors import ConfigError, FieldProblem
from trainer.methods import BY_HAND, compared_paths, methods
from trainer.side_by_side import Chosen, Comparison, Values, chosen, side_by_side
from trainer.side_by_side import without_effect as unused
from trainer.sweep_text import parse_axis

_METHOD = "method."


@dataclass(frozen=True)
class Asked:
    """What was typed, read: the methods that stand side by side, and the sweep that they are."""

    ticked: tuple[str, ...]
    comparison: Comparison
    plan: Mapping[str, Any]

    @property
    def is_one_run(self) -> bool:
        """Whether nothing is asked for twice."""
        return not (self.comparison.axes or self.comparison.baselines or self.plan)


def read_form(typed: Mapping[str, str]) -> LaunchBody | SweepBody:
    """What was typed as a launch. Raises InvalidError naming every refused field, axes by their path."""
    asked = read_asked(typed)
    said = {
        "name": typed.get("name", "").strip() or _name(asked),
        "tags": parts(typed.get("tags", "")),
        "notes": typed.get("notes", ""),
        "priority": _number(typed.get("priority", "").strip() or "0"),
        "requirements": from_words(parts(typed.get("require", ""))),
        **{name: _number(typed.get(name, "").strip() or None) for name in vars(NO_LIMITS)},
    }
    first = nest(asked.comparison.base)
    if asked.is_one_run:
        return read(LaunchBody, said | {"config": first})
    body = {"base": first, "axes": asked.comparison.axes, "baselines": list(asked.comparison.baselines)}
    return read(SweepBody, {**said, **body, "reuse": typed.get("reuse") != "false", **asked.plan})


def _name(asked: Asked) -> str | None:
    """What stands side by side, in words; None for a single method, whose name is made from what varies."""
    titles = ["by hand" if name == BY_HAND else methods()[name].title for name in asked.ticked]
    return ", ".join(titles)[:LONGEST_NAME] if len(titles) > 1 and not asked.is_one_run else None


def read_asked(typed: Mapping[str, str]) -> Asked:
    """What was typed, as methods side by side. Raises InvalidError for text that lists no values."""
    unknown = [word for word in parts(typed.get("method", "")) if word not in (*methods(), BY_HAND)]
    if unknown:
        known = ", ".join((*methods(), BY_HAND))
        problem = FieldProblem("method", f"names {', '.join(unknown)}, which is none; known are {known}")
        raise InvalidError("The form was refused: method.", fields=[problem])
    plan, values, paths, leaves = _plan(typed), _values(typed), compared_paths(), leaf_fields()
    names = ticked_methods(typed)
    common = {path: listed for path, listed in values.items() if path in leaves and path not in paths}
    by_hand = Chosen(BY_HAND, {path: values.get(path, [leaves[path].default]) for path in paths})
    compared = [by_hand if name == BY_HAND else chosen(name, _own(name, values)) for name in names]
    return Asked(names, side_by_side(common, compared, plan.get("tuned", ())), plan)


def ticked_methods(typed: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the known methods that are ticked, what is set by hand first; that, where none is."""
    ticked = parts(typed.get("method", ""))
    return tuple(name for name in (BY_HAND, *methods()) if name in ticked) or (BY_HAND,)


def own_fields(name: str) -> dict[str, str]:
    """Path -> under which name the form has the field of a method."""
    return {path: f"{_METHOD}{name}.{path}" for path in methods()[name].fields}


def without_effect(typed: Mapping[str, str]) -> set[str]:
    """Paths that change nothing, whichever of the choices is made; a refused choice counts as its default."""
    return unused({path: _decisions(path, typed[path]) for path in deciding() if path in typed})


def parts(text: str) -> list[str]:
    """The words between commas, without blanks and doubles."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def at_form_fields(problems: Sequence[FieldProblem], typed: Mapping[str, str]) -> tuple[FieldProblem, ...]:
    """Each problem at the field of the form where it was typed: "axes.loss.beta[2]" is loss.beta's.

    What is refused of a method is at its own field, or at the methods where it has none of that path.
    """
    homes = dict(_homes(typed)) if problems else {}
    return tuple(FieldProblem(_home(problem.path, homes), problem.message) for problem in problems)


def _homes(typed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What methods set, by "baselines[0]." (the first method: "") and path, with its name in the form."""
    try:
        asked = read_asked(typed)
    except InvalidError:
        return
    of_baselines = [(f"baselines[{number}].", name) for number, name in enumerate(asked.comparison.names)]
    for before, name in (("", asked.ticked[0]), *of_baselines):
        own = {} if name == BY_HAND else own_fields(name)
        for path in compared_paths():
            yield f"{before}{path}", path if name == BY_HAND else own.get(path, "method")


def _home(path: str, homes: Mapping[str, str]) -> str:
    if path.startswith("looks"):
        return "looks"
    if path.startswith("requirements"):
        return "require"
    for prefix in ("axes.", "base.", "config."):
        path = path.removeprefix(prefix)
    if path.startswith("baselines"):
        common = path.partition("].")[2]
        return homes.get(
            path, common if common in leaf_fields() and common not in compared_paths() else "method"
        )
    path = path.partition("[")[0]
    return homes.get(path, path)


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


def _own(name: str, values: Mapping[str, list[Any]]) -> Values:
    """The values of a method's own fields, those that were typed."""
    return {path: values[field] for path, field in own_fields(name).items() if field in values}


def _values(typed: Mapping[str, str]) -> dict[str, list[Any]]:
    """Name in the form -> its distinct values. Raises InvalidError for text that lists none.

    A deferred epoch that is left empty is not there.
    """
    paths = {path: path for path in leaf_fields()}
    for name in ticked_methods(typed):
        own = {} if name == BY_HAND else own_fields(name)
        blank = {
            path for path in own if path in methods()[name].deferred and not typed.get(own[path], "").strip()
        }
        paths |= {field: path for path, field in own.items() if path not in blank}
    values: dict[str, list[Any]] = {}
    problems: list[FieldProblem] = []
    for field, text in typed.items():
        if field in paths:
            try:
                values[field] = _listed(paths[field], text)
            except ConfigError as error:
                problems += [FieldProblem(field, problem.message) for problem in error.fields]
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
    """The values that a deciding field lists; none where the text is refused."""
    try:
        return parse_axis(path, text)
    except ConfigError:
        return []
