"""Which fields differ among settings, which of them move together, and what may be subtracted from what.

Pure functions of values: no figures. Two levels of a field are only ever held against each other within a
combination of the other fields: between settings that differ in nothing else, or in what has no effect
without the field, as gamma has none without focal loss.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from app.formats import gather
from app.runs.naming import short_text
from app.views.setting_labels import differing_fields
from trainer.config_meaning import depending_on, null_is_a_value, title_of

_NAMED = 3
Values = tuple[str | None, ...]
"""By setting; None where the field has no effect."""
Key = tuple[str | None, ...]
Places = dict[str, list[int]]
"""By level, which settings."""


@dataclass(frozen=True)
class Factor:
    """A field, or several whose values always change together; its value in each setting."""

    paths: tuple[str, ...]
    values: Values
    numbers: Mapping[str, float]
    """By level of a numeric field."""

    @property
    def label(self) -> str:
        """At the head of a column."""
        return self.word[:1].upper() + self.word[1:]

    @property
    def word(self) -> str:
        """In a sentence; of many fields the first two."""
        words = [title[:1].lower() + title[1:] for title in map(title_of, self.paths)]
        if len(words) <= _NAMED:
            return " and ".join(words)
        return f"{', '.join(words[:2])} and {len(words) - 2} more"

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """Numbers by size, words in the order in which they come."""
        found = dict.fromkeys(value for value in self.values if value is not None)
        return tuple(sorted(found, key=lambda one: self.numbers.get(one, 0.0)))

    @cached_property
    def is_nested(self) -> bool:
        """Whether it has no effect in some settings."""
        return None in self.values

    def holds(self, other: "Factor") -> bool:
        """Whether `other` has an effect only at some values of this one."""
        below = set().union(*(depending_on(path) for path in self.paths)) - {*self.paths}
        return other.is_nested and bool(below & {*other.paths})


@dataclass(frozen=True)
class Design:
    """The factors of K settings."""

    factors: tuple[Factor, ...]
    size: int

    def beside(self, *ours: Factor) -> list[Factor]:
        """The other factors, without what has an effect only at some values of these."""
        rest = [one for one in self.factors if not any(one is own for own in ours)]
        return [one for one in rest if not any(own.holds(one) for own in ours)]

    def blocks(self, factor: Factor, only: Collection[int] | None = None) -> dict[Key, Places]:
        """By combination of the other fields, the settings at each level."""
        others, found = self.beside(factor), dict[Key, Places]()
        for at, level in enumerate(factor.values):
            if level is not None and (only is None or at in only):
                key = tuple(other.values[at] for other in others)
                found.setdefault(key, {}).setdefault(level, []).append(at)
        return found

    def moves_with(self, factor: Factor) -> tuple[Factor, ...]:
        """The fewest other factors that change between some two of its levels; () where one changes alone."""
        others = self.beside(factor)
        seen = dict.fromkeys(
            (level, tuple(other.values[at] for other in others))
            for at, level in enumerate(factor.values)
            if level is not None
        )
        found: tuple[int, ...] | None = None
        for (ours, one), (theirs, another) in combinations(seen, 2):
            if ours != theirs:
                differ = tuple(
                    at for at, pair in enumerate(zip(one, another, strict=True)) if len({*pair}) > 1
                )
                found = differ if found is None or len(differ) < len(found) else found
        return tuple(others[at] for at in found or ())


def design_of(flat: Sequence[Mapping[str, Any]], but: Collection[str] = ()) -> Design:
    """The design of these flat configurations; paths in `but` are no fields of it.

    Fields whose values change together in all of them are one factor: none of them has an effect of its own.
    """
    paths = [path for path in differing_fields(flat) if path not in but]
    by_split = gather((_split(_values(path, flat)), path) for path in paths)
    return Design(tuple(_factor(tuple(found), flat) for found in by_split.values()), len(flat))


def _values(path: str, flat: Sequence[Mapping[str, Any]]) -> Values:
    found = [one.get(path) for one in flat]
    words = (short_text(one, found).replace("_", " ") for one in found)
    return tuple(
        None if one is None and not null_is_a_value(path) else word
        for one, word in zip(found, words, strict=True)
    )


def _split(values: Values) -> tuple[int, ...]:
    """Equal for fields that tell the same settings apart."""
    seen: dict[str | None, int] = {}
    return tuple(seen.setdefault(value, len(seen)) for value in values)


def _factor(paths: tuple[str, ...], flat: Sequence[Mapping[str, Any]]) -> Factor:
    columns = [_values(path, flat) for path in paths]
    values = tuple(
        None if all(one is None for one in row) else ", ".join(one or "none" for one in row)
        for row in zip(*columns, strict=True)
    )
    first = [one.get(paths[0]) for one in flat]
    numbers = {
        text: float(value)
        for text, value in zip(values, first, strict=True)
        if text is not None and isinstance(value, int | float) and not isinstance(value, bool)
    }
    return Factor(paths, values, numbers if len(numbers) == len({*values} - {None}) else {})


def pairs_of(factor: Factor) -> list[tuple[str, str]]:
    """Every two levels, the later one first."""
    return [(later, sooner) for sooner, later in combinations(factor.levels, 2)]


def rectangles(
    design: Design, a: Factor, b: Factor, only: Collection[int]
) -> dict[Key, dict[tuple[str, str], list[int]]]:
    """By combination of the others, the settings at each pair of levels of two factors."""
    others, found = design.beside(a, b), dict[Key, dict[tuple[str, str], list[int]]]()
    for at in sorted(only):
        ours, theirs = a.values[at], b.values[at]
        if ours is not None and theirs is not None:
            key = tuple(other.values[at] for other in others)
            found.setdefault(key, {}).setdefault((ours, theirs), []).append(at)
    return found
