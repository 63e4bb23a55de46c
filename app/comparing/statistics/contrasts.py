"""Differences and other contrasts of rows, with the interval and p that seeds and test images leave them.

t with Satterthwaite's degrees of freedom from SATTERTHWAITE_FROM units a row on, else the fewest less one
(F. E. Satterthwaite, Biometrics Bulletin 2, 1946; B. L. Welch, Biometrika 34, 1947). NaN: no test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from app.comparing.statistics.table import Columns, Floats, RowScores
from app.comparing.statistics.variance import parts, per_class_weights

SATTERTHWAITE_FROM = 5
BOOTSTRAPS = 2000
_SEED = 20_261


@dataclass(frozen=True)
class Estimate:
    """Estimates of one shape: mean, variance, degrees of freedom, and the variance's share due to seeds.

    fewest: degrees of freedom of the row with the fewest seeds.
    """

    mean: Floats
    variance: Floats
    df: Floats
    seeds_share: Floats
    fewest: Floats

    def interval(self, alpha: float | Floats) -> tuple[Floats, Floats]:
        """Ends of the two-sided interval at 1 - alpha; alpha may have the estimates' shape."""
        half = self._reach(np.asarray(alpha) / 2, self.df)
        return self.mean - half, self.mean + half

    def p(self) -> Floats:
        """Two-sided p of zero."""
        found: Floats = 2 * special.stdtr(self.df, -np.abs(self.mean) / np.sqrt(self.variance))
        return found

    def upper(self, alpha: float) -> Floats:
        """Upper bound at 1 - alpha, one-sided, with the fewest degrees of freedom.

        A low share varies less than a middling one, so that a row that came out low by chance shows too
        small a spread; with Satterthwaite's degrees a true 10 % came out as less at 15 times alpha = 3e-4
        (n 5, 200 images), with these never above alpha there, and at 1.1 to 1.6 times alpha at n 10.
        """
        found: Floats = self.mean + self._reach(np.asarray(alpha), self.fewest)
        return found

    def same(self, margin: float) -> Floats:
        """p of a difference of `margin` or more, by two one-sided t tests (D. J. Schuirmann, 1987)."""
        deviation = np.sqrt(self.variance)
        above = special.stdtr(self.df, (self.mean - margin) / deviation)
        below = special.stdtr(self.df, -(self.mean + margin) / deviation)
        found: Floats = np.maximum(above, below)
        return found

    def _reach(self, tail: Floats, df: Floats) -> Floats:
        with np.errstate(over="ignore"):  # far out at one degree of freedom
            found: Floats = -special.stdtrit(df, np.maximum(tail, 1e-300)) * np.sqrt(self.variance)
        return found


@dataclass(frozen=True)
class ImagesOnly:
    """One run minus another over test images alone: means and 95 % bootstrap ends [M], exact McNemar p."""

    mean: Floats
    low: Floats
    high: Floats
    p: float


class Noise(NamedTuple):
    """What a contrast's variance is made of: by row [rows of the contrast, ...], and of all together [...].

    seeds and units by row; images hold `rest` once more, which is taken off; floor: the variance is no less.
    """

    seeds: Floats
    units: NDArray[np.int64]
    images: Floats
    rest: Floats
    floor: Floats


def differences(rows: Sequence[RowScores], columns: Columns, pairing: str = "welch") -> Estimate:
    """[K, K, M]: row a minus row b, of independent seeds ("welch") or of seeds in common ("paired").

    Rows of the same networks are paired by them whatever is asked: they are no independent samples.
    """
    if pairing == "paired":
        return _paired(rows, columns)
    found = parts(rows, columns)
    both = (found.kept[:, None] & found.kept[None])[:, :, None]
    own = found.gram.diagonal(axis1=1, axis2=2).T
    among = own[:, None] + own[None] - 2 * found.gram.transpose(1, 2, 0)
    noise = Noise(
        seeds=np.stack(np.broadcast_arrays(found.seeds[:, None], found.seeds[None])),
        units=np.stack(np.broadcast_arrays(found.units[:, None], found.units[None])),
        images=np.where(both, np.maximum(among, found.least), 0.0),
        rest=np.where(both, found.rest[:, None] + found.rest[None], 0.0),
        floor=found.floor[:, None] + found.floor[None],
    )
    return _with_shared(_estimate(found.mean[:, None] - found.mean[None], noise, columns), rows, columns)


def _with_shared(found: Estimate, rows: Sequence[RowScores], columns: Columns) -> Estimate:
    """The estimates, those of two readings of the same networks put in as pairs."""
    for (a, ours), (b, theirs) in permutations(enumerate(rows), 2):
        if ours.shares_networks(theirs):
            here, there = common_runs(ours, theirs)
            one = _pair(ours.of(here), theirs.of(there), columns)
            for whole, values in zip(vars(found).values(), vars(one).values(), strict=True):
                whole[a, b] = values
    return found


def contrast(rows: Sequence[RowScores], columns: Columns, coefficients: Floats) -> Estimate:
    """[M]: the sum of coefficients [K] times rows, all of independent seeds."""
    used = [at for at, factor in enumerate(coefficients) if factor]
    found, factors = parts([rows[at] for at in used], columns), np.asarray(coefficients)[used]
    squares, is_kept = factors[:, None] ** 2, float(found.kept.all())
    noise = Noise(
        seeds=squares * found.seeds,
        units=found.units,
        images=is_kept * np.maximum(np.einsum("mkl,k,l->m", found.gram, factors, factors), found.least),
        rest=is_kept * (squares * found.rest).sum(axis=0),
        floor=(squares * found.floor).sum(axis=0),
    )
    return _estimate(factors @ found.mean, noise, columns)


def row_means(rows: Sequence[RowScores], columns: Columns) -> Estimate:
    """[K, M]: each row's own mean, over seeds and, where predictions are kept, over images."""
    found = parts(rows, columns)
    own = np.maximum(found.gram.diagonal(axis1=1, axis2=2).T, found.least)
    images = np.where(found.kept[:, None], own, 0.0)
    noise = Noise(found.seeds[None], found.units[None], images, found.rest, found.floor)
    return _estimate(found.mean, noise, columns)


def correlations(rows: Sequence[RowScores]) -> Floats:
    """[K, K, M]: of two rows' figures over their common seeds; NaN below three, and without spread."""
    wide = rows[0].values.shape[1] if rows else 0
    found = np.full((len(rows), len(rows), wide), np.nan)
    for a in range(len(rows)):
        for b in range(a):
            ours, theirs = common_runs(rows[a], rows[b])
            if len(ours) > 2:
                found[a, b] = found[b, a] = _correlation(rows[a].values[ours], rows[b].values[theirs])
    return found


def images_only(a: NDArray[np.bool_], b: NDArray[np.bool_], columns: Columns) -> ImagesOnly:
    """Right or wrong [N] of one run against another: two networks, never two settings.

    Images are drawn again within their class (percentiles of a seeded bootstrap); p is the exact McNemar test
    over all images (Q. McNemar, 1947; T. G. Dietterich, 1998).
    """
    assert columns.strata is not None, "predictions have true classes"
    weights, counts = per_class_weights(columns)
    gained = np.bincount(columns.strata[a & ~b], minlength=len(counts))
    lost = np.bincount(columns.strata[b & ~a], minlength=len(counts))
    random = np.random.default_rng(_SEED)
    drawn = np.zeros((BOOTSTRAPS, len(counts)))
    for at, (more, less, whole) in enumerate(zip(gained, lost, counts.astype(int), strict=True)):
        if whole:
            again = random.multinomial(whole, np.array([more, less, whole - more - less]) / whole, BOOTSTRAPS)
            drawn[:, at] = again[:, 0] - again[:, 1]
    low, high = np.percentile(drawn @ weights.T, [2.5, 97.5], axis=0)
    return ImagesOnly(weights @ (gained - lost), low, high, mcnemar(int(gained.sum()), int(lost.sum())))


def mcnemar(only_a: int, only_b: int) -> float:
    """Exact two-sided p of images that only one of two networks gets right."""
    both = only_a + only_b
    return min(1.0, 2 * float(special.bdtr(min(only_a, only_b), both, 0.5))) if both else 1.0


def _estimate(mean: Floats, noise: Noise, columns: Columns) -> Estimate:
    """The unbiased sum of what is noisy, at the floor where it is less; df no more than the units give."""
    images, seeds = np.maximum(noise.images - noise.rest, 0.0), noise.seeds.sum(axis=0)
    variance = np.maximum(seeds + noise.images - noise.rest, noise.floor)
    free = noise.units - 1.0
    many = max(1.0, columns.strata.size - 1.0) if columns.strata is not None else 1.0
    inverse = (noise.seeds**2 / np.maximum(free, 1.0)).sum(axis=0) + images**2 / many
    welch = np.divide(variance**2, inverse, out=np.full(mean.shape, np.inf), where=inverse > 0)
    fewest, most = free.min(axis=0), free.sum(axis=0) + np.where(images > 0, many, 0.0)
    df = np.where(fewest + 1 >= SATTERTHWAITE_FROM, np.minimum(welch, most), fewest)
    tested = (fewest >= 1) & ~np.isnan(mean) & (variance > 0)
    variance, df, fewest = (np.where(tested, one, np.nan) for one in (variance, df, fewest))
    return Estimate(mean, variance, df, 1 - np.minimum(images / variance, 1.0), fewest)


def _paired(rows: Sequence[RowScores], columns: Columns) -> Estimate:
    size, wide = len(rows), len(columns.names)
    found = [np.full((size, size, wide), np.nan) for _ in range(5)]
    for a in range(size):
        for b in range(size):
            ours, theirs = common_runs(rows[a], rows[b])
            if a != b and ours:
                one = _pair(rows[a].of(ours), rows[b].of(theirs), columns)
                for place, values in zip(found, vars(one).values(), strict=True):
                    place[a, b] = values
    for at in range(size):
        found[0][at, at] = 0.0
    return Estimate(*found)


def _pair(a: RowScores, b: RowScores, columns: Columns) -> Estimate:
    """[M]: a minus b, run by run of the same seeds."""
    both = parts([a, b], columns)
    dependence = max(a.dependence, b.dependence)
    no_shares = Columns(columns.names, None, None, np.zeros_like(columns.images))
    gap = parts([RowScores(a.values - b.values, None, a.seeds, a.subsets, dependence)], no_shares)
    is_kept = float(both.kept.all())
    among = both.gram[:, 0, 0] + both.gram[:, 1, 1] - 2 * both.gram[:, 0, 1]
    noise = Noise(
        seeds=gap.seeds,
        units=gap.units,
        images=is_kept * np.maximum(among, both.least),
        rest=is_kept * both.rest.sum(axis=0),
        floor=both.floor.sum(axis=0),
    )
    return _estimate(gap.mean[0], noise, columns)


def common_runs(a: RowScores, b: RowScores) -> tuple[list[int], list[int]]:
    """Places of the runs with the same seed and subset seed, in the same order."""
    theirs = {key: at for at, key in enumerate(zip(b.seeds, b.subsets, strict=True))}
    ours = enumerate(zip(a.seeds, a.subsets, strict=True))
    pairs = [(at, theirs[key]) for at, key in ours if key in theirs]
    return [at for at, _ in pairs], [at for _, at in pairs]


def _correlation(ours: Floats, theirs: Floats) -> Floats:
    a, b = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    found: Floats = np.divide(
        (a * b).sum(axis=0), scale, out=np.full(scale.shape, np.nan), where=scale > 1e-12
    )
    return found
