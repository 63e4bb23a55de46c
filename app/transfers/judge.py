"""Which source of transfers leads, and whether the figures bear that: pure functions of scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.comparing.statistics.contrasts import differences
from app.comparing.statistics.table import Columns, RowScores, images_behind

ALPHA = 0.05


@dataclass(frozen=True)
class Gap:
    """The leader minus another source, over the seeds of both: NaN ends where nothing can be said."""

    mean: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the leader is better."""
        return self.low > 0


@dataclass(frozen=True)
class Lead:
    """The source with the highest mean, and what it has over each (itself: nothing, [0, 0])."""

    best: int
    gaps: tuple[Gap, ...]

    @property
    def rivals(self) -> tuple[int, ...]:
        """Those that the figures do not tell from it."""
        return tuple(at for at, gap in enumerate(self.gaps) if at != self.best and not gap.is_told)


def columns_of(labels: NDArray[np.integer] | None, classes: int, support: Sequence[int]) -> Columns:
    """The one figure, balanced accuracy: every test class alike. labels [N]; None where answers are gone."""
    counts = np.asarray(support, dtype=float)
    share = np.divide(counts > 0, max(1, (counts > 0).sum()))
    images = np.array([images_behind(share, counts)])
    if labels is None:
        return Columns(("balanced_accuracy",), None, None, images)
    each = np.divide(share, counts, out=np.zeros(classes), where=counts > 0)
    return Columns(("balanced_accuracy",), each[labels][None], labels.astype(np.int64), images)


def scores_of(seeds: Sequence[int], values: Sequence[float], hits: NDArray[np.bool_] | None) -> RowScores:
    """A source with these seeds: values [n], hits [n, N] over test images or None."""
    return RowScores(np.asarray(values, dtype=float)[:, None], hits, tuple(seeds), (0,) * len(seeds))


def lead(rows: Sequence[RowScores], columns: Columns) -> Lead:
    """Who leads by its mean, and by how much: paired by seed, as a seed draws the same images for all.

    Each gap is an interval at 95 %. That the leader is better than *every* other is said only where each of
    these intervals lies above 0. Of equal sources that happens by chance in at most 5 % of comparisons: there
    the leader must beat the runner-up, whichever that is, at 2.5 % to its side, and either of both may lead.
    """
    means = [float(row.values[:, 0].mean()) for row in rows]
    best = int(np.argmax(means))
    return Lead(best, tuple(_gap(rows[best], row, columns) for row in rows))


def _gap(ours: RowScores, theirs: RowScores, columns: Columns) -> Gap:
    if ours is theirs:
        return Gap(0.0, 0.0, 0.0)
    found = differences([ours, theirs], columns, "paired")
    low, high = found.interval(ALPHA)
    return Gap(*(float(figures[0, 1, 0]) for figures in (found.mean, low, high)))
