"""Colours of rows that are another reading of a setting, beside those of the settings themselves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.figures.colours import SYMBOLS, SettingStyle, Tone, style_in, tone_of
from app.figures.colours_apart import MORE_DASHES, apart, settings_styles

_SHIFTS = (0.4, -0.3, 0.2, -0.45)
"""Of the place of the first of a setting, of its second ...: away from the middle first."""
_LEAST_CHROMA = 0.05


def styles_with_kin(
    configs: Mapping[str, Mapping[str, Any]], like: Mapping[str, str]
) -> dict[str, SettingStyle]:
    """Styles by label as `settings_styles`, which rows in `like` leave as they are.

    like: by label of another reading of a setting, that setting's label. It has the setting's hue, lighter or
    darker, with another dash and symbol.
    """
    own = {label: config for label, config in configs.items() if config and label not in like}
    tones = dict(zip(own, apart(tuple(map(tone_of, own.values()))), strict=True))
    found = settings_styles(own)
    for label, of in like.items():
        nth = [one for one, other in like.items() if other == of].index(label)
        found[label] = _kin_of(found[of], tones[of], configs[of], nth)
    return found


def _kin_of(like: SettingStyle, tone: Tone, config: Mapping[str, Any], nth: int) -> SettingStyle:
    """The nth style that goes with a setting's, which has that tone."""
    place = tone.place + _SHIFTS[nth % len(_SHIFTS)] * (1 if tone.place <= 0.5 else -1)
    own = style_in(replace(tone, place=place, chroma=max(tone.chroma, _LEAST_CHROMA)), config)
    dash = MORE_DASHES[(MORE_DASHES.index(like.dash) + 1 + nth) % len(MORE_DASHES)]
    return replace(own, dash=dash, symbol=SYMBOLS[(SYMBOLS.index(like.symbol) + 1 + nth) % len(SYMBOLS)])
