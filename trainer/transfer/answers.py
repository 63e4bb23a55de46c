"""What a piece leaves beside its figures: which class each test image was given. numpy only."""

from pathlib import Path
from typing import TYPE_CHECKING

from trainer.run_dir import RunDir, replacing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def piece_name(place: int, seed: int) -> str:
    """Of the source at this place of the configuration (from 0) with a seed: "source 0, seed 3"."""
    return f"source {place}, seed {seed}"


def answers_file(run_dir: RunDir, place: int, seed: int) -> Path:
    """Of a piece: an npz of `predicted` and `labels`, uint16 [N] by test image."""
    return run_dir.pieces / f"source-{place}-seed-{seed}.npz"


def keep_answers(
    run_dir: RunDir, place: int, seed: int, predicted: "NDArray[np.int64]", labels: "NDArray[np.integer]"
) -> None:
    """Write the file, whole or not at all."""
    import numpy as np

    run_dir.pieces.mkdir(exist_ok=True)
    with replacing(answers_file(run_dir, place, seed)) as file:
        np.savez_compressed(file, predicted=predicted.astype(np.uint16), labels=labels.astype(np.uint16))


def read_answers(
    run_dir: RunDir, place: int, seed: int
) -> "tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger]] | None":
    """(predicted, labels) of a piece; None where its file is gone or damaged."""
    from trainer.arrays import read_npz

    try:
        found = read_npz(answers_file(run_dir, place, seed))
        return found["predicted"], found["labels"]
    except (OSError, ValueError, KeyError):
        return None
