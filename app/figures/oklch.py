"""OKLCH, a space in which equal steps look equal, and its way to sRGB.

Matrices: B. Ottosson, "A perceptual color space for image processing", 2020.
"""

import math
from functools import lru_cache


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
