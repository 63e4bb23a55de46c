"""Hand-made files of predictions in the folders of seeded runs."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.prediction_file import Answers, LastLayer, encode
from trainer.run_dir import EpochName, RunDir, SplitName


def random_answers(images: int = 60, classes: int = 3, seed: int = 0) -> Answers:
    """Logits at random; about a third of the images are right."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 3, (images, classes)).astype(np.float32)
    return Answers(logits, logits.argmax(axis=1), random.integers(0, classes, images))


def write_predictions(
    runs_dir: Path,
    run_id: int,
    answers: Answers,
    split: SplitName = "test",
    at: EpochName = "last",
    epoch: int = 3,
    source: str = "made/1",
    fingerprint: str = "f" * 64,
) -> Path:
    """Put the file where the run's process would have put it."""
    path = RunDir(runs_dir / str(run_id)).predictions_file(split, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(answers, last_layer(answers.logits.shape[1]), epoch, fingerprint, source))
    return path


def last_layer(classes: int) -> LastLayer:
    """Some bias, and norms of 1."""
    bias: NDArray[Any] = np.linspace(-1, 1, classes, dtype=np.float32)
    return LastLayer(bias, np.ones(classes, np.float32))
