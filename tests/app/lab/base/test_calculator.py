"""What every calculator shares: defaults, unknown names, and a problem shown at the field that holds it."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from app.errors import InvalidError
from app.lab.base.calculator import Calculator, Field
from app.lab.base.formula.exact import refuse, vector
from app.lab.base.text import numbers
from app.schemas import Body
from app.views.base import View


class Terms(Body):
    terms: list[int | float | str]
    most: int = 3


class Sum(View):
    total: str


def add(body: Terms) -> Sum:
    if len(body.terms) > body.most:
        raise refuse("terms", f"holds {len(body.terms)} numbers; at most {body.most}")
    return Sum(total=str(sum(vector(body.terms, "terms"), Fraction())))


def asked(typed: Mapping[str, str]) -> dict[str, Any]:
    return {"terms": numbers(typed["numbers"], "numbers"), "most": int(typed["most"])}


ADDER = Calculator(
    name="add",
    title="Addition",
    about="Adds.",
    fields=(
        Field("numbers", "Numbers", default="1, 1/2", paths=("terms",)),
        Field("most", "Most", default="3"),
    ),
    body=Terms,
    view=Sum,
    request=asked,
    calculate=add,
    lines=lambda view: [view.total],
)


def work_out(**typed: str) -> View:
    return ADDER.work_out_typed(ADDER.complete(typed))


def test_what_is_left_out_stands_at_its_default() -> None:
    assert work_out() == Sum(total="3/2")
    assert work_out(numbers="1/3 1/3 1/3") == Sum(total="1")


def test_an_unknown_name_is_refused_naming_those_that_are_known() -> None:
    with pytest.raises(InvalidError) as refused:
        ADDER.complete({"nubmers": "1"})
    assert refused.value.fields[0].path == "nubmers"
    assert "numbers, most" in refused.value.fields[0].message


@pytest.mark.parametrize("typed", ["1 2 3 4", "1 x", "1/0"])
def test_a_problem_of_the_request_is_shown_where_it_was_typed(typed: str) -> None:
    with pytest.raises(InvalidError) as refused:
        work_out(numbers=typed)
    assert [problem.path for problem in refused.value.fields] == ["numbers"]


def test_a_request_keeps_its_own_paths() -> None:
    with pytest.raises(InvalidError) as refused:
        ADDER.work_out(Terms(terms=[1, "x"]))
    assert refused.value.fields[0].path == "terms[1]"
