"""The figures of the calculators, by calculator and name: each a pure function of the view and the theme."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.theme import Theme
from app.lab.class_balance.figures.ruler import weight_ruler
from app.lab.class_balance.figures.shares import loss_shares
from app.lab.focal.figures import focal_gradient, focal_loss
from app.lab.relu_network.figures.function import function_plot
from app.lab.relu_network.figures.regions import region_map
from app.lab.relu_network.figures.units import units_plot


@dataclass(frozen=True)
class TheoryFigure:
    """A figure's name in URLs, its title on the page, and the calculator whose view it draws."""

    calculator: str
    name: str
    title: str
    draw: Callable[[Any, Theme], Drawn]


THEORY_FIGURES: tuple[TheoryFigure, ...] = (
    TheoryFigure("class-balance", "weight-ruler", "Weight of each class against N", weight_ruler),
    TheoryFigure("class-balance", "loss-shares", "Share of the loss by class", loss_shares),
    TheoryFigure("focal", "focal-loss", "Loss against p", focal_loss),
    TheoryFigure("focal", "focal-gradient", "Gradient against p", focal_gradient),
    TheoryFigure("relu-network", "function", "h(x), piece by piece", function_plot),
    TheoryFigure("relu-network", "units", "Hidden units over x", units_plot),
    TheoryFigure("relu-network", "regions", "Regions of the input", region_map),
)


def theory_figures(calculator: str) -> tuple[TheoryFigure, ...]:
    """The figures of one calculator's page, in order."""
    return tuple(figure for figure in THEORY_FIGURES if figure.calculator == calculator)


def theory_figure(calculator: str, name: str) -> TheoryFigure:
    """The figure. Raises NotFoundError naming those that there are."""
    there = {figure.name: figure for figure in theory_figures(calculator)}
    if name not in there:
        raise NotFoundError(f"{calculator} has no figure {name!r}.", f"There are: {', '.join(there)}.")
    return there[name]
