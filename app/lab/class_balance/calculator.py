"""The calculator of class weights: counts and betas in, weights and what each beta does out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field as Bounded

from app.lab.base.calculator import RUN, Answer, Calculator, Field, Numeral, Numerals, Typed, group
from app.lab.base.columns import MOST_COLUMNS, derivation, row_verdict, table
from app.lab.base.formula.answers import RULE
from app.lab.base.formula.evenly import evenly
from app.lab.base.formula.exact import refuse
from app.lab.base.text import numbers
from app.lab.class_balance.examples import COUNTS, EXAMPLES
from app.lab.class_balance.fill import DATASET, IMBALANCE, RATIO, fill
from app.lab.class_balance.formula.answer import mark_weights
from app.lab.class_balance.formula.betas import Beta, check_size, read_beta, read_betas, read_counts
from app.lab.class_balance.formula.lines import weight_lines
from app.lab.class_balance.formula.table import WeightRow, weight_curve, weight_row
from app.lab.class_balance.views import BetaRowView, ClassBalanceView
from app.schemas import Body
from trainer.numerals import beta_digits, plain
from trainer.weight_advice import advice

LONGEST_NAME = 4096
"""Characters of a class's name, which may be a path of folders."""


class ClassBalanceBody(Body):
    """counts: images of each class. betas: from 0 to 1, or text such as "N=10000".

    beta: the one that is derived and that the answer is for, by default the last of betas. derived_class:
    index of the class that is derived, by default the smallest. answer: a weight for each class.
    """

    counts: Numerals
    betas: Numerals
    beta: Numeral = None
    derived_class: Annotated[int, Bounded(ge=0, strict=True)] | None = None
    names: tuple[Annotated[str, Bounded(max_length=LONGEST_NAME)], ...] = ()
    answer: Answer = None


def request(typed: Typed) -> Mapping[str, Any]:
    """What was typed as the request."""
    counts = numbers(typed["counts"], "counts")
    beta, index = typed["beta"], typed["derived_class"].strip()
    return {
        "counts": counts,
        "betas": numbers(re.sub(r"\s*=\s*", "=", typed["betas"]), "betas"),  # "N = 10000" is one entry
        "names": names_in(typed["names"], len(counts)),
        "beta": beta if beta.strip() else None,
        "derived_class": _index(index) if index else None,
        "answer": numbers(typed["answer"], "answer") or None,
    }


def names_in(text: str, classes: int) -> list[str]:
    """The names in a typed text: its lines where they are as many as the classes, else what commas part.

    So a name may hold commas, semicolons and blanks where each stands on a line of its own.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    if text.strip() and len(lines) == classes:
        return lines
    if len(filled := [line.strip() for line in lines if line.strip()]) == classes:
        return filled
    return [name.strip() for name in re.split(r"[,;\r\n]", text) if name.strip()]


def calculate(body: ClassBalanceBody) -> ClassBalanceView:
    """Weights by beta and class, one derived, an answer marked. Raises TheoryError naming the field."""
    counts, betas = read_counts(body.counts), read_betas(body.betas)
    betas, at = _derived_beta(body, betas)
    check_size(len(counts), len(betas))
    index = _derived_class(body, counts)
    rows = [weight_row(counts, beta) for beta in betas]
    marked = None if body.answer is None else mark_weights(counts, [rows[at]], body.answer)
    images = sum(counts)
    return ClassBalanceView(
        counts=counts,
        names=_names(body, len(counts)),
        count_shares=tuple(count / images for count in counts),
        rows=tuple(_row(counts, row) for row in rows),
        curve=weight_curve(counts),
        derived_row=at,
        derived_class=index,
        derivation=weight_lines(counts, rows[at], index),
        rule=RULE,
        answer=marked,
    )


def lines(view: ClassBalanceView) -> Iterator[str]:
    """Weights, shares and advice as a terminal shows them."""
    columns = evenly(len(view.counts), MOST_COLUMNS)
    heads = [view.names[at][:12] if view.names else f"class {at}" for at in columns]
    images = ["images", "", "", "", *(str(view.counts[at]) for at in columns)]
    rows = [images, *(_line(row, columns) for row in view.rows)]
    yield from table(["beta", "N", "max/min", "mean", *heads], rows)
    if len(columns) < len(view.counts):
        yield f"({len(columns)} of {len(view.counts)} classes; --json has all)"
    yield ""
    yield from (row.advice for row in view.rows)
    yield ""
    name = heads[columns.index(view.derived_class)] if view.derived_class in columns else view.derived_class
    beta = view.rows[view.derived_row].beta
    yield f"The weight of {name} at beta {plain(beta, beta_digits(beta))}:"
    yield from derivation(view.derivation)
    if view.answer is not None:
        yield ""
        yield from row_verdict(view.answer, view.rule)


def _index(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise refuse("derived_class", f"must be the index of a class, from 0, got {text[:40]!r}")
    return int(text)


def _derived_beta(body: ClassBalanceBody, betas: tuple[Beta, ...]) -> tuple[tuple[Beta, ...], int]:
    """The betas with the derived one among them, and its place."""
    if body.beta is None:
        return betas, len(betas) - 1
    derived = read_beta(body.beta, "beta")
    return (betas, betas.index(derived)) if derived in betas else ((*betas, derived), len(betas))


def _derived_class(body: ClassBalanceBody, counts: tuple[int, ...]) -> int:
    if body.derived_class is None:
        return counts.index(min(counts))
    if body.derived_class >= len(counts):
        last = f"the last of {len(counts)} classes is {len(counts) - 1}: they count from 0"
        raise refuse("derived_class", f"is {body.derived_class}, but {last}")
    return body.derived_class


def _names(body: ClassBalanceBody, classes: int) -> tuple[str, ...]:
    if len(body.names) not in (0, classes):
        raise refuse("names", f"must name all {classes} classes or none, got {len(body.names)}")
    return body.names


def _row(counts: tuple[int, ...], row: WeightRow) -> BetaRowView:
    said = advice(counts, row.beta)
    return BetaRowView(**vars(row), effect=said.effect, advice=said.text)


def _line(row: BetaRowView, columns: Sequence[int]) -> list[str]:
    volume = "inf" if row.volume is None else plain(row.volume, 4)
    scale = plain(row.max_over_min, 4), plain(row.mean_weight, 4)
    weights = (f"{row.weights[at]:.4f}" for at in columns)
    return [plain(row.beta, beta_digits(row.beta)), volume, *scale, *weights]


BETAS = "0.9, 0.95, 0.99, 0.997, 0.999, 0.9999, 1"
FIELDS = (
    *group(
        "Counts",
        Field("counts", "Images per class", "separated by commas, blanks or lines", COUNTS, "grid"),
        Field(
            "names", "Names of the classes", "one a line, or separated by commas; may stay empty", "", "grid"
        ),
    ),
    *group(
        "Betas",
        Field("betas", "Betas", "from 0 to 1, or as N=10000 with N = 1/(1 - beta)", BETAS),
        Field(
            "beta",
            "Beta derived",
            "its steps are shown and your weights are for it; empty: the last",
            "0.997",
        ),
        Field("derived_class", "Class derived", "its index, from 0; empty: the smallest"),
    ),
    *group("Your answer", Field("answer", "Your weights", "one a class, for the beta derived", "", "grid")),
    *group("Fill from", RUN, DATASET, IMBALANCE, RATIO),
)
CLASS_BALANCE = Calculator(
    name="class-balance",
    title="Class weights",
    about="How much each class weighs, from its images and beta, and whether that beta does anything.",
    fields=FIELDS,
    body=ClassBalanceBody,
    view=ClassBalanceView,
    request=request,
    calculate=calculate,
    lines=lines,
    examples=EXAMPLES,
    fill=fill,
)
