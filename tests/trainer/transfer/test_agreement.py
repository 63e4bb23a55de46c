"""Rank agreement and the test of levels against counting pairs, scipy's bootstrap and all permutations."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from trainer.transfer.agreement import level_test, rank_agreement

Floats = NDArray[np.float64]
THREE = ("low", "middle", "high")


def levels_of(count: int, prefix: str = "t") -> dict[str, str]:
    return {f"{prefix}{at}": THREE[at % 3] for at in range(count)}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12))
def test_tau_is_that_of_counted_pairs(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    found = rank_agreement(x, y)
    score, x_apart, y_apart = 0, 0, 0
    for i in range(len(x)):
        for j in range(i):
            score += int(np.sign(x[i] - x[j]) * np.sign(y[i] - y[j]))
            x_apart, y_apart = x_apart + (x[i] != x[j]), y_apart + (y[i] != y[j])
    if x_apart and y_apart:
        assert found.tau == pytest.approx(score / (x_apart * y_apart) ** 0.5)
    else:
        assert found.tau is None
        assert "no ranks" in found.reason
    assert found.sources == len(pairs)
    assert (found.low is None) == (found.high is None) == bool(found.reason)
    if found.low is not None and found.high is not None:
        assert len(pairs) >= 8
        assert -1 <= found.low <= found.high <= 1


@pytest.mark.slow
def test_the_interval_is_that_of_another_bootstrap() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=14).round(1)
    y = x + random.normal(size=14)
    found = rank_agreement(x, y)
    theirs = stats.bootstrap(
        (x, y),
        lambda a, b: stats.kendalltau(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=1500,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.05)
    assert rank_agreement(x, y) == found


def test_no_interval_below_eight_sources_nor_of_full_agreement() -> None:
    seven, eight = rank_agreement(range(7), [1, 0, 2, 3, 4, 5, 6]), rank_agreement(range(8), range(8))
    assert seven.tau == pytest.approx(19 / 21)
    assert (seven.low, seven.high) == (None, None)
    assert "8 sources at least; these are 7" in seven.reason
    assert eight.tau == pytest.approx(1)
    assert (eight.low, eight.high) == (None, None)
    assert "All pairs" in eight.reason
    assert rank_agreement(range(8), [1, 0, 2, 3, 4, 5, 6, 7]).low is not None


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2, 3]), ([1, np.nan], [1, 2]), ([[1], [2]], [[1], [2]])])
def test_figures_that_do_not_pair_are_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="all of them finite"):
        rank_agreement(x, y)


def plain_statistic(matrix: Floats, sources: list[str], targets: list[str], level: dict[str, str]) -> float:
    within: list[float] = []
    across: list[float] = []
    for row, source in enumerate(sources):
        for column, target in enumerate(targets):
            if source != target and not np.isnan(matrix[row, column]):
                (within if level[source] == level[target] else across).append(matrix[row, column])
    return float(np.mean(within) - np.mean(across)) if within and across else float("nan")


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from(THREE), min_size=3, max_size=6),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_levels_against_all_permutations_of_tasks(seed: int, given: list[str], first: int, left: int) -> None:
    """Some tasks are sources only, some targets only, and some pairs were not measured."""
    random = np.random.default_rng(seed)
    level = {f"t{at}": name for at, name in enumerate(given)}
    tasks = list(level)
    sources, targets = tasks[: len(tasks) - left] or tasks, tasks[first - 1 :][::-1]
    matrix = random.integers(0, 5, (len(sources), len(targets))) / 4
    matrix[random.random(matrix.shape) < 0.2] = np.nan
    levels = ({name: level[name] for name in sources}, {name: level[name] for name in targets})
    observed = plain_statistic(matrix, sources, targets, level)
    if np.isnan(observed):
        with pytest.raises(ValueError, match="nothing to compare"):
            level_test(matrix, *levels)
        return
    used = list(dict.fromkeys([*sources, *targets]))
    null = [
        plain_statistic(matrix, sources, targets, dict(zip(used, order, strict=True)))
        for order in set(permutations(level[name] for name in used))
    ]
    counted = [one for one in null if not np.isnan(one)]
    found = level_test(matrix, *levels)
    assert found.exact
    assert found.labelings == len(counted)
    assert found.statistic == pytest.approx(observed)
    assert found.p == pytest.approx(np.mean([one >= observed - 1e-9 for one in counted]))


def test_pairs_that_contradict_by_hand() -> None:
    """Within (.9, .2) the mean is .55, across (.1, .6, .7, .2) .4: b to a is .2 below, a to c .05 above."""
    levels = {"a": "low", "b": "low", "c": "high"}
    matrix = [[np.nan, 0.9, 0.6], [0.2, np.nan, 0.1], [0.7, 0.2, 5.0]]
    found = level_test(matrix, levels, levels)
    assert found.statistic == pytest.approx(0.15)
    named = [(one.source, one.target, one.value) for one in found.contradictions]
    assert named == [("b", "a", 0.2), ("c", "a", 0.7), ("a", "c", 0.6)]
    assert [one.by for one in found.contradictions] == pytest.approx([0.2, 0.15, 0.05])
    fewer = level_test(matrix, levels, levels, most=1)
    assert fewer.contradictions == found.contradictions[:1]
    assert fewer.against == found.against == 3


def planted(count: int) -> Floats:
    same = np.arange(count)[:, None] % 3 == np.arange(count) % 3
    matrix: Floats = np.random.default_rng(4).random((count, count)) + 2.0 * same
    return matrix


def test_a_planted_effect_is_found() -> None:
    """Nine tasks in three levels have 1,680 labelings; only the 3! that swap the names keep the pairs."""
    found = level_test(planted(9), levels_of(9), levels_of(9))
    assert (found.p, found.labelings, found.exact) == (6 / 1680, 1680, True)
    assert found.contradictions == ()
    drawn = level_test(planted(12), levels_of(12), levels_of(12))
    assert (drawn.labelings, drawn.exact) == (10_000, False)
    assert 1 / 10_000 <= drawn.p <= 12 / 10_000
    assert level_test(planted(12), levels_of(12), levels_of(12)) == drawn


@pytest.mark.slow
@pytest.mark.parametrize(("count", "boards"), [(7, 500), (12, 60)])
def test_without_an_effect_p_is_uniform(count: int, boards: int) -> None:
    """Sources and targets that differ, but not by level: cells are not independent, tasks are."""
    random = np.random.default_rng(5)
    found = []
    for _ in range(boards):
        of_task = random.normal(size=(2, count, 1))
        matrix = of_task[0] + of_task[1].T + random.normal(size=(count, count))
        found.append(level_test(matrix, levels_of(count), levels_of(count)).p)
    for share in (0.05, 0.25, 0.5):
        below, deviation = np.mean(np.array(found) <= share), (share * (1 - share) / boards) ** 0.5
        assert share - 4 * deviation - 0.02 <= below <= share + 3 * deviation


def test_levels_that_do_not_fit_are_refused() -> None:
    levels = {"a": "low", "b": "high"}
    with pytest.raises(ValueError, match=r"2 sources x 2 targets, not \[2, 3\]"):
        level_test(np.zeros((2, 3)), levels, levels)
    with pytest.raises(ValueError, match="b has two levels: high as a source and low as a target"):
        level_test(np.zeros((2, 2)), levels, {"a": "low", "b": "low"})
    with pytest.raises(ValueError, match="nothing to compare"):
        level_test(np.zeros((2, 2)), levels, levels)
