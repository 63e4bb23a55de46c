"""Tiny pictures for the index of the theory lab (inline SVG): geometry of a calculator's own answer.

Coordinates are pixels of a viewBox of WIDTH x HEIGHT, y downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 180, 92
PAD = 4


@dataclass(frozen=True)
class Stroke:
    """A line through points, as SVG writes them; look: strong, quiet or dashed."""

    points: str
    look: str


@dataclass(frozen=True)
class Box:
    """A rectangle; look: strong, filled or quiet."""

    x: float
    y: float
    width: float
    height: float
    look: str


@dataclass(frozen=True)
class Sketch:
    """A picture of WIDTH x HEIGHT; `label` says what it shows."""

    label: str
    strokes: tuple[Stroke, ...] = ()
    boxes: tuple[Box, ...] = ()


def strokes(lines: Sequence[Sequence[tuple[float, float]]], looks: Sequence[str]) -> tuple[Stroke, ...]:
    """Lines on one scale that fills the picture, each with its look."""
    return tuple(Stroke(points, look) for points, look in zip(_scaled(lines), looks, strict=True))


def _scaled(lines: Sequence[Sequence[tuple[float, float]]]) -> list[str]:
    """Points of all lines on one scale that fills the picture."""
    xs = [x for line in lines for x, _ in line]
    ys = [y for line in lines for _, y in line]
    wide, tall = (max(xs) - min(xs)) or 1, (max(ys) - min(ys)) or 1

    def place(x: float, y: float) -> str:
        across = PAD + (x - min(xs)) / wide * (WIDTH - 2 * PAD)
        down = HEIGHT - PAD - (y - min(ys)) / tall * (HEIGHT - 2 * PAD)
        return f"{across:.1f},{down:.1f}"

    return [" ".join(place(x, y) for x, y in line) for line in lines]


def box(x: float, y: float, width: float, height: float, look: str) -> Box:
    """A rectangle to a tenth of a pixel."""
    return Box(round(x, 1), round(y, 1), round(width, 1), round(height, 1), look)
