"""The window that plots of a ReLU network show: as asked, else around the kinks and the points."""

from collections.abc import Sequence
from fractions import Fraction

from trainer.theory.exact import number, refuse
from trainer.theory.relu_results import AtPoint, OnLine

MARGIN = Fraction(1, 4)
LEAST_MARGIN = Fraction(1)
USUAL = Fraction(3)

Window = tuple[Fraction, Fraction]


def window_of(low: object, high: object, points: Sequence[AtPoint], line: OnLine | None) -> Window:
    """From and to, the same for each input. Raises TheoryError naming low or high."""
    usual = _around(points) if line is None else _along(line, points)
    start = usual[0] if low is None else number(low, "low")
    end = usual[1] if high is None else number(high, "high")
    if low is not None and high is None and end <= start:
        end = start + 2 * USUAL
    if low is None and high is not None and end <= start:
        start = end - 2 * USUAL
    if start >= end:
        raise refuse("high", f"must be larger than low, but is {end} and low is {start}")
    return start, end


def _along(line: OnLine, points: Sequence[AtPoint]) -> Window:
    """All kinks and points, and a quarter more on each side."""
    marks = [*line.kinks, *(at.x[0] for at in points)]
    if not marks:
        return -USUAL, USUAL
    margin = max((max(marks) - min(marks)) * MARGIN, LEAST_MARGIN)
    return min(marks) - margin, max(marks) + margin


def _around(points: Sequence[AtPoint]) -> Window:
    """A square around zero that holds the points."""
    furthest = max((abs(entry) for at in points for entry in at.x), default=Fraction(0))
    reach = max(USUAL, furthest * (1 + MARGIN))
    return -reach, reach
