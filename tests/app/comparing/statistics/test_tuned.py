"""Runs of a rate that the other seeds chose vary together; their intervals must know."""

from dataclasses import replace

import numpy as np
import pytest

from app.comparing.statistics.contrasts import differences
from app.comparing.statistics.table import Columns, RowScores, tuned_dependence

pytestmark = pytest.mark.slow

PLAIN = Columns(("loss",), None, None, np.zeros(1))


def tuned(random: np.random.Generator, seeds: int, rates: int) -> RowScores:
    """Equal rates: each seed's run is that of the rate whose other seeds are best on validation."""
    test = random.normal(0, 1, (rates, seeds))
    validation = test + random.normal(0, 0.4, test.shape)
    others = validation.sum(axis=1, keepdims=True) - validation
    values = test[others.argmax(axis=0), np.arange(seeds)]
    return RowScores(values[:, None], None, tuple(range(seeds)), (0,) * seeds, tuned_dependence(rates))


@pytest.mark.parametrize(("seeds", "rates"), [(5, 3), (5, 8), (8, 4)])
def test_equal_rates_are_told_apart_as_rarely_as_said(seeds: int, rates: int) -> None:
    """And would not be, were the runs taken for independent ones."""
    random = np.random.default_rng(rates)
    rows = [[tuned(random, seeds, rates) for _ in range(2)] for _ in range(1200)]
    found = [differences(pair, PLAIN) for pair in rows]
    wrong = np.array([one.p()[0, 1, 0] < 0.05 for one in found])
    assert wrong.mean() < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / len(rows))
    naive = [
        replace(one, variance=one.variance / tuned_dependence(rates)).p()[0, 1, 0] < 0.05 for one in found
    ]
    told = [one.variance[0, 1, 0] for one in found]
    seen = np.var([one.mean[0, 1, 0] for one in found])
    assert 0.75 < np.mean(told) / seen < 1.6
    assert np.mean(naive) > 0.08


def test_one_rate_is_no_choice() -> None:
    assert tuned_dependence(1) == 1.0


def test_dependence_carries_over_to_pairs_and_parts() -> None:
    random = np.random.default_rng(1)
    values = random.normal(0, 1, (2, 6, 1))
    free = [RowScores(one, None, tuple(range(6)), (0,) * 6) for one in values]
    bound = [RowScores(one, None, tuple(range(6)), (0,) * 6, 2.0) for one in values]
    for pairing in ("welch", "paired"):
        ratio = differences(bound, PLAIN, pairing).variance / differences(free, PLAIN, pairing).variance
        assert ratio[0, 1, 0] == pytest.approx(2.0)
    assert bound[0].of([0, 2]).dependence == 2.0
