"""Views of runs compared by setting, a configuration without its seeds; its runs are a sample."""

from typing import Any, Literal

from pydantic import Field

from app.comparing.adjusted.view import AdjustedRow
from app.comparing.next_steps.actions import Action
from app.comparing.parts import Interval, Multiplicity, Pairing, Parting, Spread, Tuning, TwoByTwo
from app.views.base import View
from trainer.metrics.fields import Figure

Answer = Literal["better", "worse", "same", "unknown"]
Answered = Literal["yes", "no", "same", "unknown", "so_far_yes", "so_far_no", "so_far_same"]
"""so_far: while runs that could change the answer are still to come."""


class CompareClass(View):
    """A column of the table: a class and its training images."""

    name: str
    train_count: int


VERDICTS = {"better": "better", "worse": "worse", "same": "the same", "unknown": "cannot tell"}


class Delta(View):
    """A row minus the baseline in the metric's own unit (fractions): over independent seeds, or paired ones.

    `low` to `high` is the t interval at 95 % for this comparison alone, `adjusted` the one (Bonferroni) and
    the p (Holm) for everything that the page says. `verdict` goes by `adjusted`; "same" by two one-sided
    tests within the margin. All are null where there is no test: `why` says why.
    """

    metric: str
    n: int
    """Runs of the smaller side; pairs of seeds where `method` is "paired"."""
    mean: Figure
    sd: Figure
    """Of the difference of two runs, one of each side."""
    low: Figure
    high: Figure
    seeds_needed: int | None
    """Of each setting, to find this difference at the adjusted level with power 0.8; null above 1,000.

    Of accuracy, the headline metric and the tail; of others null."""
    seeds_range: tuple[int | None, int | None] | None = None
    """The fewest and most of them that the estimated spread leaves open, at the ends of its 90 % range."""
    adjusted: Interval | None = None
    verdict: Answer = "unknown"
    parting: Parting | None = None
    """What decides where `verdict` is not what `adjusted` says: Holm's p is sharper than its interval."""
    within_margin: bool = False
    """Whether the difference, better or worse, is surely smaller than the margin."""
    method: Pairing = "welch"
    correlation: Figure = None
    """Of the two rows over their common seeds; null below three."""
    seeds_share: Figure = None
    """Share of the variance that is due to seeds; the rest is due to the test images."""
    images: Interval | None = None
    """Of two single runs, over test images alone: it compares two networks, never two settings."""
    why: str = ""

    @property
    def told(self) -> str:
        """The verdict in a word or two; where there is no test, why not in as few."""
        return VERDICTS[self.verdict] if self.adjusted else self.why.partition(":")[0]


class SettingRow(View):
    """One setting (or one published result): its runs, metrics by name, and recall by class.

    Figures are of completed runs alone; a row without one is shown with its progress.
    """

    label: str
    kind: Literal["setting", "published"]
    imported: bool = False
    """Of the published ones: recorded by another tool, and read by `betaboard import`."""
    run_ids: tuple[int, ...]
    n: int
    """Runs with figures."""
    setting_hash: str
    config: dict[str, Any]
    """Of the first of its runs; what the row's colour is made from. Empty for a published result."""
    states: dict[str, int]
    """How many of its runs are in which state."""
    diverged: int = 0
    """How many of its runs diverged, completed or failed."""
    complete: bool = True
    """Whether every run of it is completed."""
    progress: str = ""
    """What is still to come: "epoch 1 of 3", "2 of 5 runs done"; "" where nothing is."""
    epochs: tuple[int | None, ...]
    """The epoch that each run's figures are of; null for a run that does not count."""
    chosen_on: Literal["validation", "test", "both", ""] = ""
    """What its best epochs were chosen on; "" for last epochs."""
    metrics: dict[str, Spread]
    classes: tuple[Spread, ...]
    mean_weight: Figure = None
    """Mean weight of a training image as applied to the loss; null before a run has started."""
    effective_rate: Figure = None
    """Learning rate times `mean_weight`: approximate, since focal's own factor is not in it."""
    control_of: str = ""
    """Label of the weighted row at whose effective rate this unweighted one trains, to tell the two apart."""
    tuning: Tuning | None = None
    adjusted: AdjustedRow | None = None
    """Of a row whose runs' logits were adjusted after training; the figures are then of that."""
    choosing: dict[str, Figure] = Field(default_factory=dict)
    """By metric, the mean figure by which rows are chosen: of validation where `chosen_by` says so."""
    leads: dict[str, bool] = Field(default_factory=dict)
    """By metric, whether it is the row that is best as `choosing` has it. Empty where nothing is compared."""
    tied_with_best: dict[str, bool] = Field(default_factory=dict)
    """By metric, whether it is the best row or cannot be told from it. Empty where nothing is compared."""
    classes_lead: tuple[bool, ...] = ()
    classes_tied: tuple[bool, ...] = ()
    """Both the same by class."""


class CompareRow(SettingRow):
    """One setting (or one published result): its runs, metrics, recall by class, and gain on the baseline."""

    delta: Delta | None
    """Of accuracy; null for the baseline itself, without a baseline, and where it is not comparable."""
    deltas: dict[str, Delta]
    """By metric."""
    class_deltas: tuple[Delta | None, ...]
    why: str = ""
    """Why there is no difference to the baseline; "" where there is one."""
    note: str = ""
    """Recipe and source of a published result."""
    inconsistent: str = ""
    """Why a published result contradicts itself; "" where it does not."""


class Observation(View):
    """A sentence computed from the figures, and the figure it rests on (its name, an anchor on the page)."""

    text: str
    figure: str
    claim: bool = False
    """Whether it says that something differs."""
    action: Action | None = None


class Verdict(View):
    """The answer to one question of the reader, with its reason and what to do next."""

    question: Literal["best", "baseline", "tail", "rate"]
    title: str
    answer: Answered
    text: str
    """The answer's reason in one line."""
    detail: str = ""
    """What else belongs to it: how the row was chosen, the other rows, what it would take."""
    figure: str
    claim: bool
    """Whether it says that something differs."""
    action: Action | None = None


class Unfinished(View):
    """Runs of the compared settings that wait or train, here or beside this page in the same sweeps."""

    to_come: int
    of: int
    text: str
    """ "So far, with 6 of 15 runs still to come (1 running, 5 queued)"."""


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
    headline: str = "accuracy"
    """The metric that verdicts are of: balanced accuracy where the test set is not balanced."""
    chosen_by: Literal["validation", "test"] = "test"
    """What the best row, beta and rate are chosen on."""
    best: str | None = None
    """Label of the row that is best in the headline metric, as `chosen_by` has it."""


class Changes(Compared):
    """Rows with what each gains on the baseline."""

    rows: tuple[CompareRow, ...]
    pairing: Pairing = "welch"
    multiplicity: Multiplicity = "holm"
    margin: Figure = None
    """Points within which two settings count as the same; null where none was set."""
    alpha: float = 0.05
    """Error that the verdicts of this page may make in all."""
    two_by_two: tuple[TwoByTwo, ...] = ()


class Comparison(Changes):
    """Rows under one set of classes; `verdicts` answer the reader's questions, `warnings` limit them."""

    verdicts: tuple[Verdict, ...] = ()
    unfinished: Unfinished | None = None
    """Why the verdicts are answers so far; null where nothing is still to come."""
    same_but_loss: bool = False
    """Whether the rows differ in their loss alone, the effective rate included."""
    warnings: tuple[str, ...]
    observations: tuple[Observation, ...]
    differences: tuple[ConfigField, ...]
