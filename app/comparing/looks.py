"""Two looks at a sweep's figures, planned before its first run: adding seeds until they tell, made honest.

The error of the page is split over the looks (a Bonferroni split: it holds at any number of seeds). Before
the first look nothing is claimed; between the looks the figures stay those of the runs completed first.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from app.comparing.samples import Sample

NOT_YET = 0.0
"""An alpha at which nothing is claimed."""


class Looks(NamedTuple):
    """Seeds of each setting at either look, and the alphas."""

    seeds: tuple[int, int]
    alphas: tuple[float, float]


class Look(NamedTuple):
    """The look that the figures are at: 0 before the first. `alpha` is the page's error here."""

    number: int
    alpha: float
    text: str


def looked(chosen: Sequence[Sample], looks: Looks) -> tuple[tuple[Sample, ...], Look]:
    """The samples with the runs that count at the look that every setting has reached."""
    have = min((len(one.counted) for one in chosen), default=0)
    number = sum(have >= wanted for wanted in looks.seeds)
    planned = f"Two looks were planned, at {looks.seeds[0]} and {looks.seeds[1]} seeds of each setting"
    if number == 0:
        said = f"{planned}: the first is not reached, so nothing is claimed yet ({have} seeds)."
        return tuple(chosen), Look(0, NOT_YET, said)
    most, alpha = looks.seeds[number - 1], looks.alphas[number - 1]
    said = f"{planned}: this is look {number}, of the first {most} seeds, at an error of {100 * alpha:g} %."
    return tuple(_first(one, most) for one in chosen), Look(number, alpha, said)


def _first(sample: Sample, most: int) -> Sample:
    """The runs that were completed first: later ones change nothing until the second look."""
    ordered = sorted(sample.counted, key=lambda run: (run.finished_at or "", run.id))
    return replace(sample, chosen=tuple(ordered[:most]))
