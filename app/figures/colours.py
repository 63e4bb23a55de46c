"""The colour of a setting: made from the configuration alone, the same on every page.

Hue stands for the family (loss and weighting; hues that stay apart for colour-blind readers, after Okabe and
Ito), lightness for beta along -log10(1 - beta), with a turn of the hue so that neighbours stay apart.
Dashes tell all other parameters of the loss apart, symbols the seed and whatever else differs. Neutral
colours of a figure (ink, grid) are in theme.

OKLCH is a space in which equal steps look equal; its matrices to sRGB: B. Ottosson, "A perceptual color
space for image processing", 2020.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Any

from app.views.runs.configured import Configured
from trainer.config import RunConfig, as_json
from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import NO_SETTING, shown, with_role
from trainer.losses import LOSSES
from trainer.weighting_words import WEIGHTINGS


@lru_cache(maxsize=4096)
def oklch(lightness: float, chroma: float, hue: float) -> str:
    """An OKLCH colour (lightness 0..1, hue in degrees) as #rrggbb, less vivid where sRGB ends."""
    rgb = _linear_rgb(lightness, possible_chroma(lightness, chroma, hue), hue)
    return "#" + "".join(f"{_channel(value):02x}" for value in rgb)


@lru_cache(maxsize=4096)
def possible_chroma(lightness: float, chroma: float, hue: float) -> float:
    """`chroma`, or the largest below it that sRGB has."""
    if _inside(_linear_rgb(lightness, chroma, hue)):
        return chroma
    low, high = 0.0, chroma
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(_linear_rgb(lightness, middle, hue)) else (low, middle)
    return low


def _linear_rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    angle = math.radians(hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _inside(rgb: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= value <= 1 + 1e-4 for value in rgb)


def _channel(value: float) -> int:
    """Linear light 0..1 as an sRGB byte."""
    value = min(1.0, max(0.0, value))
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


Lab = tuple[float, float, float]


@dataclass(frozen=True)
class Family:
    """Hue of a family at the middle beta, how far it turns from low to high beta (degrees), and chroma."""

    hue: float
    turn: float = 0.0
    chroma: float = 0.14


FAMILIES: dict[tuple[str, str], Family] = {
    ("cross_entropy", "none"): Family(250.0, chroma=0.012),
    ("cross_entropy", "class_balanced"): Family(66.0, turn=-44.0),
    ("cross_entropy", "inverse_frequency"): Family(112.0),
    ("focal", "none"): Family(165.0),
    ("focal", "class_balanced"): Family(250.0, turn=160.0),
    ("focal", "inverse_frequency"): Family(340.0),
}
_HUES, _CHROMAS = range(0, 360, 6), (0.14, 0.09, 0.05)  # where other families find their own
DASHES = ("solid", "dot", "dashdot", "longdashdot", "longdash")
"""Plain "dash" is kept for the baseline."""
_SHAPES = "circle square diamond triangle-up x star triangle-down cross pentagon hexagram bowtie hourglass"
SYMBOLS = tuple(_SHAPES.split())
_LENGTH = ("data.dataset", "optim.epochs", "optim.milestones")


@dataclass(frozen=True)
class SettingStyle:
    """How a setting is drawn: a colour for each theme (#rrggbb), a dash, a symbol (both Plotly's names).

    `light_ink` is the light theme's colour, dark enough for text (contrast 4.5 on paper).
    """

    light: str
    dark: str
    light_ink: str
    dash: str
    symbol: str


@dataclass(frozen=True)
class Tone:
    """What a colour is made of in both themes: 0..1 away from the paper, hue in degrees, chroma."""

    place: float
    hue: float
    chroma: float

    def at(self, theme: str) -> tuple[float, float, float]:
        """OKLCH in "light" or "dark", before sRGB ends."""
        step = -0.30 if theme == "light" else 0.27
        return 0.64 + step * self.place, self.chroma, self.hue


def setting_style(config: Mapping[str, Any]) -> SettingStyle:
    """The style of a configuration (as JSON); equal settings get equal colours, whatever their seeds."""
    return style_in(tone_of(config), config)


@lru_cache(maxsize=4096)
def style_of(of: Configured) -> SettingStyle:
    """The same, worked out once for equal configurations: a quarter of the data of a list."""
    return setting_style(of.config)


def tone_of(config: Mapping[str, Any]) -> Tone:
    """The tone of a configuration by its loss."""
    loss = config["loss"]
    place = _beta_place(loss["beta"])
    family = _family((loss["name"], loss["weighting"]))
    return Tone(place, family.hue + family.turn * (place - 0.5), family.chroma)


def style_in(tone: Tone, config: Mapping[str, Any]) -> SettingStyle:
    """The style of a configuration in another tone than its own."""
    lightness, chroma, hue = tone.at("light")
    ink = oklch(min(0.54, lightness), chroma, hue)
    dash = DASHES[_form_index(flatten(config))]
    symbol = SYMBOLS[(config["seed"] + _rest_index(config)) % len(SYMBOLS)]
    return SettingStyle(oklch(lightness, chroma, hue), oklch(*tone.at("dark")), ink, dash, symbol)


def _beta_place(beta: float | None) -> float:
    """0 for beta up to 0.7, 0.5 near 0.997 and for a loss without beta, 1 from 0.99994 on."""
    if beta is None:
        return 0.5
    return min(1.0, max(0.0, (-math.log10(1 - beta) - 0.6) / 3.6))


def _family(name: tuple[str, str]) -> Family:
    """One without colours of its own gets free ones, or some by its name where nothing is known of it."""
    return FAMILIES.get(name) or _others().get(name) or Family(_digest(name) % 360)


@cache
def _others() -> dict[tuple[str, str], Family]:
    """Each the farthest from all before; unweighted losses first, as they are compared most."""
    known, tried = FAMILIES.values(), (Tone(0.5, hue, chroma) for chroma, hue in product(_CHROMAS, _HUES))
    gaps = {tone: min(gap(tone, Tone(0.5, one.hue, one.chroma)) for one in known) for tone in tried}
    found: dict[tuple[str, str], Family] = {}
    for weighting, loss in product(WEIGHTINGS, LOSSES.names):
        best = max(gaps, key=lambda tone: gaps[tone])
        if (loss, weighting) not in FAMILIES:
            found[loss, weighting] = Family(best.hue, chroma=best.chroma)
            gaps = {tone: min(known, gap(tone, best)) for tone, known in gaps.items()}
    return found


def _form_index(flat: Mapping[str, Any]) -> int:
    """0 for the usual gamma, form, reduction and so on; else a stable place among the other dashes."""
    unusual = {
        path.removeprefix("loss."): value
        for path, usual in _usual_loss().items()
        if (value := flat[path]) not in (None, usual)
    }
    return 1 + _digest(unusual) % (len(DASHES) - 1) if unusual else 0


def _rest_index(config: Mapping[str, Any]) -> int:
    """0 for the usual data, network and optimiser (whatever data set and length); else a stable number."""
    told = {*with_role("compared"), *NO_SETTING, *_LENGTH}
    rest = {path: value for path, value in flatten(config).items() if path not in told}
    unusual = {path: value for path, value in rest.items() if value != _usual().get(path)}
    return _digest(unusual) if unusual else 0


@cache
def _usual_loss() -> dict[str, Any]:
    """The defaults of what is compared, but for what hue and lightness tell."""
    return {path: leaf_fields()[path].default for path in with_role("compared") if path not in shown("front")}


@cache
def _usual() -> dict[str, Any]:
    return flatten(as_json(RunConfig()))


def _digest(value: object) -> int:
    text = json.dumps(value, sort_keys=True, default=list)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def gap(one: Tone, other: Tone) -> float:
    """The distance in the theme in which they are nearer."""
    return min(math.dist(_lab(one, theme), _lab(other, theme)) for theme in ("light", "dark"))


@lru_cache(maxsize=4096)
def _lab(tone: Tone, theme: str) -> Lab:
    lightness, chroma, hue = tone.at(theme)
    chroma, angle = possible_chroma(lightness, chroma, hue), math.radians(hue)
    return lightness, chroma * math.cos(angle), chroma * math.sin(angle)
