"""Mean and sample standard deviation of a few runs' figures."""

import math
from collections.abc import Sequence

from app.lifecycle import State
from app.views.sweeps import SweepRow


def mean_sd(values: Sequence[float]) -> tuple[float | None, float | None]:
    """(mean, sample standard deviation); the second is None below two values, both at none."""
    n = len(values)
    if n < 2:
        return (values[0] if values else None), None
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum([(value - mean) ** 2 for value in values]) / (n - 1))


def mean_accuracy(row: SweepRow) -> tuple[float | None, float | None, int]:
    """Mean and deviation of the accuracy of a row's completed cells, and how many there are.

    A row whose runs saw different images has neither.
    """
    done = [
        cell.accuracy
        for cell in row.cells
        if cell and cell.state == State.COMPLETED and cell.accuracy is not None
    ]
    return (*mean_sd(() if row.mixed else done), len(done))
