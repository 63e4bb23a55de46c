"""A ReLU network with one input: h with its pieces, parted by kinks and named by equations; points marked.

Numbers of the view are exact; they become floats here, to be drawn. Units are in `units`, two inputs in
`regions`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.figures.colours import oklch
from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import CHARACTER, annotation, axis, base_layout, explained, scatter
from app.figures.theme import Theme
from app.lab.relu_network.text import affine_text, as_float, exact_text, numbers_of, rows_of
from app.lab.relu_network.views import IntervalView, PatternView, PieceView, ReluView

HEIGHT = 340
MOST_LABELLED = 8
"""Pieces times outputs that get an equation beside them and a line of their own."""
_HUES = (250, 150, 310, 80, 200, 340)
"""None near red, which is for what needs a person."""
_STEPS = 24
_USUAL_WIDTH, _LEVEL = 800, 0.5
"""The latter: heights of the plot that a line may climb over its width and still count as level."""

Trace = dict[str, Any]


def colour(theme: Theme, index: int) -> str:
    """Of output or unit `index` (from 0): hues that repeat after six."""
    return oklch(0.5 if theme.name == "light" else 0.78, 0.13, _HUES[index % len(_HUES)])


@dataclass(frozen=True)
class Window:
    """The stretch of x that is drawn."""

    low: float
    high: float

    def part(self, start: str | None, to: str | None) -> tuple[float, float] | None:
        """What of an interval lies in it; None for nothing."""
        low = self.low if start is None else max(self.low, as_float(start))
        high = self.high if to is None else min(self.high, as_float(to))
        return (low, high) if low < high else None


def window_of(interval: IntervalView) -> Window:
    """The window of plots; the view's is always finite."""
    return Window(as_float(interval.start or "0"), as_float(interval.to or "0"))


def pattern_text(pattern: PatternView) -> str:
    """Of each layer, its units: 01 11."""
    return " ".join("".join(map(str, layer)) for layer in pattern)


def function_plot(view: ReluView, theme: Theme) -> Drawn:
    """h over the window, with the equation of each piece beside it where they are few."""
    if view.pieces is None:
        return nothing(theme, "h is drawn for networks with one input.")
    window = window_of(view.window[0])
    spans = [(piece, span) for piece in view.pieces if (span := window.part(piece.start, piece.to))]
    outputs = range(view.network.outputs)
    runs = [_Run(view, piece, output, span) for piece, span in spans for output in outputs]
    labelled = len(runs) <= MOST_LABELLED
    traces = [_line(run, theme) for run in runs] if labelled else list(_outlines(view, runs, theme))
    zero = {"zeroline": True, "zerolinecolor": theme.silhouette, "zerolinewidth": 1}
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": axis(theme, "x", range=[window.low, window.high], **zero),
        "yaxis": axis(theme, "h(x)", **zero),
        "annotations": _equations(runs, window, theme) if labelled else [],
    }
    traces += [_kinks(view, theme), _points(view, theme)]
    return Drawn({"data": traces, "layout": layout}, _said(view, view.pieces), _table(view.pieces))


def nothing(theme: Theme, why: str) -> Drawn:
    """No figure, and the reason in its place."""
    layout = base_layout(theme, 120) | {"xaxis": axis(theme), "yaxis": axis(theme)}
    return Drawn(explained({"data": [], "layout": layout}, theme, why), why, Table(why, (), ()))


@dataclass(frozen=True)
class _Run:
    """One output on one piece, as far as the window shows it."""

    view: ReluView
    piece: PieceView
    output: int
    span: tuple[float, float]

    @property
    def name(self) -> str:
        """y = 3/2 x + 3, with the output's number where there are several."""
        weights, bias = rows_of(self.piece.W)[self.output], numbers_of(self.piece.b)[self.output]
        left = "y" if self.view.network.outputs == 1 else f"y{self.output + 1}"
        return f"{left} = {affine_text(weights, bias)}"

    @property
    def slope(self) -> float:
        """Of this output."""
        return as_float(rows_of(self.piece.W)[self.output][0])

    def value(self, x: float) -> float:
        """h(x) of this output."""
        return self.slope * x + as_float(numbers_of(self.piece.b)[self.output])


def _line(run: _Run, theme: Theme) -> Trace:
    low, high = run.span
    x = [low + (high - low) * step / _STEPS for step in range(_STEPS + 1)]
    return scatter("lines", run.name, x, [run.value(at) for at in x]) | {
        "line": {"color": colour(theme, run.output), "width": 2.5},
        "meta": f"{run.name}<br>pattern {' or '.join(map(pattern_text, run.piece.patterns[:3]))}",
        "hovertemplate": "h(%{x:.4~g}) = %{y:.4~g}<br>%{meta}<extra></extra>",
    }


def _outlines(view: ReluView, runs: list[_Run], theme: Theme) -> Iterable[Trace]:
    for output in range(view.network.outputs):
        ends = [(run, at) for run in runs if run.output == output for at in run.span]
        name = "h" if view.network.outputs == 1 else f"output {output + 1}"
        yield scatter("lines", name, [at for _, at in ends], [run.value(at) for run, at in ends]) | {
            "text": [run.name for run, _ in ends],
            "line": {"color": colour(theme, output), "width": 2},
            "hovertemplate": "%{text}<br>h(%{x:.4~g}) = %{y:.4~g}<extra></extra>",
        }


def _equations(runs: Sequence[_Run], window: Window, theme: Theme) -> list[dict[str, Any]]:
    """Beside the middle of each piece that has room for its equation, as the plot stands on a wide screen."""
    wide = window.high - window.low
    heights = [run.value(x) for run in runs for x in run.span]
    reach = (max(heights, default=0.0) - min(heights, default=0.0)) or 1.0
    return [
        _equation(run, run.slope * wide / reach, theme)
        for run in runs
        if CHARACTER * len(run.name) < _USUAL_WIDTH * (run.span[1] - run.span[0]) / wide
    ]


def _equation(run: _Run, steepness: float, theme: Theme) -> dict[str, Any]:
    """On the side that the slope leaves free; above the piece where it is nearly level."""
    x, level = sum(run.span) / 2, abs(steepness) < _LEVEL
    side, aside = ("center", 0) if level else ("right", -8) if steepness > 0 else ("left", 8)
    place = {"xanchor": side, "yanchor": "bottom", "xshift": aside, "yshift": 8 if level else 2}
    return annotation(run.name, x, run.value(x), colour(theme, run.output), 12) | place


def _kinks(view: ReluView, theme: Theme) -> Trace:
    kinks = zip(view.kinks or (), view.pieces or (), strict=False)
    places = [(kink, value) for kink, piece in kinks for value in _at(piece, kink)]
    x, y = [as_float(kink) for kink, _ in places], [value for _, value in places]
    look = {"size": 10 if len(places) <= 40 else 5, "line": {"color": theme.ink, "width": 1.5}}
    return scatter("markers", "kinks", x, y) | {
        "text": [f"kink at x = {exact_text(kink)}" for kink, _ in places],
        "marker": {"symbol": "diamond", "color": theme.surface} | look,
        "hovertemplate": "%{text}: h = %{y:.4~g}<extra></extra>",
    }


def _at(piece: PieceView, kink: str) -> list[float]:
    x = as_float(kink)
    maps = zip(rows_of(piece.W), numbers_of(piece.b), strict=True)
    return [as_float(row[0]) * x + as_float(bias) for row, bias in maps]


def _points(view: ReluView, theme: Theme) -> Trace:
    places = [
        (str(point.x), value, as_float(row[0]))
        for point in view.points
        for value, row in zip(numbers_of(point.h), rows_of(point.autograd.W), strict=True)
    ]
    mode = "markers+text" if len(places) <= MOST_LABELLED else "markers"
    x, y = [as_float(x) for x, _, _ in places], [as_float(value) for _, value, _ in places]
    return scatter(mode, "points", x, y) | {
        "text": [f"h({exact_text(x)}) = {exact_text(value)}" for x, value, _ in places],
        "textposition": ["top right" if slope < 0 else "bottom right" for _, _, slope in places],
        "textfont": {"size": 12, "color": theme.ink},
        "marker": {"symbol": "circle", "size": 9, "color": theme.ink},
        "cliponaxis": False,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _said(view: ReluView, pieces: tuple[PieceView, ...]) -> str:
    kinks = ", ".join(map(exact_text, (view.kinks or ())[:6])) or "none"
    more = " and more" if len(view.kinks or ()) > 6 else ""
    return f"h in {len(pieces)} linear pieces; kinks: {kinks}{more}"


def _table(pieces: tuple[PieceView, ...]) -> Table:
    columns = tuple(Column(name, "text") for name in ("output", "from", "to", "W", "b", "patterns"))
    rows = []
    for piece in pieces:
        ends, patterns = ends_of(piece), " or ".join(map(pattern_text, piece.patterns))
        for output, row in enumerate(rows_of(piece.W)):
            rows.append((str(output + 1), *ends, row[0], numbers_of(piece.b)[output], patterns))
    return Table("Pieces of h", columns, tuple(rows))


def ends_of(interval: IntervalView) -> tuple[str, str]:
    """Its ends in words."""
    return interval.start or "-infinity", interval.to or "infinity"
