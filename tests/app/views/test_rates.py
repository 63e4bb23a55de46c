"""When two effective rates differ: one rule for the launch form and for the compare page."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.views.rates import rates_differ

rates = st.lists(st.floats(1e-6, 10), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("found", "differ"),
    [
        ((0.1,), False),
        ((0.1, 0.1), False),
        ((0.1, 0.11), False),
        ((0.011, 0.01), False),
        ((0.1, 0.1101), True),
        ((0.905, 1.0), True),
        ((0.92, 1.0), False),
        ((0.1, 0.105, 0.1101), True),
    ],
)
def test_they_differ_where_one_is_more_than_a_tenth_above_another(
    found: Sequence[float], differ: bool
) -> None:
    assert rates_differ(*found) is differ


@given(rates, st.floats(1e-3, 1e3))
def test_neither_order_nor_unit_matters(found: list[float], unit: float) -> None:
    ratio = max(found) / min(found)
    assume(abs(ratio - 1.1) > 1e-6)
    assert rates_differ(*found) is (ratio > 1.1)
    assert rates_differ(*reversed(found)) is rates_differ(*(unit * one for one in found))
