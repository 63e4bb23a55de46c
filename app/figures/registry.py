"""Every figure by its name: what it needs, and how it is made from the store's views.

The page, its data table, the JSON and the CSV of a figure all come through here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.figures import class_curves, class_recall, comparison, confusion, curves
from app.figures.drawn import Drawn
from app.figures.order import ClassOrder
from app.figures.theme import Theme
from app.views import compare_curves, series_views
from app.views.compare_views import comparison as compare
from app.views.run_views import run_detail


@dataclass(frozen=True)
class Ask:
    """Which runs, in which theme, with classes in which order, and which run is the baseline."""

    run_ids: tuple[int, ...]
    theme: Theme
    order: ClassOrder = "count"
    baseline: str | None = None


@dataclass(frozen=True)
class Figure:
    """A figure's name in URLs, its title on pages, and whether it shows one run or several."""

    name: str
    title: str
    about: Literal["run", "runs"]
    draw: Callable[[Session, Ask], Drawn]


def _losses(session: Session, ask: Ask) -> Drawn:
    (run_id,) = ask.run_ids
    return curves.losses(run_detail(session, run_id), series_views.epochs(session, run_id), ask.theme)


def _accuracies(session: Session, ask: Ask) -> Drawn:
    (run_id,) = ask.run_ids
    return curves.accuracies(run_detail(session, run_id), series_views.epochs(session, run_id), ask.theme)


def _class_recall(session: Session, ask: Ask) -> Drawn:
    (run_id,) = ask.run_ids
    table = series_views.class_table(session, run_id)
    return class_recall.class_recall(run_detail(session, run_id), table, ask.theme, ask.order)


def _class_curves(session: Session, ask: Ask) -> Drawn:
    (run_id,) = ask.run_ids
    history = series_views.class_history(session, run_id)
    return class_curves.class_curves(run_detail(session, run_id), history, ask.theme, ask.order)


def _confusion(session: Session, ask: Ask) -> Drawn:
    (run_id,) = ask.run_ids
    return confusion.confusion(series_views.confusion(session, run_id), ask.theme, ask.order)


def _compare_accuracy(session: Session, ask: Ask) -> Drawn:
    view = compare(session, ask.run_ids, ask.baseline)
    lines = compare_curves.curves(session, ask.run_ids, baseline=ask.baseline)
    return comparison.compare_accuracy(view, lines, ask.theme)


def _compare_recall(session: Session, ask: Ask) -> Drawn:
    return comparison.compare_recall(compare(session, ask.run_ids, ask.baseline), ask.theme, ask.order)


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("accuracy", "Accuracy by epoch", "run", _accuracies),
        Figure("loss", "Loss by epoch", "run", _losses),
        Figure("class-recall", "Recall by class", "run", _class_recall),
        Figure("class-curves", "Recall by class and epoch", "run", _class_curves),
        Figure("confusion", "Confusion matrix", "run", _confusion),
        Figure("compare-accuracy", "Test accuracy by epoch", "runs", _compare_accuracy),
        Figure("compare-recall", "Recall by class", "runs", _compare_recall),
    )
}


def figure_named(name: str) -> Figure:
    """The figure. Raises NotFoundError naming those that there are."""
    if name not in FIGURES:
        raise NotFoundError(f"There is no figure {name!r}.", f"There are: {', '.join(FIGURES)}.")
    return FIGURES[name]
