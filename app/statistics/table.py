"""What the statistics take: rows of runs, right or wrong on the same test images, and columns of figures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """M figures. Those that are means over images are sums of weights over the images that are right.

    weights [M, N], equal within a class (a row of zeros: no such mean); None where no predictions are kept.
    strata [N]: true class of each image. images [M]: how many images stand behind a share, for the binomial
    of the test set; 0 where a figure is no share.
    """

    names: tuple[str, ...]
    weights: Floats | None
    strata: NDArray[np.int64] | None
    images: Floats


@dataclass(frozen=True)
class RowScores:
    """n runs of a setting: values [n, M] (NaN: not defined), hits bool [n, N] or None, their seeds."""

    values: Floats
    hits: NDArray[np.bool_] | None
    seeds: tuple[int, ...]
    subsets: tuple[int | None, ...]

    def of(self, places: list[int]) -> "RowScores":
        """These runs alone."""
        return RowScores(
            self.values[places],
            None if self.hits is None else self.hits[places],
            tuple(self.seeds[at] for at in places),
            tuple(self.subsets[at] for at in places),
        )
