"""Two readings of the same networks: a test that errs as rarely as promised, and finds what there is."""

import numpy as np
import pytest
from scipy.stats import binom, ttest_rel

from app.comparing.statistics.contrasts import differences
from app.comparing.statistics.table import Columns, RowScores

IMAGES, SEEDS, BOARDS = 400, 5, 400
LABELS = np.repeat(np.arange(4), IMAGES // 4)
COLUMNS = Columns(("accuracy",), np.full((1, IMAGES), 1 / IMAGES), LABELS, np.array([float(IMAGES)]))


def readings(random: np.random.Generator, gain: float) -> list[RowScores]:
    """A row of networks whose seeds spread, and the same with a tenth of the images answered anew."""
    ease = random.normal(0.4, 1, IMAGES)
    right = ease + random.normal(0, 0.3, (SEEDS, 1)) + random.normal(0, 1, (SEEDS, IMAGES)) > 0
    moved = random.random((SEEDS, IMAGES)) < 0.1
    anew = [ease + random.normal(more, 1, (SEEDS, IMAGES)) > 0 for more in (0, gain)]
    first, second = (np.where(moved, fresh, right) for fresh in anew)
    seeds, none = tuple(range(SEEDS)), (None,) * SEEDS
    return [
        RowScores(hits.mean(axis=1)[:, None], hits, seeds, none, networks=seeds) for hits in (first, second)
    ]


@pytest.mark.slow
def test_equal_readings_are_told_apart_as_rarely_as_promised() -> None:
    random = np.random.default_rng(0)
    p = [differences(readings(random, 0.0), COLUMNS).p()[1, 0, 0] for _ in range(BOARDS)]
    assert (np.array(p) <= 0.05).sum() <= binom.ppf(0.999, BOARDS, 0.05)


@pytest.mark.slow
def test_a_reading_that_is_better_is_found_where_independent_rows_would_not_tell() -> None:
    random = np.random.default_rng(1)
    boards = [readings(random, 1.5) for _ in range(40)]
    paired = [differences(rows, COLUMNS).p()[1, 0, 0] for rows in boards]
    alone = [
        differences([RowScores(one.values, one.hits, one.seeds, one.subsets) for one in rows], COLUMNS)
        for rows in boards
    ]
    assert np.mean(np.array(paired) <= 0.05) > np.mean([one.p()[1, 0, 0] <= 0.05 for one in alone])


def test_without_predictions_it_is_the_paired_t_test() -> None:
    a, b = np.array([[0.5], [0.55], [0.48]]), np.array([[0.6], [0.66], [0.57]])
    columns = Columns(("loss",), None, None, np.zeros(1))
    rows = [RowScores(one, None, (0, 1, 2), (None,) * 3, networks=(4, 5, 6)) for one in (a, b)]
    found = differences(rows, columns)
    assert found.p()[1, 0, 0] == pytest.approx(ttest_rel(b[:, 0], a[:, 0]).pvalue, rel=1e-9)
    assert found.p()[0, 1, 0] == pytest.approx(found.p()[1, 0, 0])
    strangers = [RowScores(one, None, (0, 1, 2), (None,) * 3, networks=ids) for one, ids in
                 ((a, (4, 5, 6)), (b, (7, 8, 9)))]  # fmt: skip
    assert differences(strangers, columns).p()[1, 0, 0] > found.p()[1, 0, 0]
