"""Values of a metric by step, from the points that a tool has logged in whatever order."""

import math
import sys
from collections.abc import Iterable

from app.imports.records import Series

Point = tuple[float, int, float]
"""Time, step, value."""


def by_step(points: Iterable[Point]) -> Series:
    """The value logged last of each step. Who logs without a step has them numbered from 1 as they came."""
    ordered = sorted(points, key=lambda point: (point[0], point[1]))
    if len(ordered) > 1 and not any(step for _, step, _ in ordered):
        ordered = [(time, number, value) for number, (time, _, value) in enumerate(ordered, 1)]
    found = {step: value if _is_finite(value) else None for _, step, value in ordered}
    return dict(sorted(found.items()))


def _is_finite(value: float) -> bool:
    """MLflow's database holds the largest number where a metric was infinite."""
    return math.isfinite(value) and abs(value) < sys.float_info.max
