"""A sweep that names methods, as base, axes and baselines."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.runs.sweep_checks import sweep_refused
from app.schemas import SweepBody, read
from trainer.config import parse_config
from trainer.config_fields import flatten, nest, takes_list
from trainer.errors import ConfigError, FieldProblem
from trainer.methods import compared_paths, methods
from trainer.side_by_side import Chosen, Values, chosen, side_by_side

_HINT = "GET /api/v1/meta lists the methods and their fields."


def of_methods(body: SweepBody, preset: Mapping[str, Any]) -> SweepBody:
    """The sweep of the methods that `body` names, over its base, its axes and what `preset` says besides.

    Raises InvalidError naming each method, field or value that cannot be, under "methods[0]".
    """
    compared = list(_each(body.methods))
    common: dict[str, Sequence[Any]] = {path: [value] for path, value in flatten(body.base).items()}
    common |= {path: values for path, values in body.axes.items() if values}
    taken = [path for path in common if path in compared_paths()]
    if taken:
        message = "is a field of the methods: give it with one of them, or write baselines instead of methods"
        raise sweep_refused(
            [FieldProblem(f"axes.{path}" if path in body.axes else path, message) for path in taken], _HINT
        )
    usual = {path: [value] for path, value in flatten(preset).items() if path not in compared_paths()}
    common = usual | common
    problems = [one for number, method in enumerate(compared) for one in _refusals(number, method, common)]
    if problems:
        raise sweep_refused(problems, _HINT)
    made = side_by_side(common, compared, body.tuned)
    said = body.model_dump(exclude_unset=True, exclude={"preset", "methods"})
    empty: dict[str, list[Any]] = {
        path: [] for path, values in body.axes.items() if not values
    }  # refused where axes are looked at
    baselines = [*made.baselines, *body.baselines]
    grid = {"base": nest(made.base), "axes": made.axes | empty, "baselines": baselines}
    return read(SweepBody, said | grid)


def _each(asked: Sequence[Mapping[str, Any]]) -> Iterator[Chosen]:
    for number, method in enumerate(asked):
        own = dict(method)
        name = own.pop("name", None)
        known = methods().get(name) if isinstance(name, str) else None
        if known is None:
            message = f"is {name!r}, which is no method; known are {', '.join(methods())}"
            raise sweep_refused([FieldProblem(f"methods[{number}].name", message)], _HINT)
        given = flatten(own)
        odd = [path for path in given if path not in known.fields]
        if odd:
            message = f"is no field that {known.name} offers; it has {', '.join(known.fields) or 'none'}"
            raise sweep_refused([FieldProblem(f"methods[{number}].{path}", message) for path in odd], _HINT)
        yield chosen(known.name, {path: _listed(path, value) for path, value in given.items()})


def _listed(path: str, value: Any) -> list[Any]:
    """The values of a field that were given, one or several; of one that takes a list, several are lists."""
    is_several = isinstance(value, list) and value and (not takes_list(path) or isinstance(value[0], list))
    return value if is_several else [value]


def _refusals(number: int, method: Chosen, common: Values) -> Iterator[FieldProblem]:
    """What the configurations of a method would be refused for among its own fields, once for each field."""
    first = {path: values[0] for path, values in common.items() if values}
    found: dict[str, str] = {}
    for values in itertools.product(*method.values.values()):
        own = {path: value for path, value in zip(method.values, values, strict=True) if value is not None}
        try:
            parse_config(nest(first | own))
        except ConfigError as error:
            found |= {one.path: one.message for one in error.fields if one.path.partition("[")[0] in own}
    yield from (FieldProblem(f"methods[{number}].{path}", message) for path, message in found.items())
