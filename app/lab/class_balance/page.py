"""What the page of class weights shows beside the view: classes along their axis, and links to a new run."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.figures.class_axis import class_order
from app.figures.colours import SettingStyle, setting_style
from app.formats import setting
from app.lab.base.calculator import Typed
from app.lab.base.formula.evenly import evenly
from app.lab.base.page import Figure, Page, Sketch, strokes
from app.lab.class_balance.calculator import CLASS_BALANCE
from app.lab.class_balance.figures.ruler import class_names, loss_of, weight_ruler
from app.lab.class_balance.figures.shares import loss_shares
from app.lab.class_balance.views import BetaRowView, ClassBalanceView
from trainer.config import as_json, parse_config

MOST_CLASSES, FEW_CLASSES = 20, 9
"""Columns of the tables: of more than MOST_CLASSES classes FEW_CLASSES are shown, evenly by rank."""
MOST_WRONG = 20
"""Columns that are shown beyond those because an answer is wrong there."""
_EFFECTS = {"uniform": "uniform", "slight": "hardly any effect", "partial": "", "inverse_frequency": "as 1/n"}
_EFFECTS |= dict.fromkeys(("equal_counts", "no_effect"), "no effect")


@dataclass(frozen=True)
class ClassColumn:
    """A class in the tables' header; `height` 0..1 is that of its bar, by the logarithm of its count."""

    index: int
    name: str
    count: int
    height: float


@dataclass(frozen=True)
class BetaLine:
    """A beta as the tables' first cell shows it; `effect` in a word or two, "" where it speaks for itself."""

    row: BetaRowView
    style: SettingStyle
    effect: str
    is_derived: bool


def class_balance_context(view: ClassBalanceView, _typed: Typed) -> Mapping[str, Any]:
    """Columns, rows, wrong entries of the answer by class, and the addresses of the form of a new run."""
    lines = [_beta_line(view, row) for row in view.rows]
    derived = view.rows[view.derived_row]
    wrong = {cell.col: cell for cell in view.answer.cells} if view.answer else {}
    return {
        "columns": _columns(view, wrong),
        "lines": lines,
        "wrong": wrong,
        "derived": derived,
        "derived_weight": f"{derived.weights[view.derived_class]:.6g}",
        "derived_name": class_names(view)[view.derived_class],
        "use_query": urlencode({f"loss.{key}": _word(value) for key, value in loss_of(derived).items()}),
        "sweep_query": _sweep(view.rows),
    }


def _columns(view: ClassBalanceView, wrong: Collection[int]) -> list[ClassColumn]:
    order, names = class_order(view.counts, "count"), class_names(view)
    tallest = math.log10(max(view.counts) + 1)
    places = evenly(len(order), FEW_CLASSES if len(order) > MOST_CLASSES else MOST_CLASSES)
    shown = {*(order[at] for at in places), *list(wrong)[:MOST_WRONG]}
    return [
        ClassColumn(index, names[index], view.counts[index], math.log10(view.counts[index] + 1) / tallest)
        for index in order
        if index in shown
    ]


def _beta_line(view: ClassBalanceView, row: BetaRowView) -> BetaLine:
    style = setting_style(as_json(parse_config({"loss": loss_of(row)})))
    return BetaLine(row, style, _EFFECTS[row.effect], row is view.rows[view.derived_row])


def _sweep(rows: Sequence[BetaRowView]) -> str:
    """A sweep over the betas inside the ruler, with a baseline beside it; "" for fewer than two."""
    betas = [_word(row.beta) for row in rows if 0 < row.beta < 1]
    fields = {
        "loss.weighting": "class_balanced",
        "loss.beta": ", ".join(betas),
        "method": "by_hand, cross_entropy",
    }
    return urlencode(fields) if len(betas) > 1 else ""


def _word(value: object) -> str:
    """A value as the form takes it: all digits of a beta, which a run would otherwise round."""
    return repr(value) if isinstance(value, float) else setting(value)


def weights_sketch(view: ClassBalanceView) -> Sketch:
    """Weights on the ruler of N, the tail strong."""
    counts = [view.counts[index] for index in view.curve.classes]
    tail = sorted(counts)[: math.ceil(0.3 * len(counts))]
    xs = [math.log(volume) for volume in view.curve.volumes]
    lines = [list(zip(xs, map(math.log, weights), strict=True)) for weights in view.curve.weights]
    looks = ["strong" if n in tail else "quiet" for n in counts]
    return Sketch("Weights of ten classes that spread as beta nears 1", strokes(lines, looks))


_QUESTION = "How much does each class weigh at this beta, and does the beta do anything at all?"
_FORMULA = r"w_j \propto \frac{1-\beta}{1-\beta^{n_j}}"
_FIGURES = (
    Figure("weight-ruler", "Weight of each class against N", weight_ruler),
    Figure("loss-shares", "Share of the loss by class", loss_shares),
)
CLASS_BALANCE_PAGE = Page(CLASS_BALANCE, _QUESTION, _FORMULA, weights_sketch, class_balance_context, _FIGURES)
