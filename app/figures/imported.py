"""Curves of a run that was recorded elsewhere: its metrics by the steps that its tool counted."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from app.errors import NotFoundError
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, base_layout, percent_axis, with_legend
from app.figures.lines import MOST_DIRECT_LABELS, Line, end_labels, kept_points, trace
from app.figures.theme import Theme
from app.views.imported import ImportedDetail, MetricSeries

HEIGHT = 300
_MARGINS = 60
Kind = Literal["accuracy", "recall", "loss", "other"]
KINDS: Mapping[Kind, str] = {
    "accuracy": "Accuracy",
    "recall": "Recall by class",
    "loss": "Loss",
    "other": "Other",
}
MOST_LINES = 12
_SHARES = ("accuracy", "recall")
_FEW_STEPS = 12
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#a04a86", "#8a6d00", "#3f7ea6")
_DASHES = ("solid", "dash")


def kinds_of(run: ImportedDetail) -> dict[Kind, list[MetricSeries]]:
    """Its metrics by what they are: accuracies and losses that the board knows, recall by class, and all
    else; no empty kind.
    """
    known = {figure.metric: name.rpartition("_")[2] for name, figure in run.figures.items()}
    known |= {one.metric: "recall" for one in run.classes}
    found: dict[Kind, list[MetricSeries]] = {}
    for series in run.metrics:
        kind: Kind = next((kind for kind in KINDS if kind == known.get(series.name)), "other")
        found.setdefault(kind, []).append(series)
    return {kind: found[kind] for kind in KINDS if kind in found}


def kind_named(name: str) -> Kind:
    """Raises NotFoundError for a word that is none."""
    found = next((kind for kind in KINDS if kind == name), None)
    if found is None:
        raise NotFoundError(f"An imported run has no figure {name[:40]!r}.", f"There are {', '.join(KINDS)}.")
    return found


def metric_curves(run: ImportedDetail, kind: Kind, theme: Theme) -> Drawn:
    """The first MOST_LINES metrics of that kind; accuracies as 0..100 %, all else in its own unit."""
    every = kinds_of(run).get(kind, [])
    series = every[:MOST_LINES]
    lines = [_line(one, number, kind, theme) for number, one in enumerate(series)]
    layout = base_layout(theme, HEIGHT) | {"xaxis": _steps(lines, theme)}
    values = [value for line in lines for value in line.y if value is not None]
    low, high = (0.0, 100.0) if kind in _SHARES else (min(values, default=0.0), max(values, default=1.0))
    layout["yaxis"] = (
        percent_axis(theme, f"{KINDS[kind].lower()}, %") if kind in _SHARES else axis(theme, "as recorded")
    )
    labels, right = end_labels(lines, (low, high), HEIGHT - _MARGINS)
    layout["margin"] |= {"r": right}
    layout["annotations"] = labels
    if len(lines) > MOST_DIRECT_LABELS:
        layout = with_legend(layout, len(lines))
    left_out = f", the first {MOST_LINES} of {len(every)}" if len(every) > MOST_LINES else ""
    label = f"{KINDS[kind]} metrics of {run.name} by step, as {run.source} recorded them{left_out}."
    figure = {"data": [trace(line) for line in lines], "layout": layout}
    return Drawn(figure, label, _table(series, kind), left_out.removeprefix(", "))


def _steps(lines: Sequence[Line], theme: Theme) -> dict[str, Any]:
    """Few steps have a mark each."""
    steps = [x for line in lines for x in line.x]
    few = {"dtick": 1} if steps and max(steps) - min(steps) <= _FEW_STEPS else {}
    return axis(theme, "step, as recorded", **few)


def _line(series: MetricSeries, number: int, kind: Kind, theme: Theme) -> Line:
    at = kept_points(series.values)
    scale = 100.0 if kind in _SHARES and not series.percent else 1.0
    picked = [series.values[place] for place in at]
    colour = _COLOURS[number % len(_COLOURS)]
    return Line(
        series.name,
        [series.steps[place] for place in at],
        [None if value is None else scale * value for value in picked],
        colour,
        theme.ink,
        dash=_DASHES[number // len(_COLOURS) % len(_DASHES)],
        unit=" %" if kind in _SHARES else "",
        digits=".1f" if kind in _SHARES else ".4g",
        x_word="step ",
    )


def _table(series: Sequence[MetricSeries], kind: Kind) -> Table:
    """A line a step; a metric that was not recorded at it has none there."""
    steps = sorted({step for one in series for step in one.steps})
    columns = [_by_step(one, kind) for one in series]
    rows = tuple((step, *(column.get(step) for column in columns)) for step in steps)
    unit, shown = (", %", "percent") if kind in _SHARES else ("", "loss")
    heads = tuple(Column(f"{one.name}{unit}", "percent" if shown == "percent" else "loss") for one in series)
    return Table(f"{KINDS[kind]} metrics by step", (Column("step", "integer"), *heads), rows)


def _by_step(series: MetricSeries, kind: Kind) -> dict[int, float | None]:
    """Percents are held as fractions in tables of figures."""
    scale = 0.01 if kind in _SHARES and series.percent else 1.0
    pairs = zip(series.steps, series.values, strict=True)
    return {step: None if value is None else scale * value for step, value in pairs}
