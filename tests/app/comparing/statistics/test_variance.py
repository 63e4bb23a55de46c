"""The seeds x images variance against an analysis of variance written out cell by cell, and by simulation."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from app.comparing.statistics.contrasts import contrast, differences, row_means
from app.comparing.statistics.table import RowScores
from app.comparing.statistics.variance import parts
from tests.app.comparing.statistics.scores import Floats, columns_of, drawn, row_of

SIZES = (7, 12, 5)
COLUMNS = columns_of(SIZES, [(0, 2)])


class Squares(NamedTuple):
    """Mean squares of one class's seeds x images table."""

    seeds: float
    images: float
    rest: float


def mean_squares(table: Floats) -> Squares:
    """The textbook's sums, loop by loop."""
    n, m = table.shape
    grand = table.sum() / (n * m)
    by_seed = [table[s].sum() / m for s in range(n)]
    by_image = [table[:, i].sum() / n for i in range(m)]
    seeds = m * sum((one - grand) ** 2 for one in by_seed)
    images = n * sum((one - grand) ** 2 for one in by_image)
    rest = sum((table[s, i] - by_seed[s] - by_image[i] + grand) ** 2 for s in range(n) for i in range(m))
    return Squares(seeds / (n - 1), images / (m - 1), rest / ((n - 1) * (m - 1)))


def by_hand(a: NDArray[np.bool_], b: NDArray[np.bool_], column: int) -> tuple[float, float]:
    """(variance of the difference over seeds and images, rest of it): classes add up with their weights.

    Over images: the mean square of the seeds' mean difference, whose rest has been counted among seeds too.
    """
    assert COLUMNS.strata is not None
    assert COLUMNS.weights is not None
    weights = COLUMNS.weights[column]
    over_images = rest = 0.0
    for at, m in enumerate(SIZES):
        members = COLUMNS.strata == at
        factor = float(weights[members].sum()) ** 2
        gap = a[:, members].mean(axis=0) - b[:, members].mean(axis=0)
        over_images += factor * mean_squares(np.vstack([gap, np.zeros(m)])).images * 2 / m
        rest += factor * sum(
            mean_squares(side[:, members].astype(float)).rest / len(side) / m for side in (a, b)
        )
    over_seeds = sum(np.var(side @ weights, ddof=1) / len(side) for side in (a, b))
    return float(over_seeds + over_images - rest), float(rest)


@pytest.mark.parametrize("seed", range(6))
def test_difference_is_the_analysis_of_variance_by_hand(seed: int) -> None:
    random = np.random.default_rng(seed)
    images = random.normal(0, 1, sum(SIZES))
    a, b = drawn(random, 4, COLUMNS, 0.3, 1.0, images), drawn(random, 6, COLUMNS, -0.4, 1.0, images)
    rows = [row_of(a, COLUMNS), row_of(b, COLUMNS)]
    found, of = differences(rows, COLUMNS), parts(rows, COLUMNS)
    for column in range(len(COLUMNS.names)):
        variance, rest = by_hand(a, b, column)
        assert of.rest[:, column].sum() == pytest.approx(rest, abs=1e-12)
        floor = of.floor[:, column].sum()
        assert floor >= rest - 1e-12
        gap = of.gram[column] @ [1, -1] @ [1, -1]
        if gap > of.least[column]:
            assert found.variance[0, 1, column] == pytest.approx(max(variance, floor), rel=1e-9)


def test_rest_is_counted_once() -> None:
    """Seeds without an effect of their own, images alike: a mean of n m coins has the variance p q / n m."""
    columns = columns_of((400,))
    random, whole, rest = np.random.default_rng(1), [], []
    for _ in range(200):
        of = parts([row_of(random.random((6, 400)) < 0.6, columns)], columns)
        whole.append(of.seeds[0, 0] + of.gram[0, 0, 0] - of.rest[0, 0])
        rest.append(of.rest[0, 0])
    assert np.mean(whole) == pytest.approx(0.24 / 2400, rel=0.1)
    assert np.mean(rest) == pytest.approx(0.24 / 2400, rel=0.02)


def test_classes_are_strata() -> None:
    """What classes differ by is no noise of images: the test set has so many of each."""
    columns = columns_of((500, 500))
    hits = np.zeros((5, 1000), dtype=bool)
    random = np.random.default_rng(2)
    hits[:, :500] = random.random((5, 500)) < 0.98
    hits[:, 500:] = random.random((5, 500)) < 0.02
    found = row_means([row_of(hits, columns)], columns)
    assert found.variance[0, 0] < 3 * 0.02 * 0.98 / 5000
    assert found.variance[0, 0] < 0.2 * 0.25 / 5000 * 5


def test_images_hard_for_both_cancel() -> None:
    columns = columns_of((300,))
    random = np.random.default_rng(3)
    hard = random.normal(0, 3, 300)
    rows = [row_of(drawn(random, 5, columns, 0, 0.05, hard), columns) for _ in range(2)]
    own, pair = row_means(rows, columns), differences(rows, columns)
    assert pair.variance[0, 1, 0] < own.variance[:, 0].sum() / 2


@pytest.mark.slow
def test_estimates_are_unbiased_for_seeds_and_images() -> None:
    """Over many draws the variance that is estimated is the one that is seen."""
    columns = columns_of((60, 60))
    random = np.random.default_rng(4)
    means, told = [], []
    for _ in range(500):
        hard = random.normal(0, 1, 120)
        rows = [row_of(drawn(random, 5, columns, 0, 0.5, hard), columns) for _ in range(2)]
        found = differences(rows, columns)
        means.append(found.mean[0, 1, 0])
        told.append(found.variance[0, 1, 0])
    assert np.mean(told) == pytest.approx(np.var(means), rel=0.15)


@pytest.mark.parametrize("runs", [[0, 0, 1, 1], [0, 0, 0, 0, 1], [0, 1, 1, 2, 2, 2, 2]])
def test_the_mean_of_nested_runs_is_that_of_their_subsets(runs: list[int]) -> None:
    random = np.random.default_rng(5)
    hits = drawn(random, len(runs), COLUMNS)
    of = parts([row_of(hits, COLUMNS, runs)], COLUMNS)
    values = hits @ np.asarray(COLUMNS.weights).T
    groups = [
        values[[at for at, one in enumerate(runs) if one == subset]].mean(axis=0) for subset in set(runs)
    ]
    assert of.mean[0] == pytest.approx(np.mean(groups, axis=0))
    assert of.seeds[0] == pytest.approx(np.var(groups, axis=0, ddof=1) / len(groups))
    assert (of.units == len(groups)).all()


@pytest.mark.slow
def test_unequal_runs_of_subsets_leave_the_variance_unbiased() -> None:
    """Subsets vary by 3, seeds by 1: three subsets with 1, 2 and 6 runs, simulated."""
    subsets = (0, 1, 1, 2, 2, 2, 2, 2, 2)
    columns = columns_of((10,))
    random = np.random.default_rng(6)
    effects = random.normal(0, 3, (4000, 3))[:, subsets]
    values = effects + random.normal(0, 1, effects.shape)
    means, told = [], []
    for one in values:
        of = parts([RowScores(np.repeat(one[:, None], 2, axis=1), None, tuple(range(9)), subsets)], columns)
        means.append(of.mean[0, 0])
        told.append(of.seeds[0, 0])
    assert np.mean(told) == pytest.approx(np.var(means), rel=0.08)
    assert np.var(means) == pytest.approx((9 + (1 + 1 / 2 + 1 / 6) / 3) / 3, rel=0.08)


def test_a_run_without_a_figure_is_no_unit() -> None:
    values = np.array([[0.5, np.nan], [0.6, 0.2], [0.7, 0.4]])
    of = parts([RowScores(values, None, (0, 1, 2), (0, 0, 0))], columns_of((10,)))
    assert of.units.tolist() == [[3, 2]]
    assert of.mean[0] == pytest.approx([0.6, 0.3])
    assert of.seeds[0] == pytest.approx([0.01 / 3, 0.02 / 2])


def test_contrast_adds_the_variances_of_its_rows() -> None:
    random = np.random.default_rng(7)
    hard = random.normal(0, 1, sum(SIZES))
    rows = [row_of(drawn(random, 3, COLUMNS, 0, 1.0, hard), COLUMNS) for _ in range(4)]
    pair = contrast(rows, COLUMNS, np.array([0.0, 1.0, 0.0, -1.0]))
    whole = differences(rows, COLUMNS)
    assert pair.mean == pytest.approx(whole.mean[1, 3])
    assert pair.variance == pytest.approx(whole.variance[1, 3])
    assert pair.df == pytest.approx(whole.df[1, 3])
