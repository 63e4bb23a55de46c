"""Two single networks over test images: McNemar and the bootstrap against statsmodels, scipy and images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar

from app.comparing.statistics.contrasts import images_only, mcnemar
from tests.app.comparing.statistics.scores import columns_of, drawn
from tests.toolbox_cases import toolbox_case

COLUMNS = columns_of((8, 5, 20), [(0, 1)])


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_statsmodels(only_a: int, only_b: int) -> None:
    expected = their_mcnemar([[10, only_a], [only_b, 10]], exact=True).pvalue
    assert mcnemar(only_a, only_b) == pytest.approx(expected if only_a + only_b else 1.0, rel=1e-9)


def test_golden_mcnemar() -> None:
    case = toolbox_case("mcnemar_exact")
    found = [mcnemar(*pair) for pair in case["input"]["pairs"]]
    assert found == pytest.approx(case["expected"], rel=1e-9)


def test_images_alone_against_a_bootstrap_image_by_image() -> None:
    columns = columns_of((60, 25), [(0, 1)])
    random = np.random.default_rng(8)
    a, b = drawn(random, 2, columns, 0.2, 0.6)
    found = images_only(a, b, columns)
    assert columns.weights is not None
    gap = a.astype(float) - b
    assert found.mean == pytest.approx(columns.weights @ gap)
    assert found.p == pytest.approx(stats.binomtest(int((a & ~b).sum()), int((a != b).sum())).pvalue)
    again = np.concatenate(
        [random.integers(0, 60, (6000, 60)), 60 + random.integers(0, 25, (6000, 25))], axis=1
    )
    ends = np.percentile(gap[again] @ columns.weights.T, [2.5, 97.5], axis=0)
    assert np.abs(np.array([found.low, found.high]) - ends).max() < 0.025


def test_images_alone_twice_is_the_same() -> None:
    a, b = drawn(np.random.default_rng(9), 2, COLUMNS)
    once, twice = images_only(a, b, COLUMNS), images_only(a, b, COLUMNS)
    assert (once.low == twice.low).all()
    assert (once.high == twice.high).all()
