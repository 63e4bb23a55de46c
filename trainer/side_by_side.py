"""Methods side by side as a sweep: the first is its base, the others ride along as baselines.

What is common to all (data, model, optimiser, seeds) may have several values: each method is run with each of
them, of seeds and tuned paths as axes that baselines follow, of others as more baselines. Several values in a
field of one method are as many settings of that method alone. Imports no torch.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from trainer.config_fields import choices, leaf_fields
from trainer.config_meaning import SEEDS, deciding, idle, is_used
from trainer.methods import SCHEDULE, compared_paths, first_weighted_epoch, methods

Values = Mapping[str, Sequence[Any]]
"""Path -> its values, at least one."""
Flat = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """A method as it was chosen: its values of the fields that are compared, None for a deferred epoch."""

    name: str
    values: Values


@dataclass(frozen=True)
class Comparison:
    """What a sweep is asked for: `base` flat, axes, baselines, and which method each baseline is of."""

    base: Flat
    axes: dict[str, list[Any]]
    baselines: tuple[Flat, ...]
    names: tuple[str, ...]


def chosen(name: str, given: Values) -> Chosen:
    """The method `name` with these values of its own fields; its usual ones where none are given."""
    method = methods()[name]
    usual = {path: [method.usual(path)] for path in compared_paths()}
    return Chosen(name, {**usual, **{path: given[path] for path in method.fields if path in given}})


def side_by_side(common: Values, compared: Sequence[Chosen], tuned: Collection[str]) -> Comparison:
    """The sweep of these methods. `common` has the fields that are compared by none of them.

    A schedule is no axis of a first method with an epoch that follows it: the grid would hold that of one.
    """
    first, *others = compared
    base = _settled(_first(common) | _first(first.values))
    told = {path: values for path, values in _several(common).items() if path not in (*SEEDS, *tuned)}
    apart = {path for path in told if path in SCHEDULE and _follows_schedule(first)}
    several = _several(common) | _several(first.values)
    axes = {path: several[path] for path in leaf_fields() if path in several and path not in apart}
    found: dict[str, tuple[Flat, str]] = {}
    for other in (first, *others) if apart else others:
        for overrides in _baselines(base, other, told):
            if other is first and apart.isdisjoint(overrides):
                continue  # on the axes
            found.setdefault(repr(sorted(overrides.items(), key=repr)), (overrides, other.name))
    baselines = [one for one in found.values() if one[0]]
    return Comparison(base, axes, tuple(one for one, _ in baselines), tuple(name for _, name in baselines))


def without_effect(values: Values) -> set[str]:
    """Paths that change nothing, whichever value is taken; an unknown word counts as the default."""
    return idle({path: _known(path, values[path]) for path in deciding() if path in values})


def _baselines(base: Mapping[str, Any], other: Chosen, told: Values) -> Iterator[Flat]:
    """What makes the base into each setting of the other method, but for what has no effect in it."""
    several = {**_several(other.values), **told}
    for values in itertools.product(*several.values()):
        flat = _settled({**base, **_first(other.values), **dict(zip(several, values, strict=True))})
        changed = {path: value for path, value in flat.items() if value != base.get(path)}
        whole = _defaults() | flat
        yield {path: value for path, value in changed.items() if is_used(whole, path)}


@cache
def _defaults() -> Flat:
    return {path: field.default for path, field in leaf_fields().items()}


def _follows_schedule(method: Chosen) -> bool:
    """Whether it has a first epoch that is left to the schedule."""
    return any(None in method.values.get(path, ()) for path in _deferred())


@cache
def _deferred() -> frozenset[str]:
    """Paths of first epochs that may follow the schedule."""
    return frozenset(path for method in methods().values() for path in method.deferred)


def _settled(flat: Mapping[str, Any]) -> Flat:
    """With an epoch in the place of each that follows the schedule."""
    gaps = [path for path in _deferred() if path in flat and flat[path] is None]
    return {**flat, **dict.fromkeys(gaps, first_weighted_epoch(flat) if gaps else None)}


def _several(values: Values) -> dict[str, list[Any]]:
    unused = without_effect(values)
    return {path: list(all_) for path, all_ in values.items() if len(all_) > 1 and path not in unused}


def _first(values: Values) -> Flat:
    return {path: all_[0] for path, all_ in values.items()}


def _known(path: str, values: Sequence[Any]) -> list[Any]:
    return [value for value in values if not choices(path) or value in choices(path)]
