"""Planning against statsmodels and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, TTestIndPower

from app.comparing.statistics.planning import (
    MOST_SEEDS,
    POWER,
    expected_maximum,
    flattery,
    holm,
    power_at,
    seeds_needed,
    seeds_range,
)
from tests.examples import at_most
from tests.toolbox_cases import toolbox_case


@pytest.mark.parametrize("n", [5, 8, 20, 100])
@pytest.mark.parametrize("effect", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_power_of_like_spreads_is_statsmodels(n: int, effect: float, alpha: float) -> None:
    """Of finding the difference the right way round."""
    expected = TTestIndPower().power(effect, n, alpha / 2, alternative="larger")
    assert power_at(n, effect, 1.0, 1.0, alpha) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [5, 12, 40])
def test_power_under_the_noise_of_images_alone_is_normal(n: int) -> None:
    """Two seeds' spread that is nothing beside the images': the test is a z test at any n."""
    expected = NormalIndPower(ddof=0).power(2.5, 2, 0.05)  # of variance 2 / 2 = 1
    for sd in (1e-4, 0.0):
        assert power_at(n, 2.5, sd, sd, 0.05, images=1.0) == pytest.approx(expected, abs=1e-4)


def test_power_below_five_takes_the_degrees_of_freedom_of_the_smaller_side() -> None:
    critical, shift = stats.t.ppf(0.975, 2), 2.0 / np.sqrt(2 / 3)
    assert power_at(3, 2.0, 1.0, 1.0, 0.05) == pytest.approx(stats.nct.sf(critical, 2, shift), abs=1e-9)


@pytest.mark.parametrize("sds", [(1.0, 1.0), (0.5, 1.5)])
def test_needed_is_the_first_size_with_enough_power(sds: tuple[float, float]) -> None:
    for difference in (0.4, 1.0, -3.0):
        needed = seeds_needed(difference, *sds, 0.01)
        assert needed is not None
        assert power_at(needed, difference, *sds, 0.01) >= POWER
        assert needed == 2 or power_at(needed - 1, difference, *sds, 0.01) < POWER


def test_needed_by_simulation() -> None:
    """Of unequal spreads: so many seeds find the difference with power 0.8 by scipy's Welch test."""
    needed = seeds_needed(1.5, 0.6, 1.6, 0.05)
    assert needed is not None
    random = np.random.default_rng(3)
    a, b = random.normal(1.5, 0.6, (20_000, needed)), random.normal(0, 1.6, (20_000, needed))
    found = stats.ttest_ind(a, b, axis=1, equal_var=False).pvalue < 0.05
    assert found.mean() == pytest.approx(power_at(needed, 1.5, 0.6, 1.6, 0.05), abs=0.015)
    assert found.mean() >= POWER - 0.02


def test_needed_at_the_ends() -> None:
    assert seeds_needed(0.0, 1.0, 1.0, 0.05) is None
    assert seeds_needed(1.0, 0.0, 0.0, 0.05) is None
    assert seeds_needed(1e-3, 1.0, 1.0, 0.05) is None
    assert power_at(MOST_SEEDS, 1e-3, 1.0, 1.0, 0.05) < POWER
    assert seeds_needed(1.0, 1e-3, 1e-3, 0.05) == 2
    assert seeds_needed(1.0, 0.1, 0.1, 0.05, images=1.0) is None, "seeds do not lessen the noise of images"


def test_seeds_that_agree_by_chance_have_the_spread_that_the_test_gives_them() -> None:
    """No spread was seen, and the test takes one of 0.2 for single runs: by scipy's noncentral t."""

    def power(n: int) -> float:
        df, shift = n - 1 if n < 5 else 2 * (n - 1), 0.5 * np.sqrt(n) / 0.2
        return float(stats.nct.sf(stats.t.ppf(1 - 0.0005, df), df, shift))

    needed = next(n for n in range(2, 100) if power(n) >= POWER)
    assert seeds_needed(0.5, 0.0, 0.0, 0.001, least=0.2**2) == needed
    low, high = seeds_range(0.5, 0.0, 0.0, 2, 0.001, least=0.2**2)
    assert low == needed
    assert high is None or high > needed, "two runs that agree say little of the spread"


@pytest.mark.parametrize("n", [3, 5, 10])
def test_range_is_that_of_the_spreads(n: int) -> None:
    """At the ends of the 90 % interval of a standard deviation, by scipy's chi-square."""
    low, high = (np.sqrt((n - 1) / stats.chi2.ppf(tail, n - 1)) for tail in (0.95, 0.05))
    expected = tuple(seeds_needed(1.5, end, end, 0.05) for end in (low, high))
    assert seeds_range(1.5, 1.0, 1.0, n, 0.05) == expected
    needed = seeds_needed(1.5, 1.0, 1.0, 0.05)
    assert needed is not None
    assert expected[0] is not None
    assert expected[0] <= needed <= (expected[1] or MOST_SEEDS)


def test_range_holds_what_is_really_needed() -> None:
    """Of spreads estimated from five runs of each setting: at least nine times in ten."""
    random, truly = np.random.default_rng(2), seeds_needed(1.5, 1.0, 1.0, 0.05) or 0
    held = 0
    for a, b in random.normal(0, 1, (200, 2, 5)).std(axis=2, ddof=1).tolist():
        low, high = seeds_range(1.5, a, b, 5, 0.05)
        held += (low or MOST_SEEDS) <= truly <= (high or MOST_SEEDS)
    assert held >= 180


@pytest.mark.parametrize("k", [1, 2, 3, 7, 19, 100])
def test_expected_maximum_is_that_of_the_order_statistic(k: int) -> None:
    """By integrating P(max > x) - P(max < -x), not the density."""
    value, _ = integrate.quad(lambda x: 1 - stats.norm.cdf(x) ** k - stats.norm.cdf(-x) ** k, 0, 12)
    assert expected_maximum(k) == pytest.approx(value, abs=1e-8)


def test_known_maxima_and_simulation() -> None:
    assert expected_maximum(2) == pytest.approx(1 / np.sqrt(np.pi))
    assert expected_maximum(3) == pytest.approx(1.5 / np.sqrt(np.pi))
    winners = np.random.default_rng(0).normal(0, 4.3 / np.sqrt(3), (50_000, 7)).max(axis=1)
    assert flattery(7, 4.3 / np.sqrt(3)) == pytest.approx(winners.mean(), abs=0.03)


ps = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=12)


def test_golden() -> None:
    case = toolbox_case("holm_adjusted_p")
    assert holm(np.array(case["input"]["p"])) == pytest.approx(case["expected"], rel=1e-9)


@pytest.mark.slow
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
