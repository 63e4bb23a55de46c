"""Boards of factorials: settings over the levels of a few fields, each with a number of hits and seeds.

Runs go into the database as they are after their last epoch, without a journal: a factorial has many.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sqlalchemy import insert

from app.comparing.effects.fill import effects_of
from app.comparing.effects.view import Effects, FieldEffect
from app.comparing.fill import comparison_views
from app.comparing.options import CompareOptions
from app.comparing.parts import How
from app.store.engine import Database
from app.store.figures import epoch_columns
from app.store.tables import ClassEpoch, Epoch, Run
from trainer.config import RunConfig, as_json, config_hash, parse_config, setting_hash
from trainer.config_fields import nest

NOISE = (-4, -1, 5)
"""What the seeds add to the hits of each class."""
CLASSES, SUPPORT = ("cat", "dog", "fox"), 200
STARTED = {
    "class_names": list(CLASSES),
    "train_counts": [100, 30, 10],
    "test_counts": [SUPPORT] * 3,
    "fingerprint": "f",
    "source": "made up",
    "steps_per_epoch": 1,
    "weights": None,
    "validation_counts": [0] * 3,
    "warnings": [],
    "provenance": {},
    "achieved_ratio": 10.0,
    "images_per_epoch": 140,
    "parameters": 1,
}
Axes = Mapping[str, Sequence[Any]]


_EPOCH = {
    "epoch": 1,
    "time": "",
    "learning_rate": 0.1,
    "seconds": 1.0,
    "images_per_second": 1.0,
    "images": 1,
    "diverged": False,
}


@dataclass
class Grid:
    """Completed runs of one epoch; `ids` in the order in which they were made."""

    db: Database
    ids: list[int] = field(default_factory=list)

    def add(
        self,
        fields: Mapping[str, Any],
        hits: int,
        noise: Sequence[int] = NOISE,
        loss: float = 1.0,
        first: int = 0,
        **more: Any,
    ) -> None:
        """A setting whose seeds, from the first on, find so many images of each class; `more` of the run."""
        turn, started = len(self.ids) % len(noise), STARTED | more
        with self.db.write() as session:
            for seed, extra in enumerate((*noise[turn:], *noise[:turn]), first):
                config = parse_config({**nest(fields), "seed": seed})
                run = _run(config, started)
                session.add(run)
                session.flush()
                self.ids.append(run.id)
                share = (hits + extra) / SUPPORT
                figures = {f"test_{name}": share for name in ("accuracy", "balanced_accuracy", "tail")}
                figures["test_loss"] = loss + extra / 100
                session.execute(insert(Epoch).values(_EPOCH | {"run_id": run.id} | epoch_columns(figures)))
                found = {"run_id": run.id, "epoch": 1, "support": SUPPORT, "correct": hits + extra}
                classes = [found | {"class_id": at, "predicted": 0} for at in range(len(CLASSES))]
                session.execute(insert(ClassEpoch), classes)

    def cross(
        self, axes: Axes, hits: Callable[..., int], noise: Sequence[int] = NOISE, but: Sequence[Any] = ()
    ) -> None:
        """A setting for each combination of the axes; `hits` takes the levels in order. `but`: left out."""
        for levels in product(*axes.values()):
            if levels not in but:
                self.add(dict(zip(axes, levels, strict=True)), hits(*levels), noise)

    def seen(self, metric: str = "accuracy", field: str = "", by: str = "", **how: Any) -> Effects:
        """What the page shows of all runs."""
        with self.db.read() as session:
            views = comparison_views(session, self.ids, CompareOptions(how=How(**how)))
            return effects_of(views, metric, field, by)


def _run(config: RunConfig, started: dict[str, Any]) -> Run:
    return Run(
        name="made",
        state="completed",
        config=as_json(config),
        config_hash=config_hash(config),
        setting_hash=setting_hash(config),
        dataset=config.data.dataset,
        created_at="",
        queued_at="",
        started=started,
        epochs=1,
        epoch=1,
    )


def of(view: Effects, key: str) -> FieldEffect:
    """The field of this path."""
    return next(one for one in view.fields if key in one.paths)
