"""What a calculator's page shows beside its form: its question, figures, and what its template needs.

Its sketch is a tiny picture for the index (inline SVG) of the calculator's own answer. Coordinates are pixels
of a viewBox of WIDTH x HEIGHT, y downwards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.theme import Theme
from app.lab.base.calculator import Calculator, Typed

WIDTH, HEIGHT, PAD = 180, 92, 4


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


@dataclass(frozen=True)
class Figure:
    """A figure of a view: its name in URLs, its title on the page."""

    name: str
    title: str
    draw: Callable[[Any, Theme], Drawn]


@dataclass(frozen=True)
class Page:
    """The page of a calculator, which its template lays out.

    question and formula (LaTeX): what the index says of it, beside the sketch of the answer that it opens
    with. context: view, what was typed -> what the template needs beside the view; `own_answer` among it is
    the answer that was typed, marked.
    """

    calculator: Calculator
    question: str
    formula: str
    sketch: Callable[[Any], Sketch]
    context: Callable[[Any, Typed], Mapping[str, Any]]
    figures: tuple[Figure, ...] = ()

    def figure(self, name: str) -> Figure:
        """The figure. Raises NotFoundError naming those that there are."""
        there = {figure.name: figure for figure in self.figures}
        if name not in there:
            said = f"{self.calculator.name} has no figure {name!r}."
            raise NotFoundError(said, f"There are: {', '.join(there)}.")
        return there[name]


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
