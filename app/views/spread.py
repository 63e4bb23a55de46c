"""Means, spreads and paired differences of a few runs: what may be believed at n seeds.

Intervals are Student's t at 95 %. The number of seeds is that of a two-sided paired t test at 5 % with power
0.8, by the noncentral t distribution (J. Cohen, "Statistical Power Analysis", 1988, chapter 2). Both
distributions come from one integral, so that nothing heavier than numpy is loaded; tests hold it to scipy.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

ALPHA = 0.05
POWER = 0.8
MOST_SEEDS = 1000
_NODES = 96
_REACH = 9.0
"""Standard deviations of the chi distribution that the integral spans."""


class Difference(NamedTuple):
    """A paired difference: mean, sd, its 95 % interval (None at n = 1), and the seeds a verdict needs."""

    n: int
    mean: float
    sd: float | None
    low: float | None
    high: float | None
    seeds_needed: int | None


def mean_sd(values: Sequence[float]) -> tuple[float | None, float | None]:
    """(mean, sample standard deviation); the second is None below two values, both at none."""
    n = len(values)
    if n < 2:
        return (values[0] if values else None), None
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum([(value - mean) ** 2 for value in values]) / (n - 1))


def paired_difference(differences: Sequence[float]) -> Difference | None:
    """The mean of the pairs' differences with its interval; None without pairs."""
    n = len(differences)
    mean, sd = mean_sd(differences)
    if mean is None:
        return None
    if sd is None:
        return Difference(n, mean, None, None, None, None)
    half = critical_t(n - 1) * sd / math.sqrt(n)
    return Difference(n, mean, sd, mean - half, mean + half, seeds_needed(mean, sd))


def seeds_needed(mean: float, sd: float) -> int | None:
    """Smallest n at which a paired t test finds this mean and sd with power 0.8; None above MOST_SEEDS."""
    if mean == 0:
        return None
    if sd == 0:
        return 2
    sizes = range(2, MOST_SEEDS + 1)
    place = bisect_left(sizes, -abs(mean) / sd, key=lambda n: -_least_effect(n))
    return sizes[place] if place < len(sizes) else None


@cache
def critical_t(df: int) -> float:
    """What |t| exceeds with probability ALPHA at `df` degrees of freedom (df = 4: 2.776)."""
    return _root(lambda t: ALPHA - _exceeding(df, 0.0, t))


def power(n: int, effect: float) -> float:
    """Chance that a paired t test with n pairs at ALPHA finds a mean difference of `effect` sds."""
    return _exceeding(n - 1, effect * math.sqrt(n), critical_t(n - 1))


@cache
def _least_effect(n: int) -> float:
    return _root(lambda effect: power(n, effect) - POWER)


def _exceeding(df: int, shift: float, t: float) -> float:
    """P(|T| > t) of the noncentral t variable T = (Z + shift) / S, integrated over S = chi / sqrt(df)."""
    total = math.fsum(
        weight * (math.erfc((t * s - shift) / math.sqrt(2)) + math.erfc((t * s + shift) / math.sqrt(2)))
        for s, weight in _chi_rule(df)
    )
    return total / 2


@cache
def _chi_rule(df: int) -> tuple[tuple[float, float], ...]:
    """(s, weight) of a Gauss-Legendre rule times the density of chi / sqrt(df); the weights sum to 1."""
    width = _REACH / math.sqrt(2 * df)
    low, high = max(0.0, 1 - width), 1 + width
    constant = math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)
    rule = []
    for node, weight in _gauss_legendre():
        s = low + (high - low) * (node + 1) / 2
        density = math.exp(constant + (df - 1) * math.log(s) - df * s * s / 2)
        rule.append((s, weight * (high - low) / 2 * density))
    return tuple(rule)


@cache
def _gauss_legendre() -> tuple[tuple[float, float], ...]:
    """(node, weight) of the rule on -1..1."""
    from numpy.polynomial.legendre import leggauss

    nodes, weights = leggauss(_NODES)
    return tuple(zip(nodes.tolist(), weights.tolist(), strict=True))


def _root(rising: Callable[[float], float]) -> float:
    """Where a function that rises from below 0 at 0 crosses it, to 1e-10.

    False position that halves the value of an end which stays (the Illinois method: M. Dowell and P. Jarratt,
    BIT 11, 1971), since each value of the function is an integral.
    """
    low, below, high = 0.0, rising(0.0), 1.0
    while (above := rising(high)) < 0:
        low, below, high = high, above, 2 * high
    root, moved = high, ""
    while high - low > 1e-10 * (1 + low):
        root = high - above * (high - low) / (above - below)
        if not low < root < high:
            break
        if (value := rising(root)) < 0:
            low, below, above, moved = root, value, above / 2 if moved == "low" else above, "low"
        else:
            high, above, below, moved = root, value, below / 2 if moved == "high" else below, "high"
    return root
