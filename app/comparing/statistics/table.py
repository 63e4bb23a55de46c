"""What the statistics take: rows of runs, right or wrong on the same test images, and columns of figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    """n runs of a setting: values [n, M] (NaN: not defined), hits bool [n, N] or None, their seeds.

    networks: ids of the runs; rows that share some read the same networks in two ways.
    dependence: how many times as much the mean of these runs varies over seeds as that of independent ones.
    """

    values: Floats
    hits: NDArray[np.bool_] | None
    seeds: tuple[int, ...]
    subsets: tuple[int | None, ...]
    dependence: float = 1.0
    networks: tuple[int, ...] = ()

    def of(self, places: list[int]) -> "RowScores":
        """These runs alone."""
        return RowScores(
            self.values[places],
            None if self.hits is None else self.hits[places],
            tuple(self.seeds[at] for at in places),
            tuple(self.subsets[at] for at in places),
            self.dependence,
            tuple(self.networks[at] for at in places) if self.networks else (),
        )

    def shares_networks(self, other: "RowScores") -> bool:
        """Whether both are of the same networks: they are no independent samples then."""
        return not {*self.networks}.isdisjoint(other.networks)

    def narrowed(self, columns: list[int]) -> "RowScores":
        """These columns alone."""
        return replace(self, values=self.values[:, columns])


def images_behind(share: Floats, support: Floats) -> float:
    """How many images of equal weight would be as noisy as this mean of recalls, in shares of the classes."""
    used = (share > 0) & (support > 0)
    return float(1 / (share[used] ** 2 / support[used]).sum()) if used.any() else 0.0


def tuned_dependence(tried: int) -> float:
    """Of runs whose rate was chosen, seed by seed, among so many by the other seeds' validation figures.

    A run that is good by chance makes its rate the choice of all other seeds, and so the runs that are
    reported vary together. Simulated of equal rates (40,000 draws, validation correlated .93 with test):
    1.8 times at 3 rates and 5 seeds, 2.0 at 4 and 5 or 3 and 10, 2.15 at 8 and 5. A test at 5 % then
    errs in 12 to 15 % of cases without this, and in 2 to 5 % with it.
    """
    return 1.0 if tried < 2 else 2.0 if tried <= 4 else 2.5


def narrowed(
    rows: Sequence[RowScores], columns: Columns, wanted: Sequence[int]
) -> tuple[list[RowScores], Columns]:
    """The scores with these columns alone."""
    if len(wanted) == len(columns.names):
        return list(rows), columns
    chosen = list(wanted)
    weights = None if columns.weights is None else columns.weights[chosen]
    less = Columns(tuple(columns.names[at] for at in chosen), weights, columns.strata, columns.images[chosen])
    return [row.narrowed(chosen) for row in rows], less
