"""Means, intervals and sample sizes against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.views.spread import critical_t, mean_sd, paired_difference, power, seeds_needed

figures = st.floats(0, 1, allow_subnormal=False)


@given(st.lists(figures, min_size=2, max_size=20))
def test_mean_and_sd_are_numpys(values: list[float]) -> None:
    mean, sd = mean_sd(values)
    assert mean == pytest.approx(np.mean(values), abs=1e-12)
    assert sd == pytest.approx(np.std(values, ddof=1), abs=1e-12)


def test_few_values() -> None:
    assert mean_sd([]) == (None, None)
    assert mean_sd([0.4]) == (0.4, None)
    assert paired_difference([]) is None


@given(st.lists(st.tuples(figures, figures), min_size=2, max_size=10))
def test_interval_is_that_of_the_paired_t_test(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = np.array(pairs).T
    found = paired_difference((ours - theirs).tolist())
    assert found is not None
    assert found.n == len(pairs)
    if np.std(ours - theirs) < 1e-9:
        assert (found.low, found.high) == pytest.approx((found.mean, found.mean), abs=1e-6)
        return
    interval = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-7, abs=1e-12)


def test_one_pair_has_no_interval() -> None:
    found = paired_difference([0.058])
    assert found is not None
    assert (found.n, found.mean, found.sd, found.low, found.high, found.seeds_needed) == (
        1, 0.058, None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("df", [1, 2, 3, 4, 9, 29, 99, 999])
def test_quantile_of_t(df: int) -> None:
    assert critical_t(df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-8)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30, 200])
@pytest.mark.parametrize("effect", [0.0, 0.1, 0.5, 1.0])
def test_power_is_that_of_the_noncentral_t(n: int, effect: float) -> None:
    critical, shift = stats.t.ppf(0.975, n - 1), effect * math.sqrt(n)
    expected = stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)
    assert power(n, effect) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("effect", [0.11, 0.3, 0.8, 1.5, 4.0, 20.0])
def test_seeds_needed_is_the_first_size_with_enough_power(effect: float) -> None:
    needed = seeds_needed(-effect, 1.0)
    assert needed is not None
    assert power(needed, effect) >= 0.8 - 1e-9
    assert needed == 2 or power(needed - 1, effect) < 0.8


def test_seeds_needed_by_simulation() -> None:
    """8 pairs find a difference of 1.2 sds with power 0.8: so say 20,000 simulated experiments."""
    needed = seeds_needed(1.2, 1.0)
    assert needed == 8
    draws = np.random.default_rng(0).normal(1.2, 1.0, (20_000, needed))
    found = stats.ttest_1samp(draws, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(power(needed, 1.2), abs=0.01)


def test_seeds_needed_at_the_ends() -> None:
    assert seeds_needed(0.0, 0.1) is None
    assert seeds_needed(0.1, 0.0) == 2
    assert seeds_needed(0.01, 1.0) is None
