"""McNemar's exact test: against sums by hand, another library, and boards of equal networks."""

from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from app.comparing.images.mcnemar import adjusted, exact_p

CLASSES, IMAGES = 10, 400


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 1), (5, 33), (138, 0), (7, 8), (30, 30), (409, 1145)])
def test_p_is_the_sum_of_what_is_no_likelier(a: int, b: int) -> None:
    n = a + b
    by_hand = sum(comb(n, k) for k in range(n + 1) if comb(n, k) <= comb(n, a)) / 2**n
    assert exact_p(a, b) == pytest.approx(by_hand)
    assert exact_p(a, b) == pytest.approx(mcnemar([[0, a], [b, 0]], exact=True).pvalue)


def test_nobody_right_alone_is_no_test() -> None:
    assert exact_p(0, 0) is None
    assert adjusted([None, 0.01, None, 0.04]) == [None, 0.02, None, 0.04]


def test_the_family_is_the_classes_that_can_be_tested() -> None:
    p = [0.001, 0.2, 0.012, 0.9, 0.03]
    assert adjusted(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


def committee(random: np.random.Generator, easy: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    """Whether the mean of so many networks is above 0; each sees the image at `easy` with noise."""
    found: NDArray[np.bool_] = (easy + random.normal(0, 1, (size, len(easy)))).mean(axis=0) > 0
    return found


def claims(size_a: int, size_b: int, boards: int) -> int:
    """Boards of equal networks on which some class is told apart."""
    random, found = np.random.default_rng(7), 0
    for _ in range(boards):
        easy = random.normal(0.8, 1, CLASSES * IMAGES)
        a, b = (committee(random, easy, size) for size in (size_a, size_b))
        only_a, only_b = ((one & ~other).reshape(CLASSES, -1).sum(1) for one, other in ((a, b), (b, a)))
        p = adjusted([exact_p(int(x), int(y)) for x, y in zip(only_a, only_b, strict=True)])
        found += any(one is not None and one <= 0.05 for one in p)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2, 5])
def test_equal_networks_are_told_apart_as_rarely_as_promised(size: int) -> None:
    assert claims(size, size, 400) <= binom.ppf(0.999, 400, 0.05)


@pytest.mark.slow
def test_more_networks_answer_better_which_is_why_both_sides_have_as_many() -> None:
    assert claims(5, 1, 40) > binom.ppf(0.999, 40, 0.05)
