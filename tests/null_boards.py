"""Boards of settings that are equal, or differ by a known amount, to see what a comparison claims of them.

A board is rows of the database (runs, epochs, class_epochs) and logits of test and validation images: image i
of class c is found by the run of seed s where a_c + seed_sc + image_i + noise > 0, all normal, so that images
are hard for all runs alike and seeds move classes together and apart. Only figures change from board to
board: the runs stand in the database once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sqlalchemy import insert, update

from app.store.engine import Database
from app.store.predictions import Hits, Predicted
from app.store.tables import ClassEpoch, Epoch, Run
from app.views.compare import Comparison
from app.views.compare_views import Asked, comparing
from app.views.judging import How
from app.views.kept import At, Split
from trainer.config import as_json, config_hash, parse_config, setting_hash
from trainer.metrics import confusion_matrix, summarise
from trainer.weighting import mean_weight

CLASSES = tuple(f"class {at}" for at in range(10))
COUNTS = (1000, 599, 359, 215, 129, 77, 46, 27, 16, 10)
RECALL = np.array([0.92, 0.88, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
"""True recall: none below 1 in 10, so that saying so is false; the last is just there."""
TEST, VALIDATION = 200, 50
"""Images of a class."""
IMAGE_SD, COMMON_SD, CLASS_SD = 1.0, 0.17, 0.25
"""On the scale of the noise, whose deviation is 1: over seeds accuracy then varies by 3.9 points, as measured
of small networks (3.2 to 4.4), and a class by 4 to 9."""
Floats = NDArray[np.float64]


@dataclass
class Drawn:
    """One run's answers: logits float16 [N, C] of a split, and its true classes [N]."""

    logits: NDArray[np.float16]
    labels: NDArray[np.int64]

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """The class of the largest logit."""
        found: NDArray[np.int64] = self.logits.argmax(axis=1)
        return found


@dataclass
class Board:
    """K settings of n runs each in a database; `kept` are the answers that a comparison reads."""

    database: Database
    rows: int
    n: int
    run_ids: list[list[int]] = field(default_factory=list)
    answers: dict[tuple[int, Split], Drawn] = field(default_factory=dict)

    def hits(self, run_id: int, at: At) -> Hits | None:
        """As `Kept` has it."""
        found = self.answers[run_id, "test"]
        return Hits(1, found.predicted == found.labels, "made up", "")

    def predicted(self, run_id: int, split: Split, at: At) -> Predicted | None:
        """As `Kept` has it."""
        found = self.answers.get((run_id, split))
        return None if found is None else Predicted(1, found.labels, found.predicted)

    def fill(self) -> None:
        """Put the runs into the database, as completed ones."""
        configs = settings_of(self.rows)
        with self.database.write() as session:
            for config in configs:
                runs = [_run(config, seed) for seed in range(self.n)]
                session.add_all(runs)
                session.flush()
                self.run_ids.append([run.id for run in runs])
            ids = [run_id for row in self.run_ids for run_id in row]
            session.execute(insert(Epoch), [_figures(run_id, None, None) for run_id in ids])
            session.execute(insert(ClassEpoch), [
                {"run_id": run_id, "epoch": 1, "class_id": at, "support": TEST, "correct": 0, "predicted": 0}
                for run_id in ids for at in range(len(CLASSES))])  # fmt: skip

    def draw(self, random: np.random.Generator, validated: bool, shift: Sequence[float] = ()) -> None:
        """New figures for every run. shift: by row, what is added to every class on the latent scale."""
        image: dict[Split, Floats] = {"test": _images(random, TEST)}
        if validated:
            image["validation"] = _images(random, VALIDATION)
        epochs, classes = [], []
        for at, row in enumerate(self.run_ids):
            added = shift[at] if at < len(shift) else 0.0
            for run_id in row:
                seen = random.normal(0, COMMON_SD) + random.normal(0, CLASS_SD, len(CLASSES)) + added
                drawn = {split: _answers(random, one, seen) for split, one in image.items()}
                self.answers.pop((run_id, "validation"), None)
                self.answers |= {(run_id, split): one for split, one in drawn.items()}
                epochs.append(_figures(run_id, drawn["test"], drawn.get("validation")))
                truth = drawn["test"].labels
                right = np.bincount(truth[drawn["test"].predicted == truth], minlength=len(CLASSES))
                classes += [{"run_id": run_id, "epoch": 1, "class_id": at, "correct": int(hits)}
                            for at, hits in enumerate(right)]  # fmt: skip
        with self.database.write() as session:
            session.execute(update(Epoch), epochs)
            session.execute(update(ClassEpoch), classes)

    def compared(self, margin: float | None = None) -> Comparison:
        """What /compare answers with."""
        ids = [run_id for row in self.run_ids for run_id in row]
        with self.database.read() as session:
            return comparing(session, ids, Asked(how=How(margin=margin)), self).comparison


def settings_of(rows: int) -> list[dict[str, Any]]:
    """Cross-entropy, then class-balanced focal along beta; from seven rows on also the 2 x 2 of one."""
    weighted = {"name": "focal", "weighting": "class_balanced"}
    betas = [round(1 - 10 ** -(1 + 0.2 * at), 6) for at in range(rows)]
    found: list[dict[str, Any]] = [{"loss": {"name": "cross_entropy"}}]
    found += [{"loss": {**weighted, "beta": beta, "reduction": "batch_mean"}} for beta in betas]
    if rows >= 7:
        full, last = parse_config(found[0]), parse_config(found[rows - 3])
        e = mean_weight(COUNTS, last.loss)
        rate, decay = full.optim.learning_rate * e, full.optim.weight_decay / e
        found[rows - 2] = {"loss": {**found[rows - 3]["loss"], "reduction": "mean_one"}}
        found[rows - 1] = {"optim": {"learning_rate": rate, "weight_decay": decay}}
    return found[:rows]


def false_claims(view: Comparison) -> list[str]:
    """What a comparison of equal settings says that is not so: any difference, on any part of the page."""
    found = [f"verdict {one.question}: {one.text}" for one in view.verdicts if one.claim]
    found += [f"observation: {one.text}" for one in view.observations if one.claim]
    for row in view.rows:
        deltas = [*row.deltas.values(), *(one for one in row.class_deltas if one)]
        found += [
            f"{row.label}, {one.metric}: {one.verdict}"
            for one in deltas
            if one.verdict in ("better", "worse")
        ]
        found += [
            f"{row.label}: no tie mark in {name}" for name, tied in row.tied_with_best.items() if not tied
        ]
        found += [
            f"{row.label}: no tie mark in class {at}" for at, tied in enumerate(row.classes_tied) if not tied
        ]
    return found


def _run(config: dict[str, Any], seed: int) -> Run:
    parsed = parse_config(config | {"seed": seed})
    started = {"class_names": list(CLASSES), "train_counts": list(COUNTS), "fingerprint": "f",
               "source": "made up", "steps_per_epoch": 1, "test_counts": [TEST] * len(CLASSES)}  # fmt: skip
    return Run(name="null", state="completed", config=as_json(parsed), config_hash=config_hash(parsed),
               setting_hash=setting_hash(parsed), dataset="shapes10", created_at="", queued_at="",
               started=started, epochs=1, epoch=1, sweep_id=None)  # fmt: skip


def _images(random: np.random.Generator, per_class: int) -> Floats:
    """Difficulty of each image: [C, N / C]."""
    return random.normal(0, IMAGE_SD, (len(CLASSES), per_class))


_LEVEL = norm.ppf(RECALL) * np.sqrt(1 + IMAGE_SD**2 + COMMON_SD**2 + CLASS_SD**2)


def _answers(random: np.random.Generator, images: Floats, seen: Floats) -> Drawn:
    """Logits whose largest is the true class where the image is found, else one of the others."""
    right = (_LEVEL + seen)[:, None] + images + random.normal(0, 1, images.shape) > 0
    labels = np.repeat(np.arange(len(CLASSES)), images.shape[1])
    others = (labels + random.integers(1, len(CLASSES), len(labels))) % len(CLASSES)
    logits = np.zeros((len(labels), len(CLASSES)), dtype=np.float16)
    logits[np.arange(len(labels)), np.where(right.ravel(), labels, others)] = 1.0
    return Drawn(logits, labels)


def _figures(run_id: int, test: Drawn | None, validation: Drawn | None) -> dict[str, Any]:
    figures: dict[str, Any] = {"run_id": run_id, "epoch": 1, "time": "", "learning_rate": 0.1, "seconds": 1.0,
                               "images_per_second": 1.0, "images": 1, "diverged": False}  # fmt: skip
    if test is None:
        return figures
    seen = _summary(test)
    names = ("accuracy", "balanced_accuracy", "geometric_mean", "worst_class", "macro_f1")
    figures |= {f"test_{name}": getattr(seen, name) for name in names}
    figures |= {f"test_{name}": value for name, value in vars(seen.groups).items()}
    held_out = _summary(validation) if validation else None
    return figures | {
        "validation_accuracy": held_out.accuracy if held_out else None,
        "validation_balanced_accuracy": held_out.balanced_accuracy if held_out else None,
    }


def _summary(drawn: Drawn) -> Any:
    return summarise(confusion_matrix(drawn.labels, drawn.predicted, len(CLASSES)), COUNTS)
