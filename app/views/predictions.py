"""Fills the view of a run's kept predictions, and says why there are none."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.lifecycle import State
from app.settings import Settings
from app.store import predictions as store
from app.store import runs as run_store
from app.store.tables import Run
from app.views.base import View
from app.views.images.answers import ImageAnswers, answers_of
from trainer.errors import PredictionsError
from trainer.metrics.fields import Figure
from trainer.run_dir import EpochName, SplitName

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PredictionsView(View):
    """What a network said to each image of a split after `epoch`, in the split's order.

    confidence: softmax probability of the predicted class, from the kept logits; null where it diverged.
    """

    epoch: int
    split: Literal["test", "validation"]
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    predicted: tuple[int, ...]
    confidence: tuple[Figure, ...]


def predictions(
    session: Session, settings: Settings, run_id: int, split: SplitName, at: EpochName
) -> PredictionsView:
    """Labels, predictions and confidences. Raises NotFoundError as `predictions_file`."""
    run = run_store.get_run(session, run_id)
    said = image_answers(run, settings, split, at)
    return PredictionsView(
        epoch=said.epoch,
        split=split,
        classes=class_names(run),
        labels=tuple(said.labels.tolist()),
        predicted=tuple(said.predicted.tolist()),
        confidence=tuple(said.confidence.tolist()),
    )


def image_answers(run: Run, settings: Settings, split: SplitName, at: EpochName) -> ImageAnswers:
    """What the run's network said to each image. Raises NotFoundError as `predictions_file`."""
    names = ("labels", "predicted", "logits", "source", "fingerprint")
    return answers_of(kept_arrays(run, settings.runs_dir, split, at, *names)[1])


def class_names(run: Run) -> tuple[str, ...]:
    """Of its data, in the data set's order; none before it has started."""
    return tuple((run.started or {}).get("class_names", ()))


def predictions_file(
    session: Session, settings: Settings, run_id: int, split: SplitName, at: EpochName
) -> Path:
    """The file of the predictions. Raises NotFoundError, which says why there are none.

    That is an unknown run, one without a finished epoch, without that split, or from before predictions were
    kept; a damaged file; and one that holds another epoch, as a run was killed while it wrote.
    """
    return kept_arrays(run_store.get_run(session, run_id), settings.runs_dir, split, at)[0]


def check_asked(session: Session, run_id: int, at: EpochName) -> None:
    """Raises NotFoundError for an unknown run, and for one without the asked epoch."""
    _epoch(run_store.get_run(session, run_id), "test", at)


_AGAIN = "Clone the run to train it again."


def kept_arrays(
    run: Run, runs_dir: Path, split: SplitName, at: EpochName, *names: str
) -> "tuple[Path, dict[str, NDArray[Any]]]":
    """The file of a run's predictions, and these arrays of it. Raises as `predictions_file`."""
    from trainer.prediction_file import read_members

    wanted = _epoch(run, split, at)
    path = store.kept_file(runs_dir, run.id, split, at)
    if path is None:
        said = f"Run {run.id} keeps no predictions on {split}."
        raise NotFoundError(said, f"It was made before runs kept them, or they are gone. {_AGAIN}")
    try:
        found = read_members(path, "epoch", *names)
    except PredictionsError as error:
        raise NotFoundError(f"Run {run.id}: {error.message}", _AGAIN) from error
    if found["epoch"] != wanted and run.state != State.RUNNING:
        said = f"The predictions of run {run.id} are those of epoch {found['epoch']}, not of epoch {wanted}"
        raise NotFoundError(f"{said}: it ended while it wrote them.", "Retry it to have them written again.")
    if {"labels", "predicted", "logits"} <= found.keys() and not _fits(run, found):
        raise NotFoundError(f"Run {run.id} has other classes than its kept predictions.", _AGAIN)
    return path, found


def _fits(run: Run, found: "Mapping[str, NDArray[Any]]") -> bool:
    """Whether logits, labels and answers are of the run's classes."""
    classes = len(class_names(run))
    among = all(bool((found[name] < classes).all()) for name in ("labels", "predicted"))
    return found["logits"].shape[1] == classes and among


def _epoch(run: Run, split: SplitName, at: EpochName) -> int:
    """The epoch that is asked for. Raises NotFoundError where the run has none, or no such split."""
    if not run.epoch:
        raise NotFoundError(f"Run {run.id} has not finished an epoch yet.")
    if split == "validation" and not any((run.started or {}).get("validation_counts", ())):
        raise NotFoundError(
            f"Run {run.id} has no validation split.", "Set data.validation_fraction to have one cut off."
        )
    if at == "last":
        return run.epoch
    if run.best is None:
        raise NotFoundError(f"Run {run.id} has no best epoch: none had a figure to choose by.")
    return int(run.best["epoch"])
