"""Differences and other contrasts of rows, with the interval and p that seeds and test images leave them.

t with Satterthwaite's degrees of freedom from SATTERTHWAITE_FROM units a row on, else the fewest less one
(F. E. Satterthwaite, Biometrics Bulletin 2, 1946; B. L. Welch, Biometrika 34, 1947). NaN: no test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from app.statistics.table import Columns, Floats, RowScores
from app.statistics.variance import parts, per_class_weights

SATTERTHWAITE_FROM = 5
BOOTSTRAPS = 2000
ROUNDING = 1e-20
"""Variance up to which equal differences of fractions are apart by rounding alone."""
_SEED = 20_261


@dataclass(frozen=True)
class Estimate:
    """Estimates of one shape: mean, variance, degrees of freedom, and the variance's share due to seeds."""

    mean: Floats
    variance: Floats
    df: Floats
    seeds_share: Floats

    def interval(self, alpha: float | Floats) -> tuple[Floats, Floats]:
        """Ends of the two-sided interval at 1 - alpha; alpha may have the estimates' shape."""
        half = self._reach(np.asarray(alpha) / 2)
        return self.mean - half, self.mean + half

    def p(self) -> Floats:
        """Two-sided p of zero."""
        found: Floats = 2 * special.stdtr(self.df, -np.abs(self.mean) / np.sqrt(self.variance))
        return found

    def upper(self, alpha: float) -> Floats:
        """Upper bound at 1 - alpha, one-sided."""
        found: Floats = self.mean + self._reach(np.asarray(alpha))
        return found

    def same(self, margin: float) -> Floats:
        """p of a difference of `margin` or more, by two one-sided t tests (D. J. Schuirmann, 1987)."""
        deviation = np.sqrt(self.variance)
        above = special.stdtr(self.df, (self.mean - margin) / deviation)
        below = special.stdtr(self.df, -(self.mean + margin) / deviation)
        found: Floats = np.maximum(above, below)
        return found

    def _reach(self, tail: Floats) -> Floats:
        with np.errstate(over="ignore"):  # far out at one degree of freedom
            found: Floats = -special.stdtrit(self.df, np.maximum(tail, 1e-300)) * np.sqrt(self.variance)
        return found


@dataclass(frozen=True)
class ImagesOnly:
    """One run minus another over test images alone: means and 95 % bootstrap ends [M], exact McNemar p."""

    mean: Floats
    low: Floats
    high: Floats
    p: float


def differences(rows: Sequence[RowScores], columns: Columns, pairing: str = "welch") -> Estimate:
    """[K, K, M]: row a minus row b, of independent seeds ("welch") or of seeds in common ("paired")."""
    if pairing == "paired":
        return _paired(rows, columns)
    found = parts(rows, columns)
    mean = found.mean[:, None] - found.mean[None]
    seeds = found.seeds[:, None] + found.seeds[None]
    both = found.kept[:, None] & found.kept[None]
    own = found.gram.diagonal(axis1=1, axis2=2).T
    gram = found.gram.transpose(1, 2, 0)
    images = np.where(both[:, :, None], own[:, None] + own[None] - 2 * gram, 0.0)
    rest = np.where(both[:, :, None], found.rest[:, None] + found.rest[None], 0.0)
    images = np.where(both[:, :, None], np.maximum(images, found.least), 0.0)
    units = np.stack(np.broadcast_arrays(found.units[:, None], found.units[None]))
    squares = np.stack(np.broadcast_arrays(found.seeds[:, None], found.seeds[None]))
    return _estimate(mean, squares, seeds, np.maximum(images - rest, 0.0), units[..., None], columns)


def contrast(rows: Sequence[RowScores], columns: Columns, coefficients: Floats) -> Estimate:
    """[M]: the sum of coefficients [K] times rows, all of independent seeds."""
    used = [at for at, factor in enumerate(coefficients) if factor]
    found, factors = parts([rows[at] for at in used], columns), np.asarray(coefficients)[used]
    squares = factors[:, None] ** 2 * found.seeds
    images, rest = np.zeros(len(columns.names)), np.zeros(len(columns.names))
    if found.kept.all():
        images = np.maximum(np.einsum("mkl,k,l->m", found.gram, factors, factors), found.least)
        rest = (factors[:, None] ** 2 * found.rest).sum(axis=0)
    mean = factors @ found.mean
    units = np.broadcast_to(found.units[:, None], squares.shape)
    return _estimate(mean, squares, squares.sum(axis=0), np.maximum(images - rest, 0.0), units, columns)


def row_means(rows: Sequence[RowScores], columns: Columns) -> Estimate:
    """[K, M]: each row's own mean, over seeds and, where predictions are kept, over images."""
    found = parts(rows, columns)
    own = np.maximum(found.gram.diagonal(axis1=1, axis2=2).T, found.least)
    images = np.where(found.kept[:, None], np.maximum(own - found.rest, 0.0), 0.0)
    units = np.broadcast_to(found.units[:, None], found.mean.shape)
    return _estimate(found.mean, found.seeds[None], found.seeds, images, units[None], columns)


def correlations(rows: Sequence[RowScores]) -> Floats:
    """[K, K, M]: of two rows' figures over their common seeds; NaN below three, and without spread."""
    wide = rows[0].values.shape[1] if rows else 0
    found = np.full((len(rows), len(rows), wide), np.nan)
    for a in range(len(rows)):
        for b in range(a):
            ours, theirs = _common(rows[a], rows[b])
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


def _estimate(
    mean: Floats, squares: Floats, seeds: Floats, images: Floats, units: NDArray[np.int64], columns: Columns
) -> Estimate:
    """squares and units [rows of the contrast, ...]: the variances that add up to `seeds`; their units."""
    variance = seeds + images
    fewest = units.min(axis=0) - 1.0
    many = max(1.0, columns.strata.size - 1.0) if columns.strata is not None else 1.0
    inverse = (squares**2 / np.maximum(units - 1.0, 1.0)).sum(axis=0) + images**2 / many
    with np.errstate(invalid="ignore", divide="ignore"):
        welch = variance**2 / inverse
        share = seeds / variance
    df = np.where(fewest + 1 >= SATTERTHWAITE_FROM, welch, fewest)
    tested = (fewest >= 1) & ~np.isnan(mean)
    return Estimate(mean, np.where(tested, variance, np.nan), np.where(tested, df, np.nan), share)


def _paired(rows: Sequence[RowScores], columns: Columns) -> Estimate:
    size, wide = len(rows), len(columns.names)
    found = [np.full((size, size, wide), np.nan) for _ in range(4)]
    for a in range(size):
        for b in range(size):
            ours, theirs = _common(rows[a], rows[b])
            if a != b and ours:
                one = _pair(rows[a].of(ours), rows[b].of(theirs), columns)
                for place, values in zip(
                    found, (one.mean, one.variance, one.df, one.seeds_share), strict=True
                ):
                    place[a, b] = values
    for at in range(size):
        found[0][at, at] = 0.0
    return Estimate(*found)


def _pair(a: RowScores, b: RowScores, columns: Columns) -> Estimate:
    """[M]: a minus b, run by run of the same seeds."""
    both = parts([a, b], columns)
    gap = parts([RowScores(a.values - b.values, None, a.seeds, a.subsets)], _no_shares(columns))
    images, rest = np.zeros(len(columns.names)), np.zeros(len(columns.names))
    floor = both.seeds.sum(axis=0)
    if both.kept.all():
        pair = both.gram[:, 0, 0] + both.gram[:, 1, 1] - 2 * both.gram[:, 0, 1]
        images, rest = np.maximum(pair, both.least), both.rest.sum(axis=0)
        floor = np.where(rest > 0, rest, floor)
    spread = np.nan_to_num(gap.seeds[0])
    seeds = np.where(spread > ROUNDING, np.maximum(spread, np.where(rest > 0, rest, 0.0)), floor)
    return _estimate(both.mean[0] - both.mean[1], seeds[None], seeds, np.maximum(images - rest, 0.0),
                     np.full((1, len(columns.names)), gap.units[0]), columns)  # fmt: skip


def _no_shares(columns: Columns) -> Columns:
    return Columns(columns.names, None, None, np.zeros_like(columns.images))


def _common(a: RowScores, b: RowScores) -> tuple[list[int], list[int]]:
    """Places of the runs with the same seed and subset seed, in the same order."""
    theirs = {key: at for at, key in enumerate(zip(b.seeds, b.subsets, strict=True))}
    pairs = [
        (at, theirs[key]) for at, key in enumerate(zip(a.seeds, a.subsets, strict=True)) if key in theirs
    ]
    return [at for at, _ in pairs], [at for _, at in pairs]


def _correlation(ours: Floats, theirs: Floats) -> Floats:
    a, b = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    scale = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.divide((a * b).sum(axis=0), scale, out=np.full(scale.shape, np.nan), where=scale > 1e-12)
