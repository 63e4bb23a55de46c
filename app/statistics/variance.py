"""Where the noise of rows comes from: the analysis of variance of a seeds x images table, row by row.

Right or wrong is y_si = mu + seed_s + image_i + rest_si, with seeds free to move each class for itself. The
variance of a row's figure over its seeds holds seed and rest; that of a mean over seeds, taken over images,
holds image and rest / n: adding both counts rest / n twice, which is taken off again (two-way random effects:
S. R. Searle, G. Casella, C. E. McCulloch, "Variance Components", 1992, chapter 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.statistics.table import Columns, Floats, RowScores

LEAST_DISCORDANT = 2.0
"""Images on which two rows are taken to differ at least: agreeing on all of these, they may not on others."""


@dataclass(frozen=True)
class Parts:
    """K rows, M columns. `seeds` [K, M] is the variance of a mean over seeds, floored; `rest` what of it is
    counted again among images; `gram` [M, K, K] the products of image deviations, so that c' gram c is the
    variance over images of the contrast c. `units` [K]: seeds, or subsets of images where a row has several.
    """

    mean: Floats
    seeds: Floats
    rest: Floats
    gram: Floats
    units: NDArray[np.int64]
    kept: NDArray[np.bool_]
    least: Floats
    """[M] variance over images below which none is believed, where predictions are kept."""


def parts(rows: Sequence[RowScores], columns: Columns) -> Parts:
    """The sources of noise of each row."""
    size = len(columns.names)
    mean = np.array([_mean(row.values) for row in rows]).reshape(len(rows), size)
    units = np.array([_units(row) for row in rows], dtype=np.int64)
    kept = np.array([row.hits is not None for row in rows], dtype=bool)
    rest, gram, least = _over_images(rows, columns)
    spread = np.array([_over_seeds(row) for row in rows]).reshape(len(rows), size)
    floor = np.where(
        kept[:, None] & (least > 0), rest, _binomial(mean, columns.images) / _counts(rows)[:, None]
    )
    seeds = np.where(np.isnan(spread), np.nan, np.maximum(spread, floor))
    return Parts(mean, np.where(seeds > 0, seeds, np.nan), rest, gram, units, kept, least)


def per_class_weights(columns: Columns) -> tuple[Floats, Floats]:
    """(weight of an image by column and class [M, C], images by class [C])."""
    assert columns.weights is not None, "columns with predictions have weights"
    assert columns.strata is not None, "columns with predictions have strata"
    counts = np.bincount(columns.strata).astype(float)
    first = np.array([np.argmax(columns.strata == at) for at in range(len(counts))])
    return np.where(counts > 0, columns.weights[:, first], 0.0), counts


def _over_images(rows: Sequence[RowScores], columns: Columns) -> tuple[Floats, Floats, Floats]:
    """(rest / n [K, M], gram [M, K, K], least [M]); zeros for rows and columns without predictions."""
    size, wide = len(rows), len(columns.names)
    rest, gram = np.zeros((size, wide)), np.zeros((wide, size, size))
    if columns.weights is None or not any(row.hits is not None for row in rows):
        return rest, gram, np.zeros(wide)
    weights, counts = per_class_weights(columns)
    averages = np.zeros((size, len(columns.weights[0])))
    seed_squares = np.zeros((size, len(counts)))
    runs = np.ones(size)
    belongs = np.eye(len(counts))[columns.strata]
    for at, row in enumerate(rows):
        if row.hits is not None:
            hits = row.hits.astype(float)
            averages[at], runs[at] = hits.mean(axis=0), len(hits)
            by_class = hits @ belongs / np.maximum(counts, 1)
            seed_squares[at] = ((by_class - by_class.mean(axis=0)) ** 2).sum(axis=0)
    centred, shares = _centred(averages, columns, counts, belongs)
    products = np.array([centred[:, members] @ centred[:, members].T
                         for members in (columns.strata == at for at in range(len(counts)))])  # fmt: skip
    fair = np.divide(counts, counts - 1, out=np.ones_like(counts), where=counts > 1)
    gram = np.tensordot(weights**2 * fair, products, axes=1)
    images = products.diagonal(axis1=1, axis2=2).T
    error = runs[:, None] * (counts * shares * (1 - shares) - images) - counts * seed_squares
    freedom = np.maximum((runs[:, None] - 1) * np.maximum(counts - 1, 1), 1)
    rest = (np.maximum(error, 0) / freedom / runs[:, None]) @ (weights**2 * counts).T
    return np.where(runs[:, None] > 1, rest, 0.0), gram, LEAST_DISCORDANT * (weights**2).max(axis=1)


def _centred(averages: Floats, columns: Columns, counts: Floats, belongs: Floats) -> tuple[Floats, Floats]:
    """(averages less the mean of their class [K, N], those means [K, C])."""
    shares = averages @ belongs / np.maximum(counts, 1)
    return averages - shares[:, columns.strata], shares


def _over_seeds(row: RowScores) -> Floats:
    """Variance of the row's mean: over its runs, or over subsets of images where it has several (nested)."""
    values = row.values
    if len(set(row.subsets)) > 1:
        subsets = np.array([-1 if subset is None else subset for subset in row.subsets])
        values = np.array([_mean(values[subsets == one]) for one in np.unique(subsets)])
    defined = (~np.isnan(values)).sum(axis=0)
    centred = np.where(np.isnan(values), 0.0, values - _mean(values))
    count = np.where(defined > 1, defined, np.nan)
    found: Floats = (centred**2).sum(axis=0) / (count - 1) / count
    return found


def _binomial(mean: Floats, images: Floats) -> Floats:
    """Variance of a share over test images, smoothed so that shares of 0 and 1 have one; 0 for no share."""
    share = (np.nan_to_num(mean) * images + 2) / (images + 4)
    return np.where(images > 0, share * (1 - share) / np.maximum(images, 1), 0.0)


def _units(row: RowScores) -> int:
    subsets = len(set(row.subsets))
    return subsets if subsets > 1 else len(row.seeds)


def _counts(rows: Sequence[RowScores]) -> Floats:
    return np.array([max(1, len(row.seeds)) for row in rows], dtype=float)


def _mean(values: Floats) -> Floats:
    """Over runs, of the values that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    found: Floats = np.divide(total, count, out=np.full(values.shape[1:], np.nan), where=count > 0)
    return found
