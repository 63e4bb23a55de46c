"""Ordinal affinities: the golden value, counting by hand, and the matrix squared until its vector stands."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from trainer.transfer.affinity import LEAST, MOST, affinities, gain, priorities, quality, win_matrix

Floats = NDArray[np.float64]


@st.composite
def losses(draw: st.DrawFn) -> Floats:
    """Whole numbers, so that many are alike: [2 to 6 sources, 1 to 8 images]."""
    sources, images = draw(st.integers(2, 6)), draw(st.integers(1, 8))
    row = st.lists(st.integers(0, 4), min_size=images, max_size=images)
    return np.array(draw(st.lists(row, min_size=sources, max_size=sources)), dtype=float)


@st.composite
def wins(draw: st.DrawFn) -> Floats:
    """Shares of a win matrix, up to the ends that clipping leaves."""
    size = draw(st.integers(1, 7))
    shares = np.full((size, size), 0.5)
    for i in range(size):
        for j in range(i):
            shares[i, j] = draw(st.sampled_from([LEAST, MOST]) | st.floats(LEAST, MOST))
            shares[j, i] = 1 - shares[i, j]
    return shares


def squared_until_it_stands(ratios: Floats) -> Floats:
    """Any column of a high power of a positive matrix is its Perron vector; sixty squarings are 2^60."""
    power = ratios
    for _ in range(60):
        power = power @ power
        power = power / power.sum()
    vector: Floats = power.sum(axis=1)
    return vector


def test_golden_priorities() -> None:
    found = priorities([[0.5, 0.8, 0.9], [0.2, 0.5, 0.7], [0.1, 0.3, 0.5]])
    assert found == pytest.approx([0.733772, 0.185680, 0.080548], abs=5e-7)
    ratios = np.array([[1, 4, 9], [1 / 4, 1, 7 / 3], [1 / 9, 3 / 7, 1]])
    assert ratios @ found == pytest.approx(3.000147 * found, rel=1e-6)


def test_wins_by_hand() -> None:
    found = win_matrix([[1, 1, 3, 0], [2, 1, 1, 0], [9, 9, 9, 9]])
    assert found == pytest.approx(np.array([[0.5, 0.5, MOST], [0.5, 0.5, MOST], [LEAST, LEAST, 0.5]]))
    assert win_matrix([[0, 1, 2], [1, 1, 3]])[0, 1] == pytest.approx(2.5 / 3)


@given(losses())
def test_wins_are_counted_image_by_image(drawn: Floats) -> None:
    found = win_matrix(drawn)
    for i, ours in enumerate(drawn):
        for j, theirs in enumerate(drawn):
            points = sum(
                Fraction(1) if a < b else Fraction(1, 2) if a == b else Fraction(0)
                for a, b in zip(ours, theirs, strict=True)
            )
            assert found[i, j] == pytest.approx(min(max(float(points / len(ours)), 0.001), 0.999))
    assert found + found.T == pytest.approx(np.ones_like(found))


@given(wins())
def test_priorities_are_the_perron_vector(shares: Floats) -> None:
    found = priorities(shares)
    assert found.dtype == np.float64
    assert (found > 0).all()
    assert found.sum() == pytest.approx(1)
    assert found == pytest.approx(squared_until_it_stands(shares / shares.T), rel=1e-6)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8))
def test_consistent_judgements_give_back_their_weights(weights: list[int]) -> None:
    """Saaty: where source i wins i's weight in i's and j's, the priorities are the weights."""
    w = np.array(weights, dtype=float)
    assert priorities(w[:, None] / (w[:, None] + w)) == pytest.approx(w / w.sum(), rel=1e-9)


def test_sources_that_beat_each_other_in_a_circle_are_equals() -> None:
    """The other two eigenvalues are complex, and nearly as large."""
    shares = np.array([[0.5, MOST, LEAST], [LEAST, 0.5, MOST], [MOST, LEAST, 0.5]])
    sizes = np.sort(np.abs(np.linalg.eigvals(shares / shares.T)))
    assert 0.998 < sizes[1] / sizes[2] < 0.999
    assert priorities(shares) == pytest.approx([1 / 3] * 3, rel=1e-9)


def test_the_perron_value_need_not_come_first() -> None:
    """Three in a circle, all better than source 0, which has x to their 1 each: x = 1 / (3 (value - 1))."""
    shares = np.array([[5, 1, 1, 1], [9, 5, 1, 9], [9, 9, 5, 1], [9, 1, 9, 5]]) / 10
    value = (100 / 9 + math.sqrt(10_000 / 81 - 256 / 9)) / 2
    expected = np.array([1 / (3 * (value - 1)), 1, 1, 1])
    assert priorities(shares) == pytest.approx(expected / expected.sum(), rel=1e-9)


@given(losses())
def test_only_order_counts(drawn: Floats) -> None:
    before = affinities(drawn)
    assert affinities(drawn**3 - 7) == pytest.approx(before)
    assert affinities(drawn[::-1]) == pytest.approx(before[::-1])


@given(losses())
def test_a_source_that_is_lower_everywhere_has_more(drawn: Floats) -> None:
    better = np.vstack([drawn, drawn.min(axis=0) - 1])
    found = affinities(better)
    assert (found[-1] > found[:-1]).all()


def test_shares_against_a_reference() -> None:
    transfers = [[1, 2, 3, 4], [1, 1, 1, 1], [5, 5, 5, 5]]
    assert gain(transfers, [2, 2, 2, 2]) == pytest.approx([0.375, 1, 0])
    assert quality(transfers, [1, 1, 1, 2]) == pytest.approx([0.125, 0.625, 0])


@given(losses())
def test_gain_is_a_win_matrix_against_the_reference(drawn: Floats) -> None:
    found = gain(drawn[1:], drawn[0])
    assert found.clip(LEAST, MOST) == pytest.approx(win_matrix(drawn)[1:, 0])


def test_what_is_not_a_number_is_named() -> None:
    broken = np.array([[1, 2, 3], [4, np.nan, 6]])
    for refusing in (win_matrix, affinities, lambda given: gain(given, [1, 2, 3])):
        with pytest.raises(ValueError, match="source 1 on image 1 is not a number"):
            refusing(broken)
    with pytest.raises(ValueError, match="source 0 on image 2 is not a number"):
        gain([[1, 2, 3]], [1, 2, np.nan])


@pytest.mark.parametrize("given", [[1, 2], np.zeros(0), np.zeros((1, 0)), np.zeros((0, 2))])
def test_losses_of_another_shape_are_refused(given: ArrayLike) -> None:
    with pytest.raises(ValueError, match="by source and image"):
        win_matrix(given)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="2 images, the transfers 3"):
        gain([[1, 2, 3]], [1, 2])
    with pytest.raises(ValueError, match=r"square and has a source at least, not \[2, 3\]"):
        priorities(np.full((2, 3), 0.5))
    with pytest.raises(ValueError, match="above 0; clip"):
        priorities([[0.5, 1], [0, 0.5]])
