"""Who leads: against scipy's paired t, on planted sources, and on equal ones, which are not told apart."""

import math

import numpy as np
import pytest
from scipy import stats

from app.comparing.statistics.table import Columns, RowScores
from app.transfers.judge import columns_of, lead, scores_of

LABELS = np.repeat(np.arange(4), 50)
SUPPORT = [50] * 4


def board(
    chances: list[float], seeds: int, random: np.random.Generator, spread: float = 0.03
) -> tuple[list[RowScores], Columns]:
    """Sources that are right by these chances; a seed moves all alike, and each a little on its own."""
    common = random.normal(0, spread, seeds)
    rows = []
    for chance in chances:
        own = np.clip(chance + common + random.normal(0, spread, seeds), 0.02, 0.98)
        hard = random.random((1, len(LABELS)))  # an image is hard or easy for all seeds of a source
        hits = 0.5 * hard + 0.5 * random.random((seeds, len(LABELS))) < own[:, None]
        rows.append(scores_of(range(seeds), hits.mean(1), hits))
    return rows, columns_of(LABELS, 4, SUPPORT)


def test_without_answers_a_gap_is_scipys_paired_t() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.05, (2, 5))
    rows = [scores_of(range(5), one, None) for one in values]
    found = lead(rows, columns_of(None, 0, []))
    ours, theirs = values[found.best], values[1 - found.best]
    told = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    gap = found.gaps[1 - found.best]
    assert (gap.mean, gap.low, gap.high) == pytest.approx(((ours - theirs).mean(), told.low, told.high))


def test_one_seed_tells_nothing() -> None:
    rows = [scores_of([0], [value], None) for value in (0.9, 0.1)]
    found = lead(rows, columns_of(None, 0, []))
    assert (found.best, found.rivals) == (0, (1,))
    assert math.isnan(found.gaps[1].low)


def test_a_source_that_is_better_is_found_and_its_equals_stay_rivals() -> None:
    random, firm, told = np.random.default_rng(5), 0, 0
    for _ in range(60):
        rows, columns = board([0.45, 0.75, 0.50], 5, random)
        found = lead(rows, columns)
        firm += not found.rivals and found.best == 1
        rows, columns = board([0.7, 0.7, 0.3], 5, random)
        twins = lead(rows, columns)
        told += 2 not in twins.rivals
    assert firm >= 57
    assert told >= 57


@pytest.mark.slow
@pytest.mark.parametrize(("sources", "seeds"), [(2, 5), (2, 3), (4, 5), (8, 5), (3, 10)])
def test_equal_sources_are_told_apart_by_chance_alone(sources: int, seeds: int) -> None:
    """At most 5 % of boards name a best; the bound leaves four standard errors of 600 boards."""
    random, boards = np.random.default_rng([sources, seeds]), 600
    firm = sum(not lead(*board([0.6] * sources, seeds, random)).rivals for _ in range(boards))
    assert firm / boards <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / boards)
