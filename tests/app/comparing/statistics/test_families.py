"""Holm's p against the golden case, statsmodels, and its own definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from app.comparing.statistics.families import holm
from tests.examples import at_most
from tests.toolbox_cases import toolbox_case

ps = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=12)


def test_golden() -> None:
    case = toolbox_case("holm_adjusted_p")
    assert holm(np.array(case["input"]["p"])) == pytest.approx(case["expected"], rel=1e-9)


@settings(max_examples=at_most(40))
@given(ps)
def test_is_statsmodels(values: list[float]) -> None:
    expected = multipletests(values, method="holm")[1]
    assert holm(np.array(values)) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@given(ps, st.integers(0, 20))
def test_what_is_no_test_does_not_count(values: list[float], place: int) -> None:
    with_gap = np.insert(np.array(values), min(place, len(values)), np.nan)
    found = holm(with_gap)
    assert np.isnan(found).sum() == 1
    assert found[~np.isnan(found)] == pytest.approx(holm(np.array(values)))
