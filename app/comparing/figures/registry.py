"""The figures there are, by name: what each is called, and how it is drawn for runs in the database.

Pages, the API and exports all come through here; what a figure is drawn from is in source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from app.comparing.dead_relu.figure import dead_relu
from app.comparing.dead_relu.fill import layers_of_run
from app.comparing.effects.view import Effects
from app.comparing.figures.beta import compare_beta
from app.comparing.figures.confusion import compare_confusion
from app.comparing.figures.curves import compare_curves
from app.comparing.figures.field import compare_field
from app.comparing.figures.field_heat import compare_fields
from app.comparing.figures.heat import compare_heat, compare_heat_delta
from app.comparing.figures.main_effects import compare_effects
from app.comparing.figures.parallel import compare_parallel
from app.comparing.figures.recall import compare_recall, compare_recall_count
from app.comparing.figures.settings import compare_settings
from app.comparing.figures.source import Source
from app.comparing.figures.tradeoff import compare_tradeoff
from app.comparing.view import SettingRow
from app.errors import NotFoundError
from app.figures import class_recall, confusion, curves, usage
from app.figures.class_axis import class_axis
from app.figures.drawn import Drawn
from app.figures.layout import plain
from app.figures.opening import opening
from app.urls import images_page
from app.views.series import fill as series_views

Draw = Callable[[Source], Drawn]
DrawnFrom = Literal["versions", "changes", ""]


@dataclass(frozen=True)
class Figure:
    """A figure's name in URLs, its title on pages, and whether it shows one run or several.

    drawn_from: beside the request's words nothing but what `cache.Version` tells apart, "versions"; or these
    and what else `Source.key_of_changes` does, "changes"; "" where it is drawn anew for each who asks.
    """

    name: str
    title: str
    about: Literal["run", "runs"]
    draw: Draw
    drawn_from: DrawnFrom = ""

    def drawn(self, source: Source) -> Drawn:
        """The figure, with what stands above it on paper: its title, then what the marks are, and n."""
        made = self.draw(source)
        above = {"title": plain(made.title or self.title), "note": plain(made.note)}
        layout = made.figure["layout"]
        meta = layout.get("meta", {}) | above
        return replace(made, figure=made.figure | {"layout": layout | {"meta": meta}})


def _class_curves(source: Source) -> Drawn:
    history = source.cache.histories.of(source.session, source.run_id)
    return class_recall.class_curves(source.run, history, source.theme, source.order)


def _confusion(source: Source) -> Drawn:
    view = series_views.confusion_counts(source.session, source.run_id)
    drawn = confusion.confusion(view, source.theme, source.order)
    axis, path = class_axis(view.names, view.train_counts, source.order), images_page(source.run_id)
    return opening(drawn, axis, f"{path}?sort=-confidence", x="predicted", y="true")


def _class_recall(source: Source) -> Drawn:
    rows = source.classes.classes
    drawn = class_recall.class_recall(source.run, source.classes, source.theme, source.order)
    axis = class_axis([row.name for row in rows], [row.train_count for row in rows], source.order)
    return opening(drawn, axis, f"{images_page(source.run_id)}?sort=-loss", x="true")


def _compare_confusion(source: Source) -> Drawn:
    """A cell leads to what either side takes for the class, the surest mistakes first."""
    view, request = source.confusion, source.request
    drawn = compare_confusion(view, source.theme, source.order)
    words = {"runs": ",".join(map(str, request.run_ids)), "epoch": request.epoch, "a": view.a, "b": view.b}
    words |= {"tuned": request.options.tuned} if request.options.tuned else {}
    if adjusted := ",".join(one.text for one in request.options.adjusted):
        words |= {"adjusted": adjusted}
    path = f"/compare/images?{urlencode(words, safe=',:=')}&rank=-confidence"
    axis = class_axis(view.names, view.train_counts, source.order)
    return opening(drawn, axis, path, x="predicted", y="true")


def _dead_relu(source: Source) -> Drawn:
    model = source.run.config["model"]
    return dead_relu(source.run, layers_of_run(source.session, source.run_id, model), source.theme)


def _run(name: str, title: str, draw: Draw) -> Figure:
    return Figure(name, title, "run", draw, "versions")


def _runs(name: str, title: str, draw: Draw, drawn_from: DrawnFrom = "changes") -> Figure:
    return Figure(name, title, "runs", draw, drawn_from)


_FIGURES = (
    _run("accuracy", "Accuracy by epoch", lambda s: curves.accuracies(s.run, s.epochs, s.theme)),
    _run("loss", "Loss by epoch", lambda s: curves.losses(s.run, s.epochs, s.theme)),
    _run("class-recall", "Recall by class", _class_recall),
    _run("class-curves", "Recall by class and epoch", _class_curves),
    _run("confusion", "Confusion matrix", _confusion),
    _run("dead-relu", "Dead units and zero activations", _dead_relu),
    Figure("usage", "CPU, memory and speed", "run", lambda s: usage.usage(s.usage, s.theme)),
    Figure(
        "epoch-time",
        "Where an epoch's time goes",
        "run",
        lambda s: usage.epoch_time(s.usage, s.run.progress.epochs, s.theme),
    ),
    _runs("compare-beta", "Against beta", lambda s: compare_beta(s.changes, s.row_metric, s.theme)),
    _runs("compare-settings", "Each setting", lambda s: compare_settings(s.changes, s.theme)),
    _runs(
        "compare-heat", "Recall by setting and class", lambda s: compare_heat(s.compared, s.theme, s.order)
    ),
    _runs(
        "compare-heat-delta", "Change of recall", lambda s: compare_heat_delta(s.changes, s.theme, s.order)
    ),
    _runs("compare-recall", "Recall by class", lambda s: compare_recall(s.changes, s.theme, s.order)),
    _runs(
        "compare-recall-count",
        "Recall against training images",
        lambda s: compare_recall_count(s.compared, s.theme),
    ),
    _runs("compare-tradeoff", "Head against tail", lambda s: compare_tradeoff(s.changes, s.theme)),
    _runs(
        "compare-curves",
        "Over training",
        lambda s: compare_curves(s.curves, s.theme, s.request.look),
        "versions",
    ),
    _runs("compare-confusion", "Confusion, A minus B", _compare_confusion),
    _runs("compare-effects", "Main effects", lambda s: compare_effects(s.effects, s.theme)),
    _runs(
        "compare-field",
        "Against a field",
        lambda s: compare_field(s.effects, s.request.of_field, bool(s.request.by_field), s.theme),
    ),
    _runs("compare-fields", "Two fields", lambda s: compare_fields(s.effects, s.theme)),
    _runs("compare-parallel", "Every field", lambda s: compare_parallel(s.effects, s.theme)),
)
OF_FIELDS = ("compare-effects", "compare-field", "compare-fields", "compare-parallel")
"""Those of a page of their own; a report has them where two fields or more differ."""
FIGURES: dict[str, Figure] = {figure.name: figure for figure in _FIGURES}


def figures_of(rows: Sequence[SettingRow]) -> list[Figure]:
    """The figures of these settings on the page that compares them, first first.

    One against beta takes two betas of weighted losses.
    """
    betas = {row.config["loss"]["beta"] for row in rows if row.config} - {None}
    empty = {*OF_FIELDS, *(["compare-beta"] if len(betas) < 2 else [])}
    if len(rows) == 1:
        empty |= {"compare-heat-delta", "compare-confusion"}
    return [one for one in FIGURES.values() if one.about == "runs" and one.name not in empty]


def figures_of_fields(view: Effects) -> list[Figure]:
    """The figures of what fields do, where two or more differ; parallel coordinates where three do."""
    number = len(view.fields)
    names = OF_FIELDS if number > 2 else OF_FIELDS[:-1] if number == 2 else ()
    return [FIGURES[name] for name in names]


def figure_named(name: str) -> Figure:
    """The figure. Raises NotFoundError naming those that there are."""
    if name not in FIGURES:
        raise NotFoundError(f"There is no figure {name!r}.", f"There are: {', '.join(FIGURES)}.")
    return FIGURES[name]
