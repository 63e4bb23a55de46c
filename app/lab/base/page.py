"""What a calculator's page shows beside its form: its question, figures, and what its template needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.theme import Theme
from app.lab.base.calculator import Calculator, Typed
from app.lab.base.sketch import Sketch


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
