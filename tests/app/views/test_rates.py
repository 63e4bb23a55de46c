"""When two effective rates differ: one rule for the launch form and for the compare page."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.views.rates import mean_weight_of, rates_differ
from trainer.config import as_json, parse_config
from trainer.weighting import class_weights, mean_weight
from trainer.weighting_words import WEIGHTINGS

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


@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_a_stored_configuration_weighs_as_its_run_does(weighting: str) -> None:
    counts = (60, 20, 4)
    loss = {"weighting": weighting, "power": 0.3, "class_weights": [1.0, 2.0, 5.0], "beta": 0.99}
    config = parse_config({"loss": loss})
    assert mean_weight_of(as_json(config), counts) == mean_weight(counts, config.loss)
    weights = class_weights(counts, config.loss) or (1, 1, 1)
    by_hand = sum(count * weight for count, weight in zip(counts, weights, strict=True)) / sum(counts)
    assert mean_weight_of(as_json(config), counts) == pytest.approx(by_hand)
