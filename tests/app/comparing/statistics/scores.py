"""Made-up rows for the tests of statistics: right or wrong over images of a few classes, with figures."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.comparing.statistics.table import Columns, RowScores

Floats = NDArray[np.float64]


def columns_of(sizes: Sequence[int], groups: Sequence[Sequence[int]] = ()) -> Columns:
    """Accuracy over classes of these sizes, then each class, then the mean recall of each group."""
    strata = np.repeat(np.arange(len(sizes)), sizes)
    one = np.eye(len(sizes))[strata].T / np.array(sizes)[:, None]
    whole = np.full((1, len(strata)), 1 / len(strata))
    means = [one[list(group)].mean(axis=0) for group in groups]
    weights = np.concatenate([whole, one, *(mean[None] for mean in means)])
    names = (
        "accuracy",
        *(f"class:{at}" for at in range(len(sizes))),
        *(f"group:{at}" for at in range(len(groups))),
    )
    images = 1 / (weights**2).sum(axis=1)
    return Columns(names, weights, strata, images)


def row_of(
    hits: NDArray[np.bool_], columns: Columns, subsets: Sequence[int | None] | None = None, kept: bool = True
) -> RowScores:
    """The runs [n, N] with their figures; without predictions where `kept` is false."""
    assert columns.weights is not None
    n = len(hits)
    own = tuple(subsets) if subsets is not None else (0,) * n
    return RowScores(hits @ columns.weights.T, hits if kept else None, tuple(range(n)), own)


def drawn(
    random: np.random.Generator,
    n: int,
    columns: Columns,
    level: float = 0.0,
    seed_sd: float = 0.4,
    images: Floats | None = None,
) -> NDArray[np.bool_]:
    """Right or wrong [n, N] with seeds that move classes for themselves, and images that are hard for all."""
    assert columns.strata is not None
    effects = random.normal(level, seed_sd, (n, columns.strata.max() + 1))[:, columns.strata]
    hard = random.normal(0, 1, len(columns.strata)) if images is None else images
    found: NDArray[np.bool_] = effects + hard + random.normal(0, 1, effects.shape) > 0
    return found
