"""Colours of settings that stand together: each its own, and those that would look like another's moved away.

A setting keeps the colour that it has on every page unless an earlier one of the same figure has it, too:
settings of one loss and beta that differ in rate or reduction, say.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from app.figures.colours import SettingStyle, Tone, possible_chroma, style_in, tone_of

ALIKE = 0.04
"""Colours nearer than this (in OKLab, in either theme) look like one."""
_APART, _MOST = 0.12, 16
_PLACES, _TURNS, _CHROMA = (0.5, 0.15, 0.85), tuple(range(0, 360, 24)), 0.14
Lab = tuple[float, float, float]


def settings_styles(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, SettingStyle]:
    """Styles by label, for configurations in the order of their rows; empty ones have none."""
    known = {label: config for label, config in configs.items() if config}
    tones = apart(tuple(tone_of(config) for config in known.values()))
    return {label: style_in(tone, known[label]) for label, tone in zip(known, tones, strict=True)}


@lru_cache(maxsize=64)
def apart(own: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """The tones, those that are like an earlier one moved to the nearest free hue; past 16 all stay."""
    moving = [
        at for at, tone in enumerate(own[:_MOST]) if any(_gap(tone, other) < ALIKE for other in own[:at])
    ]
    found = list(own)
    taken = [tone for at, tone in enumerate(own) if at not in moving]
    for at in moving:
        found[at] = _free(own[at], taken)
        taken.append(found[at])
    return tuple(found)


def _free(own: Tone, taken: Sequence[Tone]) -> Tone:
    """The nearest hue that is well away from all that are taken, or the one that is farthest from them."""
    turned = [Tone(place, own.hue + turn, _CHROMA) for place in _PLACES for turn in _TURNS]
    tried = [(min(_gap(tone, other) for other in taken), tone) for tone in turned]
    well = [tone for gap, tone in tried if gap >= _APART]
    if well:
        return min(well, key=lambda tone: _gap(tone, own))
    return max(tried, key=lambda one: one[0])[1]


def _gap(one: Tone, other: Tone) -> float:
    """The distance in the theme in which they are nearer."""
    return min(math.dist(_lab(one, theme), _lab(other, theme)) for theme in ("light", "dark"))


@lru_cache(maxsize=4096)
def _lab(tone: Tone, theme: str) -> Lab:
    lightness, chroma, hue = tone.at(theme)
    chroma, angle = possible_chroma(lightness, chroma, hue), math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)
