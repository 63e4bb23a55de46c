"""What the page of the focal loss shows beside the view: columns, links to a new run, and its figures."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from app.figures.colours import oklch
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, loss_range, scatter, with_legend
from app.figures.lines import Line, trace
from app.figures.theme import Theme
from app.formats import setting, significant
from app.lab.base.calculator import Typed
from app.lab.base.page import Figure, Page, Sketch, strokes
from app.lab.focal.calculator import FOCAL
from app.lab.focal.views import FocalView, GammaRowView

_HIGHEST_LOSS = 4.0
MOST_COLUMNS = 40
"""Probabilities that the tables show; all are in the JSON."""
HEIGHT = 340
MOST_DOTS = 40
"""Of the given p, on each curve; all are in the JSON."""
_SHOWN_FROM = 0.02
"""The loss axis ends where cross-entropy is at this p: it grows without end towards p = 0."""


def focal_loss(view: FocalView, theme: Theme) -> Drawn:
    """The loss of one example by p; dots at the given p."""
    lines = _lines(view, "loss", theme)
    shown = [value for line in lines for p, value in zip(line.x, line.y, strict=True) if p >= _SHOWN_FROM]
    note = "dashed: cross-entropy" if any(row.is_cross_entropy for row in view.rows) else ""
    return _drawn(view, "loss", lines, axis(theme, "loss", range=loss_range(shown)), theme, note)


def focal_gradient(view: FocalView, theme: Theme) -> Drawn:
    """The gradient of the loss with respect to the true logit by p; dots at the given p."""
    lines = _lines(view, "gradient", theme)
    least = min(value for line in lines for value in line.y if value is not None)
    y = axis(theme, "gradient on the true logit", range=[1.06 * least, -0.03 * least])
    return _drawn(view, "gradient", lines, y, theme, "below 0 the logit is pushed up")


def _lines(view: FocalView, what: str, theme: Theme) -> list[Line]:
    return [_line(view, at, getattr(curve, what), theme) for at, curve in enumerate(view.curves.curves)]


def _drawn(
    view: FocalView, what: str, lines: Sequence[Line], y: dict[str, Any], theme: Theme, note: str
) -> Drawn:
    x = axis(theme, f"p of the truth ({view.probability})", range=[-0.01, 1.01], showgrid=False)
    layout = with_legend(base_layout(theme, HEIGHT) | {"xaxis": x, "yaxis": y}, len(lines))
    dots = [_dots(view, getattr(row, what), line) for row, line in zip(view.rows, lines, strict=True)]
    return Drawn(
        {"data": [*map(trace, lines), *dots], "layout": layout}, _label(view, what), _table(view, what), note
    )


def _line(view: FocalView, at: int, values: Sequence[float | None], theme: Theme) -> Line:
    gamma = view.curves.curves[at].gamma
    colour = theme.muted if gamma == 0 else _shade(at, len(view.curves.curves), theme)
    dash, width = "dash" if gamma == 0 else "solid", 2.6 if at == view.derived_row else 1.8
    look: dict[str, Any] = {"unit": "", "digits": ".3", "x_word": "p = ", "points": False}
    return Line(f"gamma {setting(gamma)}", view.curves.p, values, colour, colour, dash, width=width, **look)


def _shade(at: int, lines: int, theme: Theme) -> str:
    """The green of focal losses, further from the paper the later in the list."""
    place = at / max(1, lines - 1)
    lightness = 0.72 - 0.34 * place if theme.name == "light" else 0.52 + 0.36 * place
    return oklch(lightness, 0.13, 195 - 60 * place)


def _dots(view: FocalView, values: Sequence[float | None], line: Line) -> dict[str, Any]:
    return scatter("markers", line.name, list(view.p[:MOST_DOTS]), list(values[:MOST_DOTS])) | {
        "marker": {"color": line.colour, "size": 6},
        "meta": line.name,
        "hovertemplate": "%{fullData.meta}<br>p = %{x}: %{y:.3}<extra></extra>",
        "showlegend": False,
    }


def _label(view: FocalView, what: str) -> str:
    row = view.rows[view.derived_row]
    gammas, value = ", ".join(setting(each.gamma) for each in view.rows), getattr(row, what)[0]
    return (
        f"{what.capitalize()} of one example against the probability of the truth, for gamma {gammas}. "
        f"At p = {setting(view.p[0])} and gamma {setting(row.gamma)} it is {significant(value)}."
    )


def _table(view: FocalView, what: str) -> Table:
    gammas = [Column(f"gamma {setting(curve.gamma)}", "loss") for curve in view.curves.curves]
    series = [getattr(curve, what) for curve in view.curves.curves]
    rows: list[tuple[Value, ...]] = list(zip(view.curves.p, *series, strict=True))
    return Table(f"{what.capitalize()} by p and gamma", (Column("p", "loss"), *gammas), tuple(rows))


def focal_context(view: FocalView, _typed: Typed) -> Mapping[str, Any]:
    """Columns of the tables, the derived row, wrong entries of the answer by column, addresses."""
    derived = view.rows[view.derived_row]
    sweep = _loss(view, view.rows) | {"method": "by_hand, cross_entropy"} if len(view.rows) > 1 else {}
    return {
        "shown": range(min(len(view.p), MOST_COLUMNS)),
        "derived": derived,
        "wrong": {cell.col: cell for cell in view.answer.cells} if view.answer else {},
        "use_query": urlencode(_loss(view, [derived])),
        "sweep_query": urlencode(sweep),
    }


def _loss(view: FocalView, rows: Sequence[GammaRowView]) -> dict[str, str]:
    """The fields of a run, or of a sweep over gamma."""
    gammas = ", ".join(dict.fromkeys(repr(row.gamma).removesuffix(".0") for row in rows))
    return {"loss.name": "focal", "loss.gamma": gammas, "loss.probability": view.probability}


def focal_sketch(view: FocalView) -> Sketch:
    """Loss by p, cross-entropy dashed; cut off at a loss of 4."""
    lines = [
        [(p, loss) for p, loss in zip(view.curves.p, curve.loss, strict=True) if loss <= _HIGHEST_LOSS]
        for curve in view.curves.curves
    ]
    looks = ["dashed" if curve.gamma == 0 else "strong" for curve in view.curves.curves]
    return Sketch("Focal loss against probability, below cross-entropy", strokes(lines, looks))


_QUESTION = "How much of an easy example is left, and how hard does a hard one pull?"
_FIGURES = (
    Figure("focal-loss", "Loss against p", focal_loss),
    Figure("focal-gradient", "Gradient against p", focal_gradient),
)
FOCAL_PAGE = Page(FOCAL, _QUESTION, r"-(1-p)^{\gamma} \ln p", focal_sketch, focal_context, _FIGURES)
