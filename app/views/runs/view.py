"""Types of the views of runs: a line of the list, the list, and one run whole.

runs.fill fills them from the store.
"""

from functools import cached_property
from typing import Any, Literal

from pydantic import ConfigDict

from app.views.base import View
from trainer.metrics.fields import Figure, with_metrics


class Progress(View):
    """How far a run is. `fraction` is of all its epochs, 0..1; `eta_seconds` null before it is known."""

    epoch: int
    epochs: int
    step: int | None
    steps: int | None
    fraction: float
    eta_seconds: float | None
    images_per_second: float | None


class _Stored(View):
    """Taken from a row that an earlier version may have stored: a figure that it lacks is null, and told."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


@with_metrics
class Figures(_Stored):
    """Every metric of the table after the last finished epoch: accuracies as fractions."""

    epoch: int
    train_loss: Figure = None
    train_accuracy: Figure = None
    validation_loss: Figure = None
    validation_accuracy: Figure = None
    validation_balanced_accuracy: Figure = None
    test_loss: Figure = None
    test_accuracy: Figure = None
    test_balanced_accuracy: Figure = None
    learning_rate: Figure
    diverged: bool


class Timing(View):
    """Where the time of the finished epochs went: seconds in all, those of training; the rest evaluated."""

    epochs: int
    seconds: float
    training_seconds: float
    images_per_second: Figure
    """Over the training alone."""


class BestEpoch(_Stored):
    """The best epoch by balanced accuracy, and the split it was chosen on."""

    epoch: int
    test_accuracy: Figure = None
    test_balanced_accuracy: Figure = None
    chosen_on: str


class RunError(View):
    """Why a run failed or crashed."""

    type: str
    message: str
    hint: str = ""
    traceback: str = ""


class ContinuedFrom(View):
    """The run that a run goes on from, which may have been deleted since, and the epoch after which.

    The epochs up to that one are that run's.
    """

    id: int
    epoch: int


class Requirements(View):
    """What a worker must have to carry out the run."""

    device: str | None = None
    labels: tuple[str, ...] = ()


class RunSummary(View):
    """One line of the list of runs."""

    id: int
    name: str
    state: str
    stop_requested: str | None
    """The state that a running run was asked to end in until it has: canceled, paused, failed (its time)."""
    waits_for: str | None
    """Why a queued run does not run yet, as a sentence; null for any other state."""
    sweep_id: int | None
    first_stage_id: int | None = None
    """The first stage that it trains upon; null for a run of one stage. It may have been deleted since."""
    continued_from: ContinuedFrom | None = None
    created_at: str
    started_at: str | None
    finished_at: str | None
    archived_at: str | None
    config: dict[str, Any]
    config_hash: str
    setting_hash: str
    source: str | None = None
    """Which images its data set holds; null where that is unknown."""
    chips: tuple[tuple[str, str], ...]
    """(label, value) of what sets this run apart: loss, weighting, beta, gamma, seed, ..."""
    progress: Progress
    last: Figures | None
    best: BestEpoch | None
    timing: Timing | None = None
    """Null before the first finished epoch."""
    sparkline: tuple[Figure, ...]
    """Test accuracy by epoch, thinned to at most 40 points, first and last kept."""
    tags: tuple[str, ...]
    notes: str
    priority: int
    requirements: Requirements = Requirements()
    attempt: int
    """How often it was begun."""
    not_before: str | None = None
    """When a queued run is tried again by itself; null where it is not waiting for that."""
    max_attempts: int | None = None
    """Before it stays crashed; null: as the installation says when an attempt is lost."""
    time_limit_minutes: Figure = None
    """Of one attempt, after which it fails; null: none."""
    diverged: bool
    error: RunError | None

    @cached_property
    def as_json(self) -> str:
        """Made once, as a line that has not changed is shown in many lists."""
        return self.model_dump_json()


class RunList(View):
    """A page of runs; `next_cursor` is null on the last one, `total` counts what the filter lets through."""

    items: tuple[RunSummary, ...]
    next_cursor: str | None
    total: int

    @property
    def as_json(self) -> str:
        """What `model_dump_json` gives, from the JSON of its lines."""
        lines = ",".join(line.as_json for line in self.items)
        rest = self.model_dump_json(exclude={"items"})
        return f'{{"items":[{lines}],{rest.removeprefix("{")}'


class RunClass(View):
    """A class of the run's data set: training images, test images, and its weight in the loss."""

    class_id: int
    name: str
    train_count: int
    validation_count: int
    test_count: int
    weight: Figure


class RunAttempt(View):
    """One attempt at a run: who made it, when, and how it ended.

    ended: a state; queued: it was put back into the queue, which is no failure. Null while it is under way.
    """

    attempt: int
    worker_id: str
    host: str | None
    started_at: str
    ended_at: str | None
    ended: str | None
    reason: str | None
    hint: str | None
    epoch: int | None
    """The run's last finished epoch when it ended."""


class Stage(View):
    """The run of another stage of the same method."""

    id: int
    name: str
    state: str


class RunDetail(RunSummary):
    """One run, whole, but for its series: the summary's fields and what only its own page shows."""

    classes: tuple[RunClass, ...]
    """In the data set's own order; empty until the run has started."""
    fingerprint: str | None
    achieved_ratio: Figure
    mean_weight: Figure
    """E[w], by which class weights multiply the loss, as in a preview; null until the run has started."""
    effective_rate: Figure
    """Learning rate x mean weight, approximate, as in a preview; null until the run has started."""
    headline: Literal["test_accuracy", "test_balanced_accuracy"]
    """Which of the figures the run is judged by: the balanced one where the test set is not balanced."""
    images_per_epoch: int | None
    steps_per_epoch: int | None
    parameters: int | None
    resumed_after_epoch: int
    resumed_after_steps: int = 0
    """Steps of the epoch after that one that the last attempt did not have to take again."""
    warnings: tuple[str, ...]
    """What the trainer warned of, then which assumptions fail: dead layers, unbalanced test set, ..."""
    provenance: dict[str, Any]
    moves: tuple[str, ...]
    """Actions that are legal now: cancel, pause, resume, retry, archive, restore, delete."""
    first_stage: Stage | None = None
    """What the run trains upon; null for a run of one stage, and where that run was deleted."""
    second_stages: tuple[Stage, ...] = ()
    """The second stages that train upon this one, oldest first."""
    attempts: tuple[RunAttempt, ...] = ()
    """The first one first; those from before attempts were kept are missing."""
    origin: Stage | None = None
    """The run that it goes on from; null where it goes on from none, and where that run was deleted."""
    continued_by: tuple[Stage, ...] = ()
    """The runs that go on from this one, oldest first."""
    not_continued: str = ""
    """Why no run can go on from this one, as the end of a sentence; empty where one can."""
