"""McNemar's exact test of two classifiers on the same images, one by one and adjusted for a family.

Given that just one of them is right on n images, each of the two is equally likely to be that one under the
null hypothesis: a binomial test of n with 1/2 (Q. McNemar, Psychometrika 12, 1947). It compares two
networks, or two committees of equally many; never two settings, whose networks change with the seed.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from app.comparing.statistics.planning import holm


def exact_p(only_a: int, only_b: int) -> float | None:
    """Two-sided p; None where nobody is right alone.

    Both tails of a fair coin are equal. scipy.stats has the same test, and takes 50 MB to import.
    """
    if not only_a + only_b:
        return None
    return min(1.0, 2 * float(special.bdtr(min(only_a, only_b), only_a + only_b, 0.5)))


def adjusted(p: Sequence[float | None]) -> list[float | None]:
    """By Holm over those that there are."""
    raised = holm(np.array([np.nan if one is None else one for one in p], dtype=float))
    return [None if one is None else float(value) for one, value in zip(p, raised, strict=True)]
