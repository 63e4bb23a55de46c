"""Differences and their tests: against scipy, statsmodels and golden cases; what must hold of any rows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW, ttost_ind

from app.comparing.statistics.contrasts import (
    SATTERTHWAITE_FROM,
    Estimate,
    contrast,
    correlations,
    differences,
    row_means,
)
from app.comparing.statistics.table import Columns, RowScores
from tests.app.comparing.statistics.scores import Floats, columns_of, drawn, row_of
from tests.toolbox_cases import toolbox_case

COLUMNS = columns_of((8, 5, 20), [(0, 1)])
PLAIN = Columns(("loss",), None, None, np.zeros(1))
"""A figure that is no share: nothing but seeds, and no floor."""
seeds = st.integers(0, 10_000)


def plain(values: Floats, subsets: tuple[int, ...] | None = None) -> RowScores:
    """Runs with this one figure."""
    n = len(values)
    return RowScores(np.asarray(values, dtype=float)[:, None], None, tuple(range(n)), subsets or (0,) * n)


@pytest.mark.parametrize("sizes", [(5, 5), (5, 9), (12, 6)])
@pytest.mark.parametrize("spread", [0.3, 1.0])
def test_without_predictions_it_is_welchs_test(sizes: tuple[int, int], spread: float) -> None:
    random = np.random.default_rng(sum(sizes))
    a, b = random.normal(1, 1, sizes[0]), random.normal(0, spread, sizes[1])
    found, expected = differences([plain(a), plain(b)], PLAIN), stats.ttest_ind(a, b, equal_var=False)
    assert found.p()[0, 1, 0] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.df[0, 1, 0] == pytest.approx(expected.df)
    for level in (0.9, 0.95, 0.999):
        ends = expected.confidence_interval(level)
        low, high = found.interval(1 - level)
        assert (low[0, 1, 0], high[0, 1, 0]) == pytest.approx((ends.low, ends.high))


@pytest.mark.parametrize("sizes", [(2, 2), (3, 4), (4, 20)])
def test_few_seeds_have_the_degrees_of_freedom_of_the_smaller_side(sizes: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    a, b = (random.normal(0, 1, size) for size in sizes)
    found = differences([plain(a), plain(b)], PLAIN)
    assert min(sizes) < SATTERTHWAITE_FROM
    assert found.df[0, 1, 0] == min(sizes) - 1
    t = (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    assert found.p()[0, 1, 0] == pytest.approx(2 * stats.t.sf(abs(t), min(sizes) - 1))


@given(seeds, st.integers(2, 8))
def test_pairs_without_predictions_are_the_paired_t_test(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    shared = random.normal(0, 5, n)
    a, b = shared + random.normal(0.5, 1, n), shared + random.normal(0, 1, n)
    found = differences([plain(a), plain(b)], PLAIN, "paired")
    assert found.p()[0, 1, 0] == pytest.approx(stats.ttest_rel(a, b).pvalue, rel=1e-6)


def test_golden_interval_of_nested_subset_seeds() -> None:
    case = toolbox_case("subset_seed_interval")
    d, expected = np.array(case["input"]["differences"]), case["expected"]
    subsets = tuple(np.repeat(np.arange(d.shape[0]), d.shape[1]).tolist())
    rows = [plain(d.ravel(), subsets), plain(np.zeros(d.size), subsets)]
    for found in (differences(rows, PLAIN, "paired"), differences(rows, PLAIN)):
        low, high = found.interval(0.05)
        assert found.mean[0, 1, 0] == pytest.approx(expected["mean"], rel=1e-9)
        assert np.sqrt(found.variance[0, 1, 0]) == pytest.approx(expected["se"], rel=1e-9)
        assert (high - low)[0, 1, 0] / 2 == pytest.approx(expected["half_width"], rel=1e-9)
    pooled = [RowScores(row.values, None, row.seeds, (0,) * d.size) for row in rows]
    low, high = differences(pooled, PLAIN, "paired").interval(0.05)
    assert (high - low)[0, 1, 0] / 2 == pytest.approx(expected["naive_half_width"], rel=1e-9)


def test_golden_equivalence() -> None:
    case = toolbox_case("tost_equivalence")
    d = np.array(case["input"]["differences"])
    found = differences([plain(d), plain(np.zeros(len(d)))], PLAIN, "paired")
    assert found.same(case["input"]["delta"])[0, 1, 0] == pytest.approx(case["expected"], rel=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.9, 2.0])
def test_equivalence_is_statsmodels(shift: float) -> None:
    random = np.random.default_rng(5)
    a, b = random.normal(shift, 0.5, 9), random.normal(0, 1, 7)
    found = differences([plain(a), plain(b)], PLAIN).same(1.2)[0, 1, 0]
    assert found == pytest.approx(ttost_ind(a, b, -1.2, 1.2, usevar="unequal")[0], rel=1e-9)
    one = row_means([plain(a)], PLAIN)
    assert one.same(1.2)[0, 0] == pytest.approx(DescrStatsW(a).ttost_mean(-1.2, 1.2)[0], rel=1e-9)
    assert one.upper(0.01)[0, 0] == pytest.approx(DescrStatsW(a).tconfint_mean(0.01, "smaller")[1])


def rows_of(seed: int, sizes: tuple[int, ...] = (3, 5, 6), kept: bool = True) -> list[RowScores]:
    """Rows with so many runs each, on images in common."""
    random = np.random.default_rng(seed)
    hard = random.normal(0, 1, 33)
    found = [drawn(random, n, COLUMNS, 0.3 * at, 0.5, hard) for at, n in enumerate(sizes)]
    return [row_of(one, COLUMNS, kept=kept) for one in found]


def close(ours: Estimate, theirs: Estimate) -> bool:
    """Whether two estimates are the same, NaN included."""
    pairs = zip(vars(ours).values(), vars(theirs).values(), strict=True)
    return all(np.allclose(a, b, rtol=1e-7, atol=1e-12, equal_nan=True) for a, b in pairs)


@settings(max_examples=25)
@given(seeds, st.booleans(), st.sampled_from(["welch", "paired"]))
def test_the_other_way_round_only_the_sign_changes(seed: int, kept: bool, pairing: str) -> None:
    found = differences(rows_of(seed, kept=kept), COLUMNS, pairing)
    assert np.allclose(found.mean, -found.mean.transpose(1, 0, 2), equal_nan=True)
    for values in (found.variance, found.df, found.seeds_share, found.p()):
        off = ~np.eye(len(values), dtype=bool)
        assert np.allclose(values[off], values.transpose(1, 0, 2)[off], equal_nan=True)


@pytest.mark.slow
@settings(max_examples=25)
@given(seeds)
def test_the_order_of_runs_and_of_images_tells_nothing(seed: int) -> None:
    rows, mixed = rows_of(seed), np.random.default_rng(seed + 1)
    order = mixed.permutation(33)
    assert COLUMNS.weights is not None
    assert COLUMNS.strata is not None
    columns = Columns(COLUMNS.names, COLUMNS.weights[:, order], COLUMNS.strata[order], COLUMNS.images)
    shuffled = [row.of(mixed.permutation(len(row.seeds)).tolist()) for row in rows]
    moved = [replace(row, hits=np.asarray(row.hits)[:, order]) for row in shuffled]
    for pairing in ("welch", "paired"):
        assert close(differences(rows, COLUMNS, pairing), differences(moved, columns, pairing))
    assert close(row_means(rows, COLUMNS), row_means(moved, columns))


@settings(max_examples=25)
@given(seeds, st.booleans())
def test_another_row_changes_no_pair(seed: int, kept: bool) -> None:
    rows = rows_of(seed, kept=kept)
    for pairing in ("welch", "paired"):
        few, all_ = differences(rows[:2], COLUMNS, pairing), differences(rows, COLUMNS, pairing)
        part = Estimate(*(getattr(all_, name)[:2, :2] for name in vars(few)))
        assert close(few, part)


@settings(max_examples=25)
@given(seeds, st.floats(0.01, 100))
def test_scale_and_shift_of_a_figure_carry_over(seed: int, factor: float) -> None:
    random = np.random.default_rng(seed)
    a, b = random.normal(0, 1, 6), random.normal(0, 1, 5)
    one = differences([plain(a), plain(b)], PLAIN)
    other = differences([plain(factor * a + 7), plain(factor * b + 7)], PLAIN)
    assert other.mean[0, 1, 0] == pytest.approx(factor * one.mean[0, 1, 0], rel=1e-6)
    assert other.p()[0, 1, 0] == pytest.approx(one.p()[0, 1, 0], rel=1e-5)


@settings(max_examples=25)
@given(seeds, st.lists(st.floats(-3, 3), min_size=3, max_size=3).filter(any))
def test_a_contrast_is_the_sum_of_its_rows(seed: int, factors: list[float]) -> None:
    rows = rows_of(seed)
    found, means = contrast(rows, COLUMNS, np.array(factors)), row_means(rows, COLUMNS).mean
    assert found.mean == pytest.approx(np.array(factors) @ means)
    double = contrast(rows, COLUMNS, 2 * np.array(factors))
    assert double.mean == pytest.approx(2 * found.mean)


@pytest.mark.parametrize("pairing", ["welch", "paired"])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("n", [2, 3, 5, 10])
@pytest.mark.parametrize("recalls", [(0, 0), (0, 1), (1, 1), (0.4, 0.4), (0, 0.4)])
def test_no_spread_is_never_certainty(pairing: str, kept: bool, n: int, recalls: tuple[float, float]) -> None:
    """Rows whose runs all answer alike: shares of 0 and 1, equal differences."""
    columns = columns_of((50, 50))
    hits = [np.tile(np.arange(100) % 50 < 50 * share, (n, 1)) for share in recalls]
    rows = [row_of(one, columns, kept=kept) for one in hits]
    found = differences(rows, columns, pairing)
    low, high = (end[0, 1] for end in found.interval(0.05))
    assert (high - low > 0.002).all()
    assert (found.p()[0, 1] > 0).all()
    assert (found.variance[0, 1] > 0).all()
    own = row_means(rows, columns)
    assert (own.upper(0.05) > own.mean).all()


@pytest.mark.parametrize("kept", [True, False])
def test_equal_differences_of_pairs_keep_the_noise_of_images(kept: bool) -> None:
    columns = columns_of((200,))
    a = np.array([np.arange(200) < 120 + at for at in (0, 7, 3)])
    b = np.array([np.arange(200) < 108 + at for at in (0, 7, 3)])
    found = differences([row_of(a, columns, kept=kept), row_of(b, columns, kept=kept)], columns, "paired")
    assert found.mean[0, 1, 0] == pytest.approx(0.06)
    assert np.sqrt(found.variance[0, 1, 0]) > 0.004


def test_one_run_and_no_run_have_no_test() -> None:
    rows = rows_of(3, (1, 4))
    found = differences(rows, COLUMNS)
    assert not np.isnan(found.mean).any()
    assert np.isnan(found.p()[0, 1]).all()
    apart = RowScores(rows[1].values, rows[1].hits, (90, 91, 92, 93), rows[1].subsets)
    assert np.isnan(differences([rows[1], apart], COLUMNS, "paired").mean[0, 1]).all()


def test_shares_of_noise_are_what_they_are_made_of() -> None:
    """Of seeds that move everything, and of seeds that move nothing."""
    columns = columns_of((300,))
    random = np.random.default_rng(2)
    moved = [row_of(drawn(random, 6, columns, 0, 1.0, np.zeros(300)), columns) for _ in range(2)]
    still = [row_of(drawn(random, 6, columns, 0, 0.0), columns) for _ in range(2)]
    assert differences(moved, columns).seeds_share[0, 1, 0] > 0.9
    assert row_means(still, columns).seeds_share[:, 0].max() < 0.5


def test_correlation_is_numpys_over_common_seeds() -> None:
    random = np.random.default_rng(4)
    a, b = random.normal(0, 1, 6), random.normal(0, 1, 6)
    late = RowScores(b[:, None], None, (2, 3, 4, 5, 6, 7), (0,) * 6)
    found = correlations([plain(a), late, plain(a[:2]), plain(np.ones(6))])
    assert found[0, 1, 0] == pytest.approx(np.corrcoef(a[2:], b[:4])[0, 1])
    assert np.isnan(found[0, 2, 0])
    assert np.isnan(found[0, 3, 0])
