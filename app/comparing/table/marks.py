"""Which cells of a column are marked: its best, and what cannot be told from that.

Where all of a column tie there is no best, and nothing is marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Mark = Literal["", "best", "tie"]
Marks = Literal["ties", "mean"]


@dataclass(frozen=True)
class Candidate:
    """A row with a mean in the column; `leads`: chosen as best, `ties`: not told apart from that one."""

    label: str
    mean: float
    leads: bool
    ties: bool


@dataclass(frozen=True)
class Marked:
    """Marks by label, and how many rows tie where that is all of them (0 elsewhere)."""

    marks: dict[str, Mark]
    all_tied: int = 0


def marked(column: Sequence[Candidate], marks: Marks, less_is_better: bool) -> Marked:
    """The marks of one column, by the rule that was asked for; none with fewer than two rows."""
    if len(column) < 2:
        return Marked({})
    return _by_mean(column, less_is_better) if marks == "mean" else _by_ties(column)


def _by_mean(column: Sequence[Candidate], less_is_better: bool) -> Marked:
    """The largest mean as it is shown, unless all are equal."""
    shown = {one.label: round(one.mean, 3) for one in column}
    top = (min if less_is_better else max)(shown.values())
    if len(set(shown.values())) < 2:
        return Marked({})
    return Marked({label: "best" for label, mean in shown.items() if mean == top})


def _by_ties(column: Sequence[Candidate]) -> Marked:
    tied = [one for one in column if one.ties]
    if len(tied) == len(column):
        return Marked({}, len(tied))
    return Marked({one.label: "best" if one.leads else "tie" for one in tied})
