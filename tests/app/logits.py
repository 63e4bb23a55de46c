"""Runs that keep logits as of a network which has learnt its classes and their prior: tau near 1 is best."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from tests.app.predictions import write_predictions
from tests.conftest import TRAIN_COUNTS, SeedRun
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import measured
from trainer.prediction_file import Answers
from trainer.run_dir import SplitName


def learnt(seed: int, of_each: int, counts: Sequence[int] = TRAIN_COUNTS, signal: float = 1.5) -> Answers:
    """Images class by class: z = signal [c = y] + log pi_c + noise."""
    random, size = np.random.default_rng(seed), len(counts)
    labels = np.repeat(np.arange(size), of_each)
    prior = np.log(np.array(counts) / sum(counts))
    logits = signal * np.eye(size)[labels] + prior + random.normal(0, 1, (len(labels), size))
    kept = logits.astype(np.float32)
    return Answers(kept, kept.argmax(axis=1), labels)


def keep_run(
    seed_run: SeedRun,
    db: Database,
    settings: Settings,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    validation: int = 40,
    test: int = 60,
) -> int:
    """A completed run of one epoch with its logits on test and, where `validation` is not 0, on validation.

    validation, test: images of each class. Its stored figures are those of its answers.
    """
    whole = {"seed": seed, **(config or {})}
    if validation:
        whole = {**whole, "data": {"validation_fraction": 0.1, **whole.get("data", {})}}
    splits: dict[SplitName, Answers] = {"test": learnt(2 * seed, test)}
    if validation:
        splits["validation"] = learnt(2 * seed + 1, validation)
    seen = {split: confusion_matrix(one.labels, one.predicted, 3) for split, one in splits.items()}
    figures = measured("validation", Outcome(seen["validation"], TRAIN_COUNTS)) if validation else {}
    run_id = seed_run(config=whole, confusions=[seen["test"].tolist()], epochs=1, figures={1: {**figures}})
    for split, answers in splits.items():
        write_predictions(settings.runs_dir, run_id, answers, split, epoch=1)
    with db.write() as session:
        run = session.get_one(Run, run_id)
        run.started = {**(run.started or {}), "validation_counts": [validation] * 3}
    return run_id
