"""Fills the view of a run's kept predictions, and says why there are none."""

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
    names = tuple((run.started or {}).get("class_names", ()))
    _, found = _kept(run, settings, split, at, "labels", "predicted", "logits")
    if found["logits"].shape[1] != len(names) or not _among(len(names), found["labels"], found["predicted"]):
        raise NotFoundError(f"Run {run.id} has other classes than its kept predictions.", _AGAIN)
    return PredictionsView(
        epoch=int(found["epoch"]),
        split=split,
        classes=names,
        labels=tuple(found["labels"].tolist()),
        predicted=tuple(found["predicted"].tolist()),
        confidence=tuple(_confidence(found["logits"], found["predicted"]).tolist()),
    )


def predictions_file(
    session: Session, settings: Settings, run_id: int, split: SplitName, at: EpochName
) -> Path:
    """The file of the predictions. Raises NotFoundError, which says why there are none.

    That is an unknown run, one without a finished epoch, without that split, or from before predictions were
    kept; a damaged file; and one that holds another epoch, as a run was killed while it wrote.
    """
    return _kept(run_store.get_run(session, run_id), settings, split, at)[0]


def check_asked(session: Session, run_id: int, at: EpochName) -> None:
    """Raises NotFoundError for an unknown run, and for one without the asked epoch."""
    _epoch(run_store.get_run(session, run_id), "test", at)


_AGAIN = "Clone the run to train it again."


def _kept(
    run: Run, settings: Settings, split: SplitName, at: EpochName, *names: str
) -> "tuple[Path, dict[str, NDArray[Any]]]":
    from trainer.prediction_file import read_members

    wanted = _epoch(run, split, at)
    path = store.kept_file(settings.runs_dir, run.id, split, at)
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
    return path, found


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


def _among(classes: int, *numbers: "NDArray[Any]") -> bool:
    return all(bool((given < classes).all()) for given in numbers)


def _confidence(logits: "NDArray[Any]", predicted: "NDArray[Any]") -> "NDArray[Any]":
    """Softmax probability of `predicted` [N], in double precision, of logits [N, C]."""
    import numpy as np

    precise = logits.astype(np.float64)
    powers = np.exp(precise - precise.max(axis=1, keepdims=True))
    chosen: NDArray[Any] = powers[np.arange(len(predicted)), predicted] / powers.sum(axis=1)
    return chosen
