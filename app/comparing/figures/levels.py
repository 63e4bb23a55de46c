"""Where the levels of a field stand on an axis, and what tells levels apart.

Numbers stand by size: rates, ratios and other positive numbers that span more than _FAR times by their
logarithm, beta as in its own figure at -log10(1 - beta). Words stand side by side.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from app.comparing.effects.view import Effects, FieldEffect
from app.figures.colours import DASHES, SYMBOLS, oklch
from app.figures.layout import CHARACTER, axis, plain
from app.figures.theme import Theme

NOT_USED = "not used"
_FAR = 4.0
_WIDTH = 300
"""Pixels of the axis of a narrow figure, within which ticks must not touch."""
_LEAST = 10
"""Characters of a tick that it has at least."""
_HUES = (250.0, 66.0, 165.0, 340.0, 112.0, 20.0, 290.0, 200.0)
"""After Okabe and Ito, as those of settings; symbols and dashes tell the same."""


@dataclass(frozen=True)
class LevelAxis:
    """By level, where it stands; the axis; and whether what lies between two levels means something."""

    places: Mapping[str, float]
    axis: dict[str, Any]
    is_scale: bool

    @property
    def step(self) -> float:
        """The smallest distance of two levels; 1 of a lone one."""
        at = sorted(self.places.values())
        return min((b - a for a, b in pairwise(at)), default=1.0)


@dataclass(frozen=True)
class Look:
    """How a level of the second field is drawn."""

    colour: str
    dash: str
    symbol: str


def level_axis(field: FieldEffect, values: Sequence[str | None], theme: Theme) -> LevelAxis:
    """Of a field's levels, and of what has none of them where some of `values` is None."""
    texts = [one.text for one in field.levels]
    numbers = {one.text: one.number for one in field.levels if one.number is not None}
    is_scale = len(numbers) == len(texts)
    title, at = field.word, [float(place) for place in range(len(texts))]
    if is_scale:
        title, at = _scaled(field, [numbers[text] for text in texts])
    places = dict(zip(texts, at, strict=True))
    low, high = min(at, default=0.0), max(at, default=1.0)
    pad = 0.12 * (high - low) if is_scale and high > low else 0.5
    if None in values:
        places[NOT_USED] = low - 2 * pad
        low -= 2 * pad
    ticks = _ticks(places, high - low + 2 * pad)
    reach = {"range": [low - pad, high + pad], "showgrid": False, "tickangle": 0}
    return LevelAxis(places, axis(theme, title, **ticks, **reach), is_scale)


def _scaled(field: FieldEffect, numbers: Sequence[float]) -> tuple[str, list[float]]:
    """(title of the axis, where the numbers stand)."""
    if field.key.endswith(".beta") and max(numbers) < 1:
        return f"{field.word}, at −log10(1 − beta)", [-math.log10(1 - value) for value in numbers]
    if min(numbers) > 0 and max(numbers) >= _FAR * min(numbers):
        return f"{field.word}, log scale", [math.log10(value) for value in numbers]
    return field.word, list(numbers)


def _ticks(places: Mapping[str, float], whole: float) -> dict[str, Any]:
    """Ticks at the levels, but for those that would lie over the one before."""
    shown: list[str] = []
    longest = max(_LEAST, 44 // len(places))
    for text in sorted(places, key=lambda one: places[one]):
        if shown:
            room = CHARACTER * (min(len(text), longest) + min(len(shown[-1]), longest)) / 2 + 6
            if (places[text] - places[shown[-1]]) / whole * _WIDTH < room and len(places) > 2:
                continue
        shown.append(text)
    return {
        "tickvals": [places[text] for text in shown],
        "ticktext": [plain(text, longest) for text in shown],
    }


def looks(field: FieldEffect, theme: Theme) -> dict[str, Look]:
    """By level: lighter to darker along numbers, other hues for words."""
    levels = [*(one.text for one in field.levels), NOT_USED]
    ordered = all(one.number is not None for one in field.levels)
    found = {}
    for at, text in enumerate(levels):
        share = at / max(1, len(levels) - 2)
        lightness = (0.72 - 0.36 * share) if theme.name == "light" else (0.5 + 0.36 * share)
        colour = oklch(lightness, 0.13, 250.0)
        if not ordered:
            colour = oklch(0.56 if theme.name == "light" else 0.74, 0.13, _HUES[at % len(_HUES)])
        if text == NOT_USED:
            colour = theme.muted
        found[text] = Look(colour, DASHES[at % len(DASHES)], SYMBOLS[at % len(SYMBOLS)])
    return found


def field_of(view: Effects, key: str) -> FieldEffect | None:
    """The field with this path among its own."""
    return next((one for one in view.fields if key in one.paths), None)


def places_of(view: Effects, field: FieldEffect) -> list[str]:
    """By setting, its level of the field."""
    at = view.fields.index(field)
    return [NOT_USED if cell.values[at] is None else str(cell.values[at]) for cell in view.cells]
