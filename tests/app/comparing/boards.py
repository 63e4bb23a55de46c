"""A board made by hand: each run is the number of test images of each class that it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.comparing.fill import ComparisonViews, comparison_views
from app.comparing.next_steps.fill import steps_of
from app.comparing.options import CompareOptions
from app.comparing.samples import kept_predictions
from app.comparing.view import CompareRow, Comparison, Delta, Observation
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from tests.app.predictions import write_predictions
from tests.conftest import SeedRun
from trainer.prediction_file import Answers
from trainer.run_dir import SplitName

CE: dict[str, Any] = {"name": "cross_entropy"}
FOCAL: dict[str, Any] = {"name": "focal"}
SUPPORT = 200
WOBBLE = (-6, -3, 0, 3, 6)
Hits = Sequence[int]
Sides = Sequence[tuple[Mapping[str, Any], tuple[int, int, int]]]


def focal(beta: float, reduction: str = "batch_mean") -> dict[str, Any]:
    return {"name": "focal", "weighting": "class_balanced", "beta": beta, "reduction": reduction}


def matrix(hits: Hits, support: Sequence[int] | int = SUPPORT) -> list[list[int]]:
    """Test images of each class that were found; the others went to the first class (or the second)."""
    size = len(hits)
    wholes = [support] * size if isinstance(support, int) else list(support)
    rows = [[0] * size for _ in range(size)]
    for true, (right, whole) in enumerate(zip(hits, wholes, strict=True)):
        rows[true][true] = right
        rows[true][1 if true == 0 and size > 1 else 0] += whole - right
    return rows


def answers(right: NDArray[np.bool_], classes: int = 3) -> Answers:
    """Of images in the order of their classes: the true class where right, else the next one."""
    labels = np.repeat(np.arange(classes), len(right) // classes)
    predicted = np.where(right, labels, (labels + 1) % classes)
    return Answers(np.eye(classes, dtype=np.float32)[predicted], predicted, labels)


@dataclass
class Board:
    """Runs of one epoch each; `ids` in the order they were made."""

    seed_run: SeedRun
    db: Database
    settings: Settings
    ids: list[int] = field(default_factory=list)

    def add(
        self,
        loss: Mapping[str, Any] = CE,
        seed: int = 0,
        hits: Hits = (180, 100, 40),
        *,
        state: str = "completed",
        support: Sequence[int] | int = SUPPORT,
        validation: float | None = None,
        data: Mapping[str, Any] | None = None,
        optim: Mapping[str, Any] | None = None,
        model: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> int:
        """A run that finds `hits`; `validation` is its balanced accuracy and accuracy there."""
        config: dict[str, Any] = {
            "loss": dict(loss),
            "seed": seed,
            "data": dict(data or {}),
            "model": dict(model or {}),
            "optim": {"epochs": 1, "milestones": [], **(optim or {})},
        }
        if validation is not None:
            config["data"].setdefault("validation_fraction", 0.1)
            more["figures"] = {
                1: {
                    "validation_balanced_accuracy": validation,
                    "validation_accuracy": validation,
                    "validation_loss": 1.0,
                }
            }
        run = self.seed_run(state, config=config, confusions=[matrix(hits, support)], epochs=1, **more)
        self.ids.append(run)
        return run

    def keep(self, right: NDArray[np.bool_], loss: Mapping[str, Any] = CE, seed: int = 0, **more: Any) -> int:
        """A run that finds these test images [N] (class by class, three classes), with its predictions."""
        hits = right.reshape(3, -1).sum(axis=1).tolist()
        run = self.add(loss, seed, hits, support=len(right) // 3, **more)
        self.write(run, right)
        return run

    def write(self, run: int, right: NDArray[np.bool_], split: SplitName = "test", epoch: int = 1) -> None:
        """Its predictions after its last epoch."""
        write_predictions(self.settings.runs_dir, run, answers(right), split, "last", epoch)

    def change(self, run_id: int, **columns: Any) -> None:
        """Columns of a run as they would be on another board; `started` is merged."""
        with self.db.write() as session:
            run = session.get_one(Run, run_id)
            columns["started"] = {**(run.started or {}), **columns.get("started", {})}
            for name, value in columns.items():
                setattr(run, name, value)

    def comparing(self, session: Session, **asked: Any) -> ComparisonViews:
        return comparison_views(session, self.ids, CompareOptions(**asked), kept_predictions(self.settings))

    def view(self, **asked: Any) -> Comparison:
        """What /compare answers with."""
        with self.db.read() as session:
            return self.comparing(session, **asked).comparison

    def acting(self, sweep: int | None = None, **asked: Any) -> Comparison:
        """The same with what may be done next: the sweep grows, or without one these runs do."""
        with self.db.read() as session:
            steps = partial(steps_of, session, sweep, self.ids)
            return comparison_views(
                session, self.ids, CompareOptions(**asked), kept_predictions(self.settings), steps
            ).comparison


def row(view: Comparison, label: str) -> CompareRow:
    return next(one for one in view.rows if one.label == label)


def gain(view: Comparison, label: str, metric: str = "accuracy") -> Delta:
    """The row's difference to the baseline, which it must have."""
    return row(view, label).deltas[metric]


def said(view: Comparison) -> str:
    """Every sentence."""
    answers = [text for one in view.verdicts for text in (one.text, one.detail)]
    return "\n".join([*answers, *(one.text for one in view.observations), *view.warnings])


def claims(view: Comparison) -> list[str]:
    """Sentences that say that something differs."""
    return [
        *(one.text for one in view.verdicts if one.claim),
        *(one.text for one in view.observations if one.claim),
    ]


def fill(board: Board, sides: Sides, wobble: Sequence[int] = WOBBLE) -> None:
    """Rows that find these images of each class on average, with seeds that spread by `wobble`."""
    for loss, hits in sides:
        for seed, more in enumerate(wobble):
            board.add(loss, seed, [one + more for one in hits])


def starting(view: Comparison, start: str) -> list[Observation]:
    """Observations by their first words."""
    return [one for one in view.observations if one.text.startswith(start)]


def comparison(
    session: Session, run_ids: Sequence[int], baseline: str | None = None, **asked: Any
) -> Comparison:
    """The whole comparison of these runs, without what they kept unless it is given."""
    kept = asked.pop("kept", None)
    return comparison_views(session, run_ids, CompareOptions(baseline, **asked), kept).comparison
