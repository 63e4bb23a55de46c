"""Views of runs compared by setting, a configuration without its seeds; its runs are a sample."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from app.views.base import Figure, View


class CompareClass(View):
    """A column of the table: a class and its training images."""

    name: str
    train_count: int


class Spread(View):
    """Mean and sample standard deviation over the n runs of a row; sd is null at n = 1."""

    mean: Figure
    sd: Figure


class Delta(View):
    """A row minus the baseline, paired by seeds, in the metric's own unit (fractions).

    `low` to `high` is the paired t interval at 95 %, `seeds_needed` what a verdict at power 0.8 would take;
    null at n = 1. Source: Student's t; noncentral t for the power.
    """

    metric: str
    n: int
    mean: Figure
    sd: Figure
    low: Figure
    high: Figure
    seeds_needed: int | None


class SettingRow(View):
    """One setting (or one published result): its runs, metrics by name, and recall by class."""

    label: str
    kind: Literal["setting", "published"]
    run_ids: tuple[int, ...]
    n: int
    """Runs with figures."""
    setting_hash: str
    config: dict[str, Any]
    """Of the first of its runs; what the row's colour is made from. Empty for a published result."""
    states: dict[str, int]
    """How many of its runs are in which state."""
    epochs: tuple[int | None, ...]
    """The epoch that each run's figures are of."""
    metrics: dict[str, Spread]
    classes: tuple[Spread, ...]


class CompareRow(SettingRow):
    """One setting (or one published result): its runs, metrics, recall by class, and gain on the baseline."""

    delta: Delta | None
    """Of accuracy; null for the baseline itself, without a baseline, and without a shared seed."""
    deltas: dict[str, Delta]
    """By metric."""
    class_deltas: tuple[Delta | None, ...]
    note: str = ""
    """Recipe and source of a published result."""
    inconsistent: str = ""
    """Why a published result contradicts itself; "" where it does not."""


class Observation(View):
    """A sentence computed from the figures, and the figure it rests on (its name, an anchor on the page)."""

    text: str
    figure: str


class ConfigField(View):
    """A field that differs between rows: one value a row, as text; "" where it has no effect."""

    path: str
    label: str
    values: tuple[str, ...]


class Compared(View):
    """Rows under one set of classes: what most figures are drawn from."""

    classes: tuple[CompareClass, ...]
    epoch: Literal["last", "best"]
    chosen_on_test: bool
    """Whether some best epoch was chosen by looking at the test set."""
    baseline: str | None
    rows: tuple[SettingRow, ...]


class Changes(Compared):
    """Rows with what each gains on the baseline."""

    rows: tuple[CompareRow, ...]


class Comparison(Changes):
    """Rows under one set of classes; `warnings` name what makes them not comparable."""

    warnings: tuple[str, ...]
    observations: tuple[Observation, ...]
    differences: tuple[ConfigField, ...]


class CurvePoint(NamedTuple):
    """A metric after one epoch, over the runs of a row that reached it. No figure is infinite or NaN.

    Curves hold thousands of points and stay inside the process, so pydantic does not look at each.
    """

    epoch: int
    step: float
    """Training steps so far."""
    seconds: float
    """Training time so far, mean over the runs."""
    mean: float | None
    sd: float | None
    n: int
    best: bool
    """The best epoch of some run of the row: kept when a curve is thinned."""


@dataclass(frozen=True)
class Curve:
    """A metric of one setting over its epochs."""

    label: str
    setting_hash: str
    config: dict[str, Any]
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Curves:
    """One metric of every setting."""

    metric: str
    curves: tuple[Curve, ...]
    baseline: str | None


class ConfusionDifference(View):
    """Row-normalised confusion of A minus that of B (means over their runs), and both sides' leakage.

    matrix[true][predicted] is a difference of fractions; leakage is the share of tail images taken for head
    classes.
    """

    a: str
    b: str
    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    matrix: tuple[tuple[Figure, ...], ...]
    leakage_a: Figure
    leakage_b: Figure
