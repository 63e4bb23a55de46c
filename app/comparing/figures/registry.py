"""The figures there are, by name: what each is called, and how it is drawn for runs in the database.

Pages, the API and exports all come through here; what a figure is drawn from is in ask.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from app.comparing.dead_relu.figure import dead_relu
from app.comparing.dead_relu.fill import layers_of_run
from app.comparing.figures.ask import Source
from app.comparing.figures.beta import compare_beta
from app.comparing.figures.confusion import compare_confusion
from app.comparing.figures.counts import compare_recall_count
from app.comparing.figures.curves import compare_curves
from app.comparing.figures.heat import compare_heat, compare_heat_delta
from app.comparing.figures.recall import compare_recall
from app.comparing.figures.settings import compare_settings
from app.comparing.figures.tradeoff import compare_tradeoff
from app.comparing.view import SettingRow
from app.errors import NotFoundError
from app.figures import class_recall, confusion, curves
from app.figures.drawn import Drawn
from app.views.series import fill as series_views


@dataclass(frozen=True)
class Figure:
    """A figure's name in URLs, its title on pages, and whether it shows one run or several.

    is_kept: whether it is drawn from nothing but what `kept.Version` tells apart and the words of `Ask`.
    """

    name: str
    title: str
    about: Literal["run", "runs"]
    draw: Callable[[Source], Drawn]
    is_kept: bool = False


def _losses(source: Source) -> Drawn:
    return curves.losses(source.run, source.epochs, source.ask.theme)


def _accuracies(source: Source) -> Drawn:
    return curves.accuracies(source.run, source.epochs, source.ask.theme)


def _class_recall(source: Source) -> Drawn:
    return class_recall.class_recall(source.run, source.classes, source.ask.theme, source.ask.order)


def _class_curves(source: Source) -> Drawn:
    history = source.cache.histories.of(source.session, source.run_id)
    return class_recall.class_curves(source.run, history, source.ask.theme, source.ask.order)


def _confusion(source: Source) -> Drawn:
    view = series_views.confusion_counts(source.session, source.run_id)
    return confusion.confusion(view, source.ask.theme, source.ask.order)


def _dead_relu(source: Source) -> Drawn:
    return dead_relu(
        source.run,
        layers_of_run(source.session, source.run_id, source.run.config["model"]["name"]),
        source.ask.theme,
    )


def _recall(source: Source) -> Drawn:
    return compare_recall(source.runs.changes, source.ask.theme, source.ask.order)


def _beta(source: Source) -> Drawn:
    return compare_beta(source.runs.changes, source.row_metric, source.ask.theme)


def _settings(source: Source) -> Drawn:
    return compare_settings(source.runs.changes, source.ask.theme)


def _heat(source: Source) -> Drawn:
    return compare_heat(source.runs.compared, source.ask.theme, source.ask.order)


def _heat_delta(source: Source) -> Drawn:
    return compare_heat_delta(source.runs.changes, source.ask.theme, source.ask.order)


def _recall_count(source: Source) -> Drawn:
    return compare_recall_count(source.runs.compared, source.ask.theme)


def _tradeoff(source: Source) -> Drawn:
    return compare_tradeoff(source.runs.changes, source.ask.theme)


def _curves(source: Source) -> Drawn:
    return compare_curves(source.curves, source.ask.theme, source.ask.look)


def _confusion_difference(source: Source) -> Drawn:
    return compare_confusion(source.confusion, source.ask.theme, source.ask.order)


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("accuracy", "Accuracy by epoch", "run", _accuracies, is_kept=True),
        Figure("loss", "Loss by epoch", "run", _losses, is_kept=True),
        Figure("class-recall", "Recall by class", "run", _class_recall, is_kept=True),
        Figure("class-curves", "Recall by class and epoch", "run", _class_curves, is_kept=True),
        Figure("confusion", "Confusion matrix", "run", _confusion, is_kept=True),
        Figure("dead-relu", "Dead units and zero activations", "run", _dead_relu, is_kept=True),
        Figure("compare-beta", "Against beta", "runs", _beta),
        Figure("compare-settings", "Each setting", "runs", _settings),
        Figure("compare-heat", "Recall by setting and class", "runs", _heat),
        Figure("compare-heat-delta", "Change of recall", "runs", _heat_delta),
        Figure("compare-recall", "Recall by class", "runs", _recall),
        Figure("compare-recall-count", "Recall against training images", "runs", _recall_count),
        Figure("compare-tradeoff", "Head against tail", "runs", _tradeoff),
        Figure("compare-curves", "Over training", "runs", _curves, is_kept=True),
        Figure("compare-confusion", "Confusion, A minus B", "runs", _confusion_difference),
    )
}


def figures_of(rows: Sequence[SettingRow]) -> list[Figure]:
    """The figures of these settings, first first; one against beta takes two betas of weighted losses."""
    betas = {row.config["loss"]["beta"] for row in rows if row.config} - {None}
    empty = {"compare-beta"} if len(betas) < 2 else set()
    if len(rows) == 1:
        empty |= {"compare-heat-delta", "compare-confusion"}
    return [one for one in FIGURES.values() if one.about == "runs" and one.name not in empty]


def figure_named(name: str) -> Figure:
    """The figure. Raises NotFoundError naming those that there are."""
    if name not in FIGURES:
        raise NotFoundError(f"There is no figure {name!r}.", f"There are: {', '.join(FIGURES)}.")
    return FIGURES[name]
