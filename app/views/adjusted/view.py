"""The view of a run whose logits are adjusted: what was done, and its figures before and after."""

from typing import Literal

from app.views.base import View
from trainer.metrics.fields import Figure

On = Literal["validation", "test", "given"]


class AdjustedNumber(View):
    """tau, norm or temperature: its value, where it was chosen ("given": it was not).

    norm null: no tau-normalisation, and the bias stays.
    """

    name: str
    value: Figure
    chosen_on: On
    at_edge: bool = False


class AdjustedFigure(View):
    """A figure of the split before and after; `at_prior`: of a test set with the prior's shares."""

    name: str
    title: str
    about: str
    unit: Literal["fraction", "nats", ""]
    better: Literal["higher", "lower"]
    before: Figure
    after: Figure
    at_prior: bool = False


class ClassSide(View):
    """A class before or after: its answers, recall and precision, how far its probability can be believed.

    mean_probability: over all images, to be held against the class's share; calibration_error: of 15 bins.
    """

    correct: int
    predicted: int
    recall: Figure
    precision: Figure
    mean_probability: Figure
    calibration_error: Figure


class AdjustedClass(View):
    """A class: its training images, its images on the split, its share in the figures at the prior."""

    class_id: int
    name: str
    train_count: int
    support: int
    share: float
    before: ClassSide
    after: ClassSide


class ReliabilityBin(View):
    """Answers whose probability lies above `low` and up to `high`: their share, mean probability, hits."""

    low: float
    high: float
    share: float
    confidence: Figure
    found: Figure


class AdjustedSide(View):
    """The confusion matrix (row: true class) and the reliability diagram before or after."""

    confusion: tuple[tuple[int, ...], ...]
    bins: tuple[ReliabilityBin, ...]


class TauPoint(View):
    """The criterion at a tau, on test and, where there is one, on validation."""

    tau: float
    test: Figure
    validation: Figure


class TauCurve(View):
    """The criterion against tau, norm and prior as asked; `best` is chosen on `chosen_on`."""

    criterion: str
    points: tuple[TauPoint, ...]
    best: float
    chosen_on: Literal["validation", "test"]


class Adjusted(View):
    """A run's test answers before and after; figures of probabilities are by `prior` where there is one.

    epoch: that the logits are of. prior: shares of the classes; null where none is asked for. asked: the
    words of the address. notes: what limits these figures. exact: whether they bear a claim, that is,
    nothing was chosen on the images that are measured.
    """

    run_id: int
    name: str
    epoch: int
    images: dict[str, int]
    classes: tuple[AdjustedClass, ...]
    numbers: tuple[AdjustedNumber, ...]
    prior: tuple[float, ...] | None
    asked: dict[str, str]
    formula: str
    figures: tuple[AdjustedFigure, ...]
    before: AdjustedSide
    after: AdjustedSide
    curve: TauCurve
    notes: tuple[str, ...]
    exact: bool
