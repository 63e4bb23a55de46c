"""A figure of a view: a finite number as it came, null for whatever JSON does not have."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.views.base import View
from trainer.metrics.fields import Figure


class Shown(View):
    """One figure, and several."""

    one: Figure
    many: tuple[Figure, ...]


@given(st.none() | st.floats())
def test_a_figure_is_the_same_finite_number_or_null(value: float | None) -> None:
    expected = value if value is not None and math.isfinite(value) else None
    view = Shown(one=value, many=(value, 0.5))
    assert (view.one, view.many) == (expected, (expected, 0.5))
    assert json.loads(view.model_dump_json()) == {"one": expected, "many": [expected, 0.5]}
    assert Shown.model_validate_json(view.model_dump_json()) == view


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValidationError):
        Shown.model_validate({"one": "many", "many": ()})


def test_the_schema_says_number_or_null() -> None:
    schema = Shown.model_json_schema()["properties"]
    assert (
        schema["one"]["anyOf"] == schema["many"]["items"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    )
