"""The calculator of class weights: counts and betas in, weights and what each beta does out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field as Bounded

from app.lab.base.calculator import RUN, Answer, Calculator, Example, Field, Numeral, Numerals, Typed, group
from app.lab.base.columns import MOST_COLUMNS, derivation, row_verdict, table
from app.lab.base.formula.answers import RULE
from app.lab.base.formula.evenly import evenly
from app.lab.base.formula.exact import refuse
from app.lab.base.text import numbers
from app.lab.class_balance.fill import DATASET, IMBALANCE, RATIO, fill
from app.lab.class_balance.formula.answer import mark_weights
from app.lab.class_balance.formula.table import (
    Beta,
    WeightRow,
    check_size,
    read_beta,
    read_betas,
    read_counts,
    weight_curve,
    weight_lines,
    weight_row,
)
from app.lab.class_balance.views import BetaRowView, ClassBalanceView
from app.schemas import Body
from trainer.numerals import beta_digits, plain
from trainer.weight_advice import advice

COUNTS = "5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50"
"""CIFAR-10 at ratio 100, largest class first."""

_WEIGHTS = "0.181, 0.189, 0.216, 0.273, 0.378, 0.561, 0.869, 1.386, 2.258, 3.688"
EXAMPLES = (
    Example(
        "Beta 0.9 and 0.95 do nothing",
        "The write-up trained with both and read a difference into the results. At its counts (CIFAR-10 at "
        "ratio 100 is assumed) beta 0.9 weighs all classes alike within 1 %, and beta 0.95 all but the two "
        "smallest: N is 10 and 20, and even the smallest class holds 50 images.",
        {"counts": COUNTS, "betas": "0.9, 0.95, 0.997, 0.9999", "beta": "0.9"},
    ),
    Example(
        "Two classes, 8,000 and 400 images",
        "Somebody swept beta from 0.1 to 0.9, saw weights of 1 and 1, and called the method useless. What "
        "counts is N = 1/(1 - beta) against the counts: beta must come close to 1 before anything happens.",
        {"counts": "8000, 400", "betas": "0, 0.9, 0.99, 0.999, 0.9999, 1", "beta": "0.9999"},
    ),
    Example(
        "An answer that was not scaled",
        "These are 1/E_n. The proportions are right, but the loss would shrink to a fraction: the weights "
        "must sum to the number of classes.",
        {"counts": "8000, 400", "betas": "0.9999", "beta": "0.9999", "answer": "0.0001816, 0.002550"},
    ),
    Example(
        "The weights of another beta",
        "N = 10000 was meant, but these are the weights of N = 1000, beta 0.999.",
        {"counts": COUNTS, "betas": "0.999, 0.9999", "beta": "0.9999", "answer": _WEIGHTS},
    ),
)


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
