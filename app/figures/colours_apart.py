"""Styles of settings that stand in one figure: who is like an earlier one is moved apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from app.figures.colours import DASHES, SYMBOLS, SettingStyle, Tone, gap, style_in, tone_of

ALIKE = 0.04
"""Colours nearer than this (in OKLab, in either theme) look like one."""
_APART, _MOST, _PLACES, _TURNS, _CHROMA = 0.12, 16, (0.5, 0.15, 0.85), tuple(range(0, 360, 24)), 0.14
MORE_DASHES = (*DASHES, "15px,3px,3px,3px,3px,3px", "3px,9px")
"""Those and more, for settings of one figure that would have the same."""


def settings_styles(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, SettingStyle]:
    """Styles by label, for configurations in the order of their rows; empty ones have none."""
    known = {label: config for label, config in configs.items() if config}
    tones = apart(tuple(tone_of(config) for config in known.values()))
    styles = [style_in(tone, config) for tone, config in zip(tones, known.values(), strict=True)]
    dashes = _all_apart([style.dash for style in styles], MORE_DASHES)
    symbols = _all_apart([style.symbol for style in styles], SYMBOLS)
    marks = zip(known, styles, dashes, symbols, strict=True)
    return {label: replace(style, dash=dash, symbol=symbol) for label, style, dash, symbol in marks}


def _all_apart(own: Sequence[str], every: Sequence[str]) -> list[str]:
    """Dashes or symbols of settings in one figure: its own for who comes first, else the least used so far.

    Beside colour they tell settings apart in grey and for colour-blind eyes.
    """
    used: Counter[str] = Counter()
    found = []
    for wanted in own:
        found.append(min(every, key=lambda one: (used[one], one in own)) if used[wanted] else wanted)
        used[found[-1]] += 1
    return found


@lru_cache(maxsize=64)
def apart(own: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """The tones, those that are like an earlier one moved to the nearest free hue; past 16 all stay."""
    first = own[:_MOST]
    moving = [at for at, tone in enumerate(first) if any(gap(tone, other) < ALIKE for other in own[:at])]
    found = list(own)
    taken = [tone for at, tone in enumerate(own) if at not in moving]
    for at in moving:
        found[at] = _free(own[at], taken)
        taken.append(found[at])
    return tuple(found)


def _free(own: Tone, taken: Sequence[Tone]) -> Tone:
    """The nearest hue that is well away from all that are taken, or the one that is farthest from them."""
    turned = [Tone(place, own.hue + turn, _CHROMA) for place in _PLACES for turn in _TURNS]
    tried = [(min(gap(tone, other) for other in taken), tone) for tone in turned]
    well = [tone for least, tone in tried if least >= _APART]
    if well:
        return min(well, key=lambda tone: gap(tone, own))
    return max(tried, key=lambda one: one[0])[1]
