"""How many seeds a question takes, what many tests do to p, by how much the best of several is flattered."""

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy import special

from app.comparing.statistics.contrasts import SATTERTHWAITE_FROM
from app.comparing.statistics.table import Floats

MOST_SEEDS = 1000
POWER = 0.8
_RANGE = (0.05, 0.95)


def seeds_needed(
    difference: float,
    sd_a: float,
    sd_b: float,
    alpha: float,
    power: float = POWER,
    images: float = 0.0,
    least: float = 0.0,
) -> int | None:
    """Fewest runs of each setting at which Welch's test at `alpha` finds this difference with this power.

    images: variance of the difference that more seeds do not lessen. least: what that of single runs is at
    least, since seeds that agree by chance have a spread all the same. None above MOST_SEEDS.
    """
    if not difference or sd_a + sd_b + images + least <= 0:
        return None
    return first_enough(lambda n: power_at(n, difference, sd_a, sd_b, alpha, images, least), power)


def first_enough(power_of: Callable[[int], float], power: float = POWER) -> int | None:
    """The fewest runs with this power, which rises with their number; None above MOST_SEEDS."""
    sizes = range(2, MOST_SEEDS + 1)
    place = bisect_left(sizes, power, key=power_of)
    return sizes[place] if place < len(sizes) else None


def power_at(
    n: int,
    difference: float,
    sd_a: float,
    sd_b: float,
    alpha: float,
    images: float = 0.0,
    least: float = 0.0,
) -> float:
    """Chance that n runs of each setting tell this difference from none, by noncentral t."""
    variance = max((sd_a**2 + sd_b**2) / n + images, least / n)
    df = n - 1.0
    if n >= SATTERTHWAITE_FROM:
        fourth = sd_a**4 + sd_b**4
        df = variance**2 * n**2 * (n - 1) / fourth if fourth else math.inf
        df = df if images else min(df, 2 * (n - 1.0))
    return t_power(difference, variance, df, alpha)


def t_power(difference: float, variance: float, df: float, alpha: float) -> float:
    """Chance that an estimate of this variance is told from 0 where this is the truth, by noncentral t."""
    critical = -float(special.stdtrit(df, alpha / 2))
    shift = abs(difference) / math.sqrt(variance)
    if df > 1e6 or not math.isfinite(critical):
        return float(special.ndtr(shift - critical))
    return float(1 - special.nctdtr(df, shift, critical))


def seeds_range(
    difference: float,
    sd_a: float,
    sd_b: float,
    n: int,
    alpha: float,
    images: float = 0.0,
    least: float = 0.0,
) -> tuple[int | None, int | None]:
    """(fewest, most) seeds that the sds of n runs leave open: at the ends of their 90 % range."""
    ends = [math.sqrt((n - 1) / special.chdtri(n - 1, tail)) for tail in _RANGE]
    low, high = (
        seeds_needed(difference, sd_a * end, sd_b * end, alpha, images=images, least=least * max(1.0, end**2))
        for end in ends
    )
    return low, high


@cache
def expected_maximum(k: int) -> float:
    """Of k independent standard normals, by the trapezoid rule, whose error is below 1e-12 here.

    SciPy's integrators would do as well, but bring 27 MB of modules into the web process.
    """
    x = np.linspace(-12, 12, 2001)
    density = k * np.exp(-x * x / 2) / math.sqrt(2 * math.pi) * special.ndtr(x) ** (k - 1)
    return float((x * density).sum() * (x[1] - x[0]))


def flattery(k: int, sd_of_a_mean: float) -> float:
    """By how much the best of k equal settings is expected to exceed what it is worth."""
    return expected_maximum(k) * sd_of_a_mean


def holm(p: Floats) -> Floats:
    """Step-down adjusted p of one family (S. Holm, Scand. J. Stat. 6, 1979); NaN is no test and stays."""
    found = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    order = np.argsort(values)
    raised = np.maximum.accumulate(values[order] * (len(values) - np.arange(len(values))))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(raised, 1.0)
    found[tested] = adjusted
    return found
