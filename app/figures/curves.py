"""Figures of one run over its epochs: losses, and accuracies on training and test images."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from app.figures.colours import setting_style
from app.figures.drawn import Column, Drawn, PlotlyDict, Table
from app.figures.layout import axis, base_layout, epoch_axis, loss_range, percent_axis
from app.figures.lines import AT_EPOCH, Line, as_percents, end_labels, mark, read_together, trace
from app.figures.theme import Theme
from app.formats import percent, significant
from app.views.runs.view import RunDetail
from app.views.series.view import EpochLine
from trainer.losses import LOSSES
from trainer.mixing import MIXINGS
from trainer.stages import stored_stage
from trainer.weighting_words import WEIGHTINGS

HEIGHT = 300
_MARGINS = 60
_GAP = 0.16


def losses(run: RunDetail, rows: Sequence[EpochLine], theme: Theme) -> Drawn:
    """Test (and validation) cross-entropy and the training criterion, which is another quantity.

    Plain cross-entropy is the same quantity on both sides and shares a panel; any other criterion gets its
    own panel below, over the same epochs.
    """
    x = [row.epoch for row in rows]
    looks = _looks(run, theme)
    above = [_loss_line("test", x, [row.test_loss for row in rows], looks)]
    if any(row.validation_loss is not None for row in rows):
        above.append(_loss_line("validation", x, [row.validation_loss for row in rows], looks))
    criterion = _loss_line("training", x, [row.train_loss for row in rows], looks)
    below = [] if is_plain(run.config) else [criterion]
    above += [criterion] if is_plain(run.config) else []
    figure = _loss_panels(run, rows, above, below, theme)
    note = "" if is_plain(run.config) else f"criterion: {criterion_name(run.config)}"
    return Drawn(figure, _loss_label(run, rows), _loss_table(run, rows), note)


def accuracies(run: RunDetail, rows: Sequence[EpochLine], theme: Theme) -> Drawn:
    """Training, test and (where they differ or exist) balanced and validation accuracy, 0..100 %."""
    named, looks = _accuracy_series(rows), _looks(run, theme)
    x = [row.epoch for row in rows]
    lines = [
        Line(name, x, as_percents(values), is_together=True, **looks[name]) for name, values in named.items()
    ]
    labels, right = end_labels(lines, (0, 100), HEIGHT - _MARGINS)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs),
        "yaxis": percent_axis(theme, "accuracy, %"),
    }
    layout["margin"] |= {"r": right}
    layout = read_together(layout, len(lines), AT_EPOCH) | _marks(run, rows, theme, labels)
    columns = (Column("epoch", "integer"), *(Column(f"{name}, %", "percent") for name in named))
    table = Table("Accuracy by epoch", columns, tuple(zip(x, *named.values(), strict=True)))
    figure = {"data": [trace(line) for line in lines], "layout": layout}
    return Drawn(figure, _accuracy_label(run, rows), table)


def is_plain(config: dict[str, Any]) -> bool:
    """Whether the training criterion is plain cross-entropy of one label, as the test loss is."""
    config = stored_stage(config)
    loss = config["loss"]
    plain = loss["name"] == "cross_entropy" and loss["weighting"] == "none"
    return plain and not loss.get("label_smoothing") and not _mixing(config)


def criterion_name(config: dict[str, Any]) -> str:
    """The training criterion in words, such as "class-balanced focal loss, mixup"."""
    config = stored_stage(config)
    loss = config["loss"]
    weighting, known = WEIGHTINGS.get(loss["weighting"]), LOSSES.get(loss["name"])
    words = (
        weighting.adjective if weighting else loss["weighting"].replace("_", "-"),
        known.title if known else str(loss["name"]).replace("_", " "),
        "with label smoothing" if loss.get("label_smoothing") else "",
    )
    return ", ".join(filter(None, (" ".join(filter(None, words)), _mixing(config))))


def _mixing(config: dict[str, Any]) -> str:
    """How images are mixed, in a word; "" where they are not, as in every configuration of before."""
    name = str(config.get("mixing", {}).get("name", "none"))
    known = MIXINGS.get(name)
    return "" if name == "none" else known.title if known else name.replace("_", " ")


def _looks(run: RunDetail, theme: Theme) -> dict[str, dict[str, Any]]:
    """How each line of a run is drawn: test in the run's colour, training in grey dots."""
    style = setting_style(run.config)
    own = {"colour": theme.of(style), "ink": theme.ink_of(style)}
    return {
        "test": own | {"symbol": style.symbol},
        "test, balanced": own | {"dash": "longdash", "width": 1.5},
        "validation": {"colour": theme.ink, "ink": theme.ink},
        "training": {"colour": theme.muted, "ink": theme.muted, "dash": "dot"},
    }


def _loss_line(name: str, x: list[int], y: list[float | None], looks: dict[str, dict[str, Any]]) -> Line:
    return Line(name, x, y, unit="", digits=".3", is_together=True, **looks[name])


def _loss_panels(
    run: RunDetail, rows: Sequence[EpochLine], above: list[Line], below: list[Line], theme: Theme
) -> PlotlyDict:
    split = 0.42 if below else 0.0
    height = HEIGHT - _MARGINS
    upper_range = loss_range([value for line in above for value in line.y])
    labels, right = end_labels(above, upper_range, height * (1 - split - (_GAP if below else 0)))
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": epoch_axis(theme, run.progress.epochs),
        "yaxis": axis(theme, "cross-entropy", range=upper_range, nticks=5, automargin=True),
    }
    traces = [trace(line) for line in above]
    if below:
        lower_range = loss_range(below[0].y)
        lines = [Line(**(vars(line) | {"axis": "y2"})) for line in below]
        more, more_right = end_labels(lines, lower_range, height * split)
        labels, right = labels + more, max(right, more_right)
        traces += [trace(line) for line in lines]
        layout["yaxis"]["domain"] = [split + _GAP, 1]
        lower = {"range": lower_range, "nticks": 4, "domain": [0, split], "anchor": "x", "automargin": True}
        layout["yaxis2"] = axis(theme, "criterion", **lower)
        layout["xaxis"]["anchor"] = "y2"
    layout["margin"] |= {"r": right}
    layout = read_together(layout, len(traces), AT_EPOCH)
    return {"data": traces, "layout": layout | _marks(run, rows, theme, labels)}


def _marks(
    run: RunDetail, rows: Sequence[EpochLine], theme: Theme, labels: list[dict[str, Any]]
) -> dict[str, Any]:
    """Uprights where the run was taken up again and where it diverged, with the labels of the line ends."""
    places = []
    if run.resumed_after_epoch:
        places.append(mark(theme, run.resumed_after_epoch + 0.5, "resumed"))
    diverged = next((row.epoch for row in rows if row.diverged), None)
    if diverged is not None:
        places.append(mark(theme, diverged, "diverged", grave=True))
    return {"shapes": [shape for shape, _ in places], "annotations": labels + [note for _, note in places]}


def _accuracy_series(rows: Sequence[EpochLine]) -> dict[str, list[float | None]]:
    """Balanced accuracy only where it is not the accuracy; validation only where there is a split."""
    series = {"test": [row.test_accuracy for row in rows]}
    balanced = [row.test_balanced_accuracy for row in rows]
    if _differ(series["test"], balanced):
        series["test, balanced"] = balanced
    if any(row.validation_accuracy is not None for row in rows):
        series["validation"] = [row.validation_accuracy for row in rows]
    return series | {"training": [row.train_accuracy for row in rows]}


def _differ(first: list[float | None], second: list[float | None]) -> bool:
    pairs = zip(first, second, strict=True)
    return any(a is not None and b is not None and abs(a - b) > 5e-4 for a, b in pairs)


def _loss_table(run: RunDetail, rows: Sequence[EpochLine]) -> Table:
    criterion = f"training criterion ({criterion_name(run.config)})"
    labels = ("test cross-entropy", "validation cross-entropy", criterion, "learning rate")
    columns = (Column("epoch", "integer"), *(Column(label, "loss") for label in labels))
    values = map(attrgetter("epoch", "test_loss", "validation_loss", "train_loss", "learning_rate"), rows)
    return Table("Loss by epoch", columns, tuple(values))


def _loss_label(run: RunDetail, rows: Sequence[EpochLine]) -> str:
    def values(last: EpochLine) -> str:
        criterion = f"training criterion ({criterion_name(run.config)}) {significant(last.train_loss)}"
        return f"test cross-entropy {significant(last.test_loss)}, {criterion}"

    return _label("Loss", run, rows, values)


def _accuracy_label(run: RunDetail, rows: Sequence[EpochLine]) -> str:
    def values(last: EpochLine) -> str:
        return f"test {percent(last.test_accuracy)} %, training {percent(last.train_accuracy)} %"

    return _label("Accuracy", run, rows, values)


def _label(what: str, run: RunDetail, rows: Sequence[EpochLine], values: Callable[[EpochLine], str]) -> str:
    if not rows:
        return f"{what} by epoch; no epoch is finished yet."
    done = f"{len(rows)} of {run.progress.epochs} epochs"
    return f"{what} by epoch, {done}. After epoch {rows[-1].epoch}: {values(rows[-1])}."
