"""Figures of adjusted logits: reliability before and after, and the criterion against tau."""

from collections.abc import Sequence
from typing import Any

from app.figures.confusion import confusion
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, base_layout, diagonal, percent_axis, upright, with_legend
from app.figures.lines import Line, as_percents, end_labels, mark, trace
from app.figures.theme import Theme
from app.formats import percent, significant
from app.views.adjusted.view import Adjusted, AdjustedSide
from app.views.runs.confusion import ConfusionCounts

HEIGHT = 340
_PIXELS = HEIGHT - 60
_PERCENTS = (-1.5, 101.5)
_NAMES = ("before", "after")


def adjusted_confusion(view: Adjusted, theme: Theme) -> Drawn:
    """The confusion matrix after the adjustment."""
    names, counts = ([getattr(one, what) for one in view.classes] for what in ("name", "train_count"))
    return confusion(ConfusionCounts(view.epoch, names, counts, view.after.confusion), theme, "count")


def reliability(view: Adjusted, theme: Theme) -> Drawn:
    """By bin of confidence, the share that is right, over the shares of images in each bin."""
    sides = dict(zip(_NAMES, (view.before, view.after), strict=True))
    looks = {"before": (theme.muted, "dash"), "after": (theme.heat_high, "solid")}
    lines = [
        _line(name, side, *looks[name], theme.ink if name == "after" else theme.muted)
        for name, side in sides.items()
    ]
    layout = base_layout(theme, HEIGHT, barmode="overlay") | {
        "xaxis": percent_axis(theme, "confidence, %"),
        "yaxis": percent_axis(theme, "of these right, %"),
        "shapes": [diagonal(theme)],
    }
    # The points end anywhere: names at the edge would be far from them.
    layout = with_legend(layout, len(lines))
    errors = _errors(view)
    said = f"Reliability diagram of {len(view.after.bins)} bins: expected calibration error {errors}."
    label = f"{said} On the diagonal, confidence is right."
    figure = {"data": [*_shares(sides, looks, theme), *map(trace, lines)], "layout": layout}
    return Drawn(figure, label, _reliability_table(view), f"ECE {errors}; bars: shares of images")


def _errors(view: Adjusted) -> str:
    of = next(one for one in view.figures if one.name == "ece")
    return f"{percent(of.before)} % before, {percent(of.after)} % after"


def _line(name: str, side: AdjustedSide, colour: str, dash: str, ink: str) -> Line:
    known = [one for one in side.bins if one.confidence is not None]
    details = [
        f"confidence {percent(one.low)} to {percent(one.high)} %, {percent(one.share)} % of images"
        for one in known
    ]
    xs = [100 * (one.confidence or 0.0) for one in known]
    ys = as_percents([one.found for one in known])
    return Line(name, xs, ys, colour, ink, dash=dash, detail=details)


def _shares(
    sides: dict[str, AdjustedSide], looks: dict[str, tuple[str, str]], theme: Theme
) -> list[dict[str, Any]]:
    """How many images a bin holds, behind the lines, on the axis of the lines."""
    bars = []
    for name, side in sides.items():
        bars.append(
            {
                "type": "bar",
                "name": name,
                "x": [50 * (one.low + one.high) for one in side.bins],
                "y": as_percents([one.share for one in side.bins]),
                "width": 100 / len(side.bins),
                "marker": {
                    "color": "rgba(0,0,0,0)" if name == "before" else f"{looks[name][0]}40",
                    "line": {"color": looks[name][0] if name == "before" else theme.surface, "width": 1},
                },
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    return bars


def _reliability_table(view: Adjusted) -> Table:
    columns = [Column("confidence above, %", "percent"), Column("up to, %", "percent")]
    for name in _NAMES:
        columns += [Column(f"{what} {name}, %", "percent") for what in ("images", "confidence", "right")]
    rows = [
        (one.low, one.high, one.share, one.confidence, one.found, other.share, other.confidence, other.found)
        for one, other in zip(view.before.bins, view.after.bins, strict=True)
    ]
    return Table("Reliability, test images", tuple(columns), rows)


def tau_curve(view: Adjusted, theme: Theme) -> Drawn:
    """The criterion against tau on test and validation, with the tau that is shown and the best one."""
    curve, points = view.curve, view.curve.points
    tau = next(one.value for one in view.numbers if one.name == "tau")
    lines = [_curve_line("test", points, theme.heat_high, theme.ink)]
    if points[0].validation is not None:
        lines.append(_curve_line("validation", points, theme.more, theme.ink, "dot"))
    shapes, notes = _marks(view, theme, tau)
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(theme, "tau of the prior", range=[points[0].tau - 0.05, points[-1].tau + 0.05]),
        "yaxis": percent_axis(theme, f"{curve.criterion}, %"),
        "shapes": shapes,
    }
    labels, right = end_labels(lines, _PERCENTS, _PIXELS)
    layout["annotations"] = [*labels, *notes]
    layout["margin"] |= {"r": right, "t": 30}
    chosen = f"best on {curve.chosen_on} at tau {curve.best:g}"
    flattered = ": chosen on test, so flattered" if curve.chosen_on == "test" else ""
    label = (
        f"{curve.criterion.capitalize()} against tau, {chosen}{flattered}; shown is tau {significant(tau)}."
    )
    rows = [(f"{one.tau:g}", one.test, one.validation) for one in points]
    columns = (Column("tau", "text"), Column("test, %", "percent"), Column("validation, %", "percent"))
    table = Table(f"{curve.criterion.capitalize()} by tau", columns, rows)
    return Drawn({"data": list(map(trace, lines)), "layout": layout}, label, table, f"{chosen}{flattered}")


def _curve_line(split: str, points: Sequence[Any], colour: str, ink: str, dash: str = "solid") -> Line:
    values = as_percents([getattr(one, split) for one in points])
    return Line(split, [one.tau for one in points], values, colour, ink, dash, x_word="tau ", points=False)


def _marks(
    view: Adjusted, theme: Theme, tau: float | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """An upright at the best, one at the tau that is shown; words on the first."""
    best = view.curve.best
    shape, word = mark(theme, best, f"best on {view.curve.chosen_on}, {best:g}")
    if best > view.curve.points[-1].tau / 2 or (tau or 0.0) > best > 0.5:
        word |= {"xanchor": "right", "xshift": -4}
    line = {"color": theme.ink, "width": 1}
    shown = [] if tau is None or tau == best else [upright(tau, line)]
    return [shape, *shown], [word]


FIGURES = {
    "confusion": ("Confusion after", adjusted_confusion),
    "reliability": ("Reliability", reliability),
    "tau": ("Choice of tau", tau_curve),
}
"""By name: title, and how it is drawn."""
