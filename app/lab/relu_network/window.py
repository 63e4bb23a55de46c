"""The window that plots of a ReLU network show: as asked, else around the kinks and the points."""

from collections.abc import Sequence
from fractions import Fraction

from app.lab.base.formula.exact import number, refuse
from app.lab.relu_network.formula.results import AtPoint, OnLine

MARGIN, LEAST_MARGIN, USUAL = Fraction(1, 4), Fraction(1), Fraction(3)
FURTHEST = Fraction(10**90)
NARROWEST = 1 / FURTHEST
LEAST_SHARE = Fraction(1, 10**9)
"""Of the larger end, how wide a window is at least: plots are drawn in doubles, which tell no finer."""

Window = tuple[Fraction, Fraction]


def window_of(low: object, high: object, points: Sequence[AtPoint], line: OnLine | None) -> Window:
    """From and to, the same for each input. Raises TheoryError naming low or high.

    Where one of them is typed and leaves no width, the other one moves.
    """
    usual = _around(points) if line is None else _along(line, points)
    start = usual[0] if low is None else _read(low, "low")
    end = usual[1] if high is None else _read(high, "high")
    if low is not None and high is None and not _is_wide(start, end):
        end = start + _width_at(start)
    if low is None and high is not None and not _is_wide(start, end):
        start = end - _width_at(end)
    if start >= end:
        raise refuse("high", f"must be larger than low, but is {end} and low is {start}")
    if not _is_wide(start, end):
        need = "plots need 1e-90 between them, and a billionth of the larger"
        raise refuse("high", f"is too near to low: {need}")
    return start, end


def _read(value: object, name: str) -> Fraction:
    read = number(value, name)
    if abs(read) > FURTHEST:
        raise refuse(name, "must be between -1e90 and 1e90: plots show no more")
    return read


def _is_wide(start: Fraction, end: Fraction) -> bool:
    return end - start >= max(NARROWEST, LEAST_SHARE * max(abs(start), abs(end)))


def _width_at(x: Fraction) -> Fraction:
    return max(2 * USUAL, abs(x) / 1000)


def _along(line: OnLine, points: Sequence[AtPoint]) -> Window:
    """All kinks and points that a plot can show, and a quarter more on each side."""
    marks = [x for x in (*line.kinks, *(at.x[0] for at in points)) if abs(x) <= FURTHEST / 2]
    if not marks:
        return -USUAL, USUAL
    least = max(LEAST_MARGIN, max(map(abs, marks)) / 1000)
    margin = max((max(marks) - min(marks)) * MARGIN, least)
    return min(marks) - margin, max(marks) + margin


def _around(points: Sequence[AtPoint]) -> Window:
    """A square around zero that holds the points, as far as a plot can show them."""
    furthest = max((abs(entry) for at in points for entry in at.x), default=Fraction(0))
    reach = min(max(USUAL, furthest * (1 + MARGIN)), FURTHEST)
    return -reach, reach
