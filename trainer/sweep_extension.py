"""A sweep that grows: more values, baselines and settings over cells that exist. Imports no torch.

Values join the axes and the grid is filled up; a setting is followed over seeds alone, beside the grid. What
comes out equal to a cell that is there already is not doubled.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from trainer.config import as_json, merge
from trainer.config_fields import flatten, leaf_fields, nest
from trainer.config_meaning import SEEDS
from trainer.errors import ConfigError, FieldProblem
from trainer.study import Grid
from trainer.sweep import MAX_CELLS, Cell, check, expand, first_stages, grid_cells
from trainer.sweep_tuning import check_tuned_cells

Axes = Mapping[str, Sequence[Any]]
Overrides = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Extension:
    """The sweep's axes and baselines afterwards, its whole grid, and the cells that it lacks so far."""

    axes: dict[str, list[Any]]
    baselines: list[dict[str, Any]]
    grid: tuple[Cell, ...]
    new: tuple[Cell, ...]


def extend(
    plan: Grid, known: Collection[str], axes: Axes, baselines: Overrides = (), settings: Overrides = ()
) -> Extension:
    """`plan` with values, baselines and settings added; `known` are the configuration hashes of its cells.

    A setting (nested or dotted, complete or not) overrides the base and is followed over the seed axes given
    here, failing those the sweep's own; with settings the seeds given here leave the grid as it is. An axis
    that the sweep lacks begins with the base's value, which the cells that exist have. Baselines that stand
    at every value of an axis get its new ones, too. Raises ConfigError naming "axes.loss.beta[2]",
    "baselines[0].loss.gamma", "settings[0].loss.beta" as they stand here.
    """
    flat = [flatten(setting) for setting in settings]
    check(plan.base, axes, baselines)
    _check_settings(axes, flat)
    joined = {path: list(values) for path, values in plan.axes.items()}
    if not flat:
        joined |= {path: _joined(plan, path, values) for path, values in axes.items()}
    asked = [*baselines, *([] if flat else _beside(plan, axes))]
    whole = [*plan.baselines, *(one for one in asked if one not in plan.baselines)]
    with_names = _Names(plan, axes, joined, baselines, whole)
    grid = with_names.of_cells(with_names.expand(joined, whole))
    cells = {cell.config_hash: cell for cell in _setting_cells(plan, axes, flat, grid)}
    new = {digest: cell for digest, cell in (_by_hash(grid) | cells).items() if digest not in known}
    if len(known) + len(new) > MAX_CELLS:
        message = f"make it {len(known) + len(new)} runs; a sweep has at most {MAX_CELLS}"
        raise ConfigError([FieldProblem("settings" if flat else "axes", message)], "Launch another sweep.")
    return Extension(joined, [dict(one) for one in whole], grid, tuple(new.values()))


def as_launched(plan: Grid, cells: Sequence[tuple[bool, Mapping[str, Any]]]) -> Grid:
    """`plan` with its base filled up from its cells, (is a baseline, configuration) each.

    What the base leaves out is what the cells were given then: a default that has moved since does not reach
    a sweep from before. A field that had an effect in baselines alone is read from those.
    """
    asked = {path: value for path, value in flatten(plan.base).items() if value is not None}
    grid = [flatten(config) for is_baseline, config in cells if not is_baseline]
    beside = [flatten(config) for is_baseline, config in cells if is_baseline]
    found: dict[str, Any] = {}
    for path in leaf_fields().keys() - asked.keys() - plan.axes.keys():
        own = [one for one in beside if _follows(one, path, plan.baselines)]
        values = (one[path] for one in (*grid, *own) if one.get(path) is not None)
        found[path] = next(values, None)
    given = {path: value for path, value in found.items() if value is not None}
    return replace(plan, base=merge(plan.base, nest(given)))


def _follows(flat: Mapping[str, Any], path: str, baselines: Overrides) -> bool:
    """Whether a cell is one of these baselines, and one that does not override the path."""
    return any(
        path not in overrides
        and all(flat.get(name) == _read(name, value) for name, value in overrides.items())
        for overrides in baselines
    )


def _by_hash(cells: Iterable[Cell]) -> dict[str, Cell]:
    return {cell.config_hash: cell for cell in cells}


def _check_settings(axes: Axes, settings: Overrides) -> None:
    problems = [
        FieldProblem(f"settings[{number}].{path}", "is not a field of a run")
        for number, setting in enumerate(settings)
        for path in setting
        if path not in leaf_fields()
    ]
    if settings:
        problems += [
            FieldProblem(f"axes.{path}", "stands beside settings, which follow seeds only: extend it apart")
            for path in axes
            if path not in SEEDS
        ]
    if problems:
        raise ConfigError(problems)


def _joined(plan: Grid, path: str, values: Sequence[Any]) -> list[Any]:
    """The axis with these values, equal ones ("N=10" and 0.9) once; a new axis begins with the base's."""
    own = flatten(plan.base).get(path, leaf_fields()[path].default)
    known = list(plan.axes.get(path, [list(own) if isinstance(own, tuple) else own]))
    read = [_read(path, value) for value in known]
    for value in values:
        if (meaning := _read(path, value)) not in read:
            known.append(value)
            read.append(meaning)
    return known


def _beside(plan: Grid, axes: Axes) -> Sequence[dict[str, Any]]:
    """What baselines that stand at every value of an axis are at its new ones, as methods side by side do."""
    base, found = flatten(plan.base), [dict(one) for one in plan.baselines]
    for path, values in axes.items():
        whole = [_read(path, value) for value in plan.axes.get(path, ())]
        if len(whole) < 2 or path in SEEDS or path in plan.tuned:
            continue
        groups: dict[str, tuple[dict[str, Any], list[Any]]] = {}
        for overrides in found:
            rest = {name: value for name, value in overrides.items() if name != path}
            known = groups.setdefault(repr(sorted(rest.items(), key=repr)), (rest, []))[1]
            known.append(_read(path, overrides.get(path, base.get(path, leaf_fields()[path].default))))
        everywhere = [rest for rest, known in groups.values() if all(value in known for value in whole)]
        new = [value for value in values if _read(path, value) not in whole]
        found += [rest | {path: value} for rest in everywhere for value in new]
    return found[len(plan.baselines) :]


def _read(path: str, value: Any) -> Any:
    """The value as the configuration would hold it; as it is where the field refuses it."""
    field = leaf_fields()[path]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        return TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError:
        return value


def _setting_cells(plan: Grid, axes: Axes, settings: Overrides, grid: Sequence[Cell]) -> Iterable[Cell]:
    """A setting that differs from the grid along axes alone is a point beside it, any other a baseline."""
    seeds = {path: axes.get(path, plan.axes.get(path, ())) for path in (*plan.axes, *axes) if path in SEEDS}
    within = next((cell for cell in reversed(grid) if not cell.baseline), grid[-1])
    inside = flatten(as_json(within.config))
    found = []
    for number, overrides in enumerate(settings):
        sources = {path: f"settings[{number}].{path}" for path in overrides}
        for cell in grid_cells(merge(plan.base, nest(overrides)), seeds, sources):
            flat = flatten(as_json(cell.config))
            apart = {path for path in flat if flat[path] != inside[path] and path not in SEEDS}
            places = {path: flat[path] for path in plan.axes if flat[path] is not None and path not in seeds}
            is_baseline = not apart <= set(plan.axes)
            values = cell.values if is_baseline else (*places.items(), *cell.values)
            found.append(replace(cell, baseline=is_baseline, values=values))
    known = _by_hash((*grid, *found))
    found += first_stages(known).values()
    check_tuned_cells(found, plan.tuned)
    return found


@dataclass(frozen=True)
class _Names:
    """Refusals under the names of the request: its third beta may be the sweep's seventh."""

    plan: Grid
    axes: Axes
    joined: Axes
    baselines: Overrides
    whole: Overrides

    def expand(self, axes: Axes, baselines: Overrides) -> tuple[Cell, ...]:
        """As `trainer.sweep.expand`."""
        try:
            return expand(self.plan.base, axes, baselines, self.plan.tuned)
        except ConfigError as error:
            fields = [FieldProblem(self._asked(one.path), one.message) for one in error.fields]
            raise ConfigError(fields, error.hint) from error

    def of_cells(self, cells: Iterable[Cell]) -> tuple[Cell, ...]:
        """The cells, their sources renamed."""
        return tuple(
            replace(cell, sources={path: self._asked(name) for path, name in cell.sources.items()})
            for cell in cells
        )

    def _asked(self, name: str) -> str:
        found = re.fullmatch(r"(axes\.(.+)|baselines)\[(\d+)\](.*)", name)
        if found is None:
            return name
        head, path, place, rest = found.groups()
        mine = self.axes.get(path, ()) if path else self.baselines
        union = self.joined.get(path, ()) if path else self.whole
        value = union[int(place)]
        return f"{head}[{list(mine).index(value)}]{rest}" if value in mine else name
