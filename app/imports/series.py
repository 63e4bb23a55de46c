"""Values of a metric by step, from the points that a tool has logged in whatever order."""

import math
from collections.abc import Iterable

from app.imports.records import Series

Point = tuple[float, int, float]
"""Time, step, value."""


def by_step(points: Iterable[Point]) -> Series:
    """The value logged last of each step. Who logs without a step has them numbered from 1 as they came."""
    ordered = sorted(points, key=lambda point: (point[0], point[1]))
    if len(ordered) > 1 and len({step for _, step, _ in ordered}) == 1:
        ordered = [(time, number, value) for number, (time, _, value) in enumerate(ordered, 1)]
    found = {step: value if math.isfinite(value) else None for _, step, value in ordered}
    return dict(sorted(found.items()))
