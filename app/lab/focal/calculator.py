"""The calculator of focal loss: probabilities and gammas in; losses, slopes and an example's weight out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from app.lab.base.calculator import Answer, Calculator, Example, Field, Numeral, Numerals, Typed, group
from app.lab.base.columns import MOST_COLUMNS, derivation, row_verdict, table
from app.lab.base.formula.answers import RULE
from app.lab.base.formula.evenly import evenly
from app.lab.base.text import numbers
from app.lab.focal.formula.answer import mark_focal
from app.lab.focal.formula.loss import (
    FocalRow,
    focal_lines,
    focal_row,
    gamma_words,
    read_gamma,
    read_gammas,
    read_probabilities,
    read_probability,
    read_weight,
)
from app.lab.focal.views import FocalCurvesView, FocalView, GammaCurveView, GammaRowView
from app.schemas import Body
from trainer.numerals import plain

Form = Literal["softmax", "sigmoid"]

_CURVE = tuple(sorted({0.001, 0.002, 0.005, 0.995, 0.998, 0.999, *(at / 100 for at in range(1, 101))}))
_FORMS = {
    "softmax": "p is the softmax's probability of the true class; the loss of an image is this one term.",
    "sigmoid": "p is that of one binary term: p of the true class, 1 - p of any other; an image sums all C.",
}


class FocalBody(Body):
    """p: probabilities given to the truth. weight: of the example's class.

    gamma: the one that is derived and that the answer is for, by default the last of gammas. derived_p: by
    default the first p. answer: a loss for each p.
    """

    p: Numerals
    gammas: Numerals
    probability: Form = "softmax"
    weight: Numeral = 1
    gamma: Numeral = None
    derived_p: Numeral = None
    answer: Answer = None


def request(typed: Typed) -> Mapping[str, Any]:
    """What was typed as the request."""
    lists = {name: numbers(typed[name], name) for name in ("p", "gammas", "answer")}
    may_be_empty = {name: typed[name] if typed[name].strip() else None for name in ("gamma", "derived_p")}
    given = {name: typed[name] for name in ("probability", "weight")} | may_be_empty
    return given | lists | {"answer": lists["answer"] or None}


def calculate(body: FocalBody) -> FocalView:
    """Loss and slope by gamma and p, one derived, an answer marked. Raises TheoryError naming the field."""
    p, gammas, weight = read_probabilities(body.p), read_gammas(body.gammas), read_weight(body.weight)
    gamma = gammas[-1] if body.gamma is None else read_gamma(body.gamma, "gamma")
    gammas = gammas if gamma in gammas else (*gammas, gamma)
    derived_p = p[0] if body.derived_p is None else read_probability(body.derived_p, "derived_p")
    marked = None if body.answer is None else mark_focal(p, [gamma], weight, body.answer)
    curves = tuple(_curve(focal_row(_CURVE, each, weight)) for each in gammas)
    return FocalView(
        p=p,
        probability=body.probability,
        weight=weight,
        rows=tuple(_row(focal_row(p, each, weight), derived_p, weight) for each in gammas),
        curves=FocalCurvesView(p=_CURVE, curves=curves),
        derived_row=gammas.index(gamma),
        derived_p=derived_p,
        derivation=focal_lines(derived_p, gamma, weight),
        rule=RULE,
        answer=marked,
    )


def lines(view: FocalView) -> Iterator[str]:
    """Three tables, by gamma and p, and the derivation."""
    yield _FORMS[view.probability]
    columns = evenly(len(view.p), MOST_COLUMNS)
    for title, part in (("loss", "loss"), ("gradient", "gradient"), ("weight", "factors")):
        yield ""
        heads = [f"p={plain(view.p[at])}" for at in columns]
        yield from table([title, *heads], [_line(row, getattr(row, part), columns) for row in view.rows])
    yield ""
    yield from (row.words for row in view.rows)
    yield ""
    gamma = view.rows[view.derived_row].gamma
    yield f"Loss and gradient at p = {plain(view.derived_p)} and gamma = {plain(gamma)}:"
    yield from derivation(view.derivation)
    if view.answer is not None:
        yield ""
        yield from row_verdict(view.answer, view.rule)


def _row(row: FocalRow, derived_p: float, weight: float) -> GammaRowView:
    words = gamma_words(derived_p, row.gamma, weight)
    return GammaRowView(**vars(row), is_cross_entropy=row.gamma == 0, words=words)


def _curve(row: FocalRow) -> GammaCurveView:
    finite = tuple(value for value in row.loss if value is not None)
    return GammaCurveView(gamma=row.gamma, loss=finite, gradient=row.gradient)


def _line(row: GammaRowView, values: Sequence[float | None], columns: Sequence[int]) -> list[str]:
    cells = ("inf" if (value := values[at]) is None else plain(value) for at in columns)
    return [f"gamma {plain(row.gamma)}", *cells]


EXAMPLES = (
    Example(
        "Gamma = 1 taken for cross-entropy",
        "The write-up says that the focal loss with gamma = 1 is cross-entropy. These are the values of "
        "cross-entropy: it is gamma = 0 that leaves it as it is. At gamma = 1 the factor 1 - p remains.",
        {"p": "0.9, 0.5, 0.1", "gammas": "0, 1, 2", "gamma": "1", "answer": "0.105, 0.693, 2.303"},
    ),
    Example(
        "The weight inside the power",
        "Some published code takes p from the weighted loss: at p = 0.5 and a weight of 4 the loss comes "
        "out 1.9 times as large as it should. The weight multiplies the finished loss.",
        {"p": "0.5, 0.9", "gammas": "1", "gamma": "1", "weight": "4", "answer": "2.60, 0.145"},
    ),
    Example(
        "A gamma below 1, close to certainty",
        "At gamma = 0.5 the power of 1 - p has no finite slope at p = 1, and careless code gives NaN there. "
        "The slope of the loss itself goes to 0.",
        {"p": "0.9, 0.99, 0.9999, 1", "gammas": "0, 0.5, 2", "gamma": "0.5", "derived_p": "1"},
    ),
)

_FORM = "one softmax over the classes, or one sigmoid a class, summed"
FIELDS = (
    *group(
        "Example",
        Field("p", "Probability of the truth", "from 0 to 1, several with commas", "0.9, 0.5, 0.1"),
        Field("probability", "Form", _FORM, "softmax", "choice", get_args(Form)),
        Field("weight", "Class weight", "of the example's class; it stands outside the power", "1"),
    ),
    *group(
        "Gamma",
        Field("gammas", "Gammas", "from 0, which is cross-entropy, to 20", "0, 1, 1.5, 2"),
        Field(
            "gamma", "Gamma derived", "its steps are shown and your losses are for it; empty: the last", "1.5"
        ),
        Field("derived_p", "p derived", "empty: the first"),
    ),
    *group(
        "Your answer", Field("answer", "Your losses", "one for each p, for the gamma derived", "", "grid")
    ),
)
ABOUT = "What gamma does to the loss and the gradient of easy and hard examples."
FOCAL = Calculator(
    "focal", "Focal loss", ABOUT, FIELDS, FocalBody, FocalView, request, calculate, lines, EXAMPLES
)
