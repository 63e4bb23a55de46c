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

from app.comparing.statistics.table import Columns, Floats, RowScores

LEAST_DISCORDANT = 2.0
"""Images on which two rows are taken to differ at least: agreeing on all of these, they may not on others."""


@dataclass(frozen=True)
class Parts:
    """K rows, M columns.

    `seeds` [K, M] is the variance of a mean over seeds, `rest` what of it is counted again among images,
    `floor` what a variance is at least; `gram` [M, K, K] are the products of image deviations, so that
    c' gram c is the variance over images of the contrast c. `units` [K, M]: seeds with a figure, or subsets
    of images where a row has several: its mean is then that of the subsets' means, however many runs each
    has, and their spread over the root of their number is that mean's error without bias.
    """

    mean: Floats
    seeds: Floats
    floor: Floats
    rest: Floats
    gram: Floats
    units: NDArray[np.int64]
    kept: NDArray[np.bool_]
    least: Floats
    """[M] variance over images below which none is believed, where predictions are kept."""


def parts(rows: Sequence[RowScores], columns: Columns) -> Parts:
    """The sources of noise of each row."""
    size = len(columns.names)
    by_unit = [_by_unit(row) for row in rows]
    mean = np.array([mean_over_runs(values) for values in by_unit]).reshape(len(rows), size)
    units = np.array([(~np.isnan(values)).sum(axis=0) for values in by_unit], dtype=np.int64)
    kept = np.array([row.hits is not None for row in rows], dtype=bool)
    rest, gram, least = _over_images(rows, columns)
    spread = np.array([_over_seeds(values) for values in by_unit]).reshape(len(rows), size)
    spread *= np.array([row.dependence for row in rows])[:, None]
    runs = np.array([max(1, len(row.seeds)) for row in rows], dtype=float)[:, None]
    told = kept[:, None] & (least > 0)
    floor = np.where(told, np.maximum(rest, least / runs), _binomial(mean, columns.images) / runs)
    return Parts(mean, spread, floor, rest, gram, units.reshape(mean.shape), kept, least)


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
    belongs = np.eye(len(counts))[columns.strata]
    averages = np.zeros((size, len(belongs)))
    for at, row in enumerate(rows):
        if row.hits is not None:
            shares = _shares(row)
            averages[at] = shares @ row.hits
            rest[at] = (shares**2).sum() * _of_the_rest(row.hits, belongs) @ (weights**2 * counts).T
    centred = averages - (averages @ belongs / np.maximum(counts, 1))[:, columns.strata]
    by_class = [centred[:, columns.strata == at] for at in range(len(counts))]
    products = np.array([members @ members.T for members in by_class])
    fair = np.divide(counts, counts - 1, out=np.ones_like(counts), where=counts > 1)
    gram = np.tensordot(weights**2 * fair, products, axes=1)
    return rest, gram, LEAST_DISCORDANT * (weights**2).max(axis=1)


def _of_the_rest(hits: NDArray[np.bool_], belongs: Floats) -> Floats:
    """[C]: variance of an answer that neither its run nor its image explains, by class; 0 below two runs."""
    runs, counts = len(hits), belongs.sum(axis=0)
    if runs < 2:
        return np.zeros_like(counts)
    found = np.asarray(hits, dtype=float)
    by_class = found @ belongs / np.maximum(counts, 1)
    share = by_class.mean(axis=0)
    images = ((found.mean(axis=0) - belongs @ share) ** 2) @ belongs
    seeds = counts * ((by_class - share) ** 2).sum(axis=0)
    left = runs * (counts * share * (1 - share) - images) - seeds
    rest: Floats = np.maximum(left, 0.0) / ((runs - 1) * np.maximum(counts - 1, 1))
    return rest


def _by_unit(row: RowScores) -> Floats:
    """[units, M]: the row's runs, or the means of its subsets of images where it has several (nested)."""
    if len(set(row.subsets)) < 2:
        return row.values
    return np.array([mean_over_runs(row.values[members]) for members in _members(row)])


def _members(row: RowScores) -> list[NDArray[np.bool_]]:
    """By subset of images, which runs are of it."""
    subsets = np.array([-1 if subset is None else subset for subset in row.subsets])
    return [subsets == one for one in np.unique(subsets)]


def _shares(row: RowScores) -> Floats:
    """[n]: what each run counts for in the row's mean."""
    found = np.zeros(len(row.seeds))
    for members in _members(row):
        found[members] = 1 / members.sum() / len(set(row.subsets))
    return found


def _over_seeds(values: Floats) -> Floats:
    """Variance of the mean of independent units [units, M]; NaN below two."""
    defined = (~np.isnan(values)).sum(axis=0)
    centred = np.where(np.isnan(values), 0.0, values - mean_over_runs(values))
    count = np.where(defined > 1, defined, np.nan)
    found: Floats = (centred**2).sum(axis=0) / (count - 1) / count
    return found


def _binomial(mean: Floats, images: Floats) -> Floats:
    """Variance of a share over test images, smoothed so that shares of 0 and 1 have one; 0 for no share."""
    share = (np.nan_to_num(mean) * images + 2) / (images + 4)
    return np.where(images > 0, share * (1 - share) / np.maximum(images, 1), 0.0)


def mean_over_runs(values: Floats) -> Floats:
    """Over runs, of the values that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=0)
    total = np.where(defined, values, 0.0).sum(axis=0)
    found: Floats = np.divide(total, count, out=np.full(values.shape[1:], np.nan), where=count > 0)
    return found
