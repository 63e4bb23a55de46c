"""Main effects and interactions of factors: contrasts of many rows at once, and a test of additivity.

A contrast of more than two rows has Satterthwaite's degrees of freedom where its rows have FREEDOM_FROM
together (as two rows of five seeds have), else the fewest. Simulated of normal figures, 2 to 4 seeds of 4 to
12 rows, at alpha 0.05 to 0.001: it errs in 0.04 to 0.9 of alpha at equal spreads, in at most 1.0 where half
of the rows spread three times as far, in at most 2.8 where one row spreads four times as far as all others.
One pooled spread, as in the usual analysis of variance, errs in up to 6 times alpha there.
"""

import math
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from scipy import special

from app.comparing.parts import Pairing
from app.comparing.statistics.contrasts import SATTERTHWAITE_FROM, Estimate
from app.comparing.statistics.planning import first_enough, t_power
from app.comparing.statistics.table import Columns, Floats, RowScores
from app.comparing.statistics.variance import Parts, parts

FREEDOM_FROM = 2 * (SATTERTHWAITE_FROM - 1)
_RANGE = (0.05, 0.95)


class _Seeds(NamedTuple):
    """[Q, R]: variance over seeds of the terms of each contrast, their degrees of freedom; -1: no term."""

    variance: Floats
    free: Floats


class SeedsNeeded(NamedTuple):
    """Seeds of each row; the fewest and most that its spread leaves open, at the ends of its 90 % range."""

    seeds: int | None
    low: int | None
    most: int | None


@dataclass(frozen=True)
class Factorial:
    """Rows in one column, and how their seeds are taken: each row's own, or as blocks that all rows share."""

    rows: tuple[RowScores, ...]
    columns: Columns
    pairing: Pairing = "welch"

    def combined(self, coefficients: Floats) -> Estimate:
        """[Q]: sums of coefficients [Q, K] times rows; rows at 0 take no part."""
        factors = np.atleast_2d(coefficients)
        if not factors.size:
            return Estimate(*np.full((5, len(factors)), np.nan))
        found = self._parts
        used, squares = factors != 0, factors**2
        kept = (found.kept | ~used).all(axis=1)
        over_images = np.maximum(np.einsum("qk,kl,ql->q", factors, found.gram[0], factors), found.least[0])
        rest = np.where(kept, squares @ found.rest[:, 0], 0.0)
        images = np.where(kept, over_images, 0.0) - rest
        seeds = self._over_seeds(factors)
        floor = squares @ np.nan_to_num(found.floor[:, 0])
        variance = np.maximum(seeds.variance.sum(axis=1) + images, floor)
        images = np.maximum(images, 0.0)
        df, fewest = _freedom(seeds, variance, images, self._many)
        undefined = (used & np.isnan(found.mean[:, 0])).any(axis=1)
        tested = (fewest >= 1) & (variance > 0) & ~undefined
        mean = np.where(undefined, np.nan, factors @ np.nan_to_num(found.mean[:, 0]))
        variance, df, fewest = (np.where(tested, one, np.nan) for one in (variance, df, fewest))
        return Estimate(mean, variance, df, 1 - np.minimum(images / variance, 1.0), fewest)

    def additivity(self, projection: Floats) -> float:
        """p of means that leave the space whose complement is `projection` [K, K] by chance; NaN: no test.

        The ANOVA-type statistic with Box's approximation, for rows of unequal spread (E. Brunner, H. Dette,
        A. Munk, J. Am. Stat. Assoc. 92, 1997). Seeds are taken as each row's own, also where they are
        blocks: what a seed does to all rows alike is no interaction, and only widens their spread.
        """
        found, used = self._own, projection.diagonal() > 1e-12
        free = found.units[used, 0] - 1.0
        if not used.any() or free.min() < 1 or free.sum() < FREEDOM_FROM:
            return math.nan
        t, seeds = projection[np.ix_(used, used)], found.seeds[used, 0]
        noise = np.diag(seeds)
        if found.kept[used].all():
            noise = noise + found.gram[0][np.ix_(used, used)] - np.diag(found.rest[used, 0])
        noise = noise + np.diag(np.maximum(found.floor[used, 0] - noise.diagonal(), 0.0))
        spread, means = t @ noise, found.mean[used, 0]
        trace, inverse = float(np.trace(spread)), float(((t.diagonal() * seeds) ** 2 / free).sum())
        df = min(trace**2 / inverse, free.sum()) if inverse > 0 else free.sum()
        return float(special.fdtrc(trace**2 / np.trace(spread @ spread), df, means @ t @ means / trace))

    def seeds_needed(self, coefficients: Floats, alpha: float) -> SeedsNeeded:
        """Fewest seeds of each row that tell this sum from 0 at `alpha`, if it is as large as it looks."""
        one, seeds = self.combined(coefficients), self._over_seeds(np.atleast_2d(coefficients))
        terms = seeds.free[0] >= 0
        single = seeds.variance[0, terms] * (seeds.free[0, terms] + 1)
        difference, df = float(one.mean[0]), float(one.df[0])
        if not difference or math.isnan(df):
            return SeedsNeeded(None, None, None)
        images = float(one.variance[0] * (1 - one.seeds_share[0]))
        rows = self._blocks if self.pairing == "paired" else self.rows
        runs = np.array([len(row.seeds) for row in rows])
        least = float(np.atleast_1d(coefficients) ** 2 @ (np.nan_to_num(self._parts.floor[:, 0]) * runs))

        def power(n: int, widened: float) -> float:
            whole = _Seeds(single[None] * widened / n, np.array([[n - 1.0] * len(single)]))
            floor = least * max(1.0, widened) / n
            variance = np.maximum(whole.variance.sum(axis=1) + images, floor)
            free, _ = _freedom(whole, variance, np.array([images]), self._many)
            return t_power(difference, float(variance[0]), float(free[0]), alpha)

        low, most = (first_enough(partial(power, widened=df / special.chdtri(df, tail))) for tail in _RANGE)
        return SeedsNeeded(first_enough(partial(power, widened=1.0)), low, most)

    @cached_property
    def _blocks(self) -> tuple[RowScores, ...]:
        """The rows over the seeds that all of them have."""
        keys = [list(zip(row.seeds, row.subsets, strict=True)) for row in self.rows]
        common = [key for key in keys[0] if all(key in other for other in keys)]
        places = ([key.index(seeds) for seeds in common] for key in keys)
        return tuple(row.of(at) for row, at in zip(self.rows, places, strict=True))

    @cached_property
    def _own(self) -> Parts:
        return parts(self.rows, self.columns)

    @cached_property
    def _parts(self) -> Parts:
        return parts(self._blocks, self.columns) if self.pairing == "paired" else self._own

    @property
    def _many(self) -> float:
        """Degrees of freedom of the test images."""
        return max(1.0, self.columns.strata.size - 1.0) if self.columns.strata is not None else 1.0

    def _over_seeds(self, factors: Floats) -> _Seeds:
        """Of each row by itself; of blocks, of the contrast's value in each."""
        if self.pairing == "welch":
            used = factors != 0
            free = np.where(used, self._parts.units[:, 0] - 1.0, -1.0)
            return _Seeds(np.where(used, factors**2 * self._parts.seeds[:, 0], 0.0), free)
        rows = self._blocks
        values = np.array([row.values[:, 0] for row in rows]).T @ factors.T
        wide = max(row.dependence for row in rows)
        no_shares = Columns(("",) * len(factors), None, None, np.zeros(len(factors)))
        gap = parts([RowScores(values, None, rows[0].seeds, rows[0].subsets, wide)], no_shares)
        return _Seeds(gap.seeds.T, gap.units.T.astype(np.float64) - 1.0)


def _freedom(seeds: _Seeds, variance: Floats, images: Floats, many: float) -> tuple[Floats, Floats]:
    """[Q]: degrees of freedom, and the fewest of any row."""
    there = seeds.free >= 0
    fewest = np.where(there, seeds.free, np.inf).min(axis=1)
    whole = np.where(there, seeds.free, 0.0).sum(axis=1)
    inverse = (np.nan_to_num(seeds.variance) ** 2 / np.maximum(seeds.free, 1.0)).sum(axis=1)
    inverse = inverse + images**2 / many
    welch = np.divide(variance**2, inverse, out=np.full(len(variance), np.inf), where=inverse > 0)
    few_rows = there.sum(axis=1) <= 2
    enough = np.where(few_rows, fewest + 1 >= SATTERTHWAITE_FROM, whole >= FREEDOM_FROM)
    most = whole + np.where(images > 0, many, 0.0)
    return np.where(enough, np.minimum(welch, most), fewest), fewest
