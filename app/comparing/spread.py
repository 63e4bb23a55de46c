"""Mean and sample standard deviation of a few runs' figures."""

import math
from collections.abc import Sequence


def mean_sd(values: Sequence[float]) -> tuple[float | None, float | None]:
    """(mean, sample standard deviation); the second is None below two values, both at none."""
    n = len(values)
    if n < 2:
        return (values[0] if values else None), None
    mean = math.fsum(values) / n
    return mean, math.sqrt(math.fsum([(value - mean) ** 2 for value in values]) / (n - 1))
