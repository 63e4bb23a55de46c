"""What the page of the focal loss shows beside the view: columns, wrong entries, links to a new run."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from app.lab.base.calculator import Typed
from app.lab.base.page import Figure, Page, Sketch, strokes
from app.lab.focal.calculator import FOCAL
from app.lab.focal.figures import focal_gradient, focal_loss
from app.lab.focal.views import FocalView, GammaRowView

_HIGHEST_LOSS = 4.0
MOST_COLUMNS = 40
"""Probabilities that the tables show; all are in the JSON."""


def focal_context(view: FocalView, _typed: Typed) -> Mapping[str, Any]:
    """Columns of the tables, the derived row, wrong entries of the answer by column, addresses."""
    derived = view.rows[view.derived_row]
    sweep = _loss(view, view.rows) | {"baseline": "cross_entropy"} if len(view.rows) > 1 else {}
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
