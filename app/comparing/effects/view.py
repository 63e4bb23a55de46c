"""Views of what the fields do in which compared settings differ: main effects, interactions, and the answer.

A field's main effect is the difference between two of its levels, averaged over the combinations of the other
fields in which both were tried: of settings that differ in nothing else. Where every combination was tried,
these are the marginal means of a balanced factorial; elsewhere they are what a linear model estimates that
has a term for each such combination. Figures are in the metric's own unit (fractions).
"""

from typing import Literal

from app.comparing.next_steps.actions import Action
from app.comparing.parts import Interval, Multiplicity, Pairing, Parting
from app.comparing.view import Unfinished
from app.views.base import View
from trainer.metrics.fields import Figure

Apart = Literal["apart", "same", "unknown"]
"""apart: surely different; same: surely within the margin."""
FieldAnswer = Literal["matters", "same", "unknown", "confounded"]


class Level(View):
    """A value of a field, with the marginal mean over the combinations that all its values share.

    `mean` is null where there is no such combination; low to high is its interval, by itself at 95 %.
    """

    text: str
    number: Figure = None
    """Of a numeric field."""
    settings: int
    runs: int
    mean: Figure = None
    low: Figure = None
    high: Figure = None


class LevelDifference(View):
    """Level `a` minus level `b`, a having the better mean; null where they were never tried alike.

    low to high is the 95 % interval for itself; `adjusted` has the one (Bonferroni) and the p (Holm) that
    hold for every difference on the page together.
    """

    a: str
    b: str
    combinations: int
    """Of the other fields, in which both were tried."""
    settings: int
    mean: Figure = None
    low: Figure = None
    high: Figure = None
    adjusted: Interval | None = None
    answer: Apart = "unknown"
    parting: Parting | None = None
    within_margin: bool = False
    """Whether it is surely smaller than the margin, though surely not 0."""
    why: str = ""
    """Why there is no test."""


class FieldEffect(View):
    """A field, or several that always change together: its levels and the differences between them.

    `differences` begins with the largest; `seeds_needed` is of each setting, to find that one at its
    adjusted level with power 0.8, `seeds_range` what its spread leaves open.
    """

    key: str
    """The path of its first field: the word for it in an address."""
    paths: tuple[str, ...]
    label: str
    word: str
    """The same in a sentence."""
    levels: tuple[Level, ...]
    balanced: bool
    """Whether every combination of the other fields was tried with each of its values."""
    combinations: int
    of: int
    """In how many combinations all its values were tried, of how many."""
    differences: tuple[LevelDifference, ...]
    answer: FieldAnswer
    seeds_needed: int | None = None
    seeds_range: tuple[int | None, int | None] | None = None
    moves_with: tuple[str, ...] = ()
    """Words of the fields that change whenever this one does, so that it has no effect of its own here."""
    interacts_with: tuple[str, ...] = ()
    """Words of the fields on which its effect surely depends: its average alone misleads."""
    note: str = ""


class SimpleEffect(View):
    """The difference between two levels of one field at one value of another."""

    at: str
    mean: Figure


class Interaction(View):
    """Whether two fields add up: p of additivity for itself, and `adjusted` for all pairs of the page.

    `simple` has the largest difference of the first field at each value of the second.
    """

    a: str
    b: str
    a_key: str
    b_key: str
    df: int
    p: Figure
    adjusted: Figure
    answer: Literal["interact", "unknown"]
    difference: str
    """Which levels of the first field `simple` is of."""
    simple: tuple[SimpleEffect, ...]


class CrossCell(View):
    """The settings at one level of either of two fields (null: no effect there): their mean, its interval.

    Each setting counts once; the interval is at 95 % for itself, null at one seed each.
    """

    level: str | None
    other: str | None
    settings: int
    runs: int
    mean: Figure
    low: Figure
    high: Figure


class Crossing(View):
    """Two fields against each other, as they were asked for by their paths."""

    field: str
    by: str
    cells: tuple[CrossCell, ...]
    alike: bool
    """Whether every cell has the same combinations of the other fields, and so differs in nothing else."""


class Cell(View):
    """A setting with its values, by field in order, and its runs' figures."""

    label: str
    setting_hash: str
    values: tuple[str | None, ...]
    """None where the field has no effect."""
    run_ids: tuple[int, ...]
    seeds: tuple[int, ...]
    figures: tuple[float, ...]
    mean: Figure
    sd: Figure


class Effects(View):
    """Which of the fields that differ matter for one metric, and what bears it."""

    metric: str
    epoch: Literal["last", "best"]
    fields: tuple[FieldEffect, ...]
    """Those that matter first, by their largest difference."""
    interactions: tuple[Interaction, ...]
    """Pairs that were tried together, the surest first."""
    cells: tuple[Cell, ...]
    crossing: Crossing | None
    """Of the two fields that were asked for, by default the first two; null where there are no two."""
    answer: Literal["yes", "same", "unknown"] = "unknown"
    text: str = ""
    """Which field matters, in a sentence."""
    detail: tuple[str, ...] = ()
    """What else the figures bear, a sentence each."""
    claim: bool = False
    """Whether the sentence says that something differs."""
    action: Action | None = None
    warnings: tuple[str, ...] = ()
    unfinished: Unfinished | None = None
    pairing: Pairing
    multiplicity: Multiplicity
    margin: Figure
    """Points within which levels count as the same; null where none was set."""
    alpha: float
    tests: int
    """Differences that hold together."""
