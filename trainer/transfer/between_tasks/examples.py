"""The examples of a task on the scenes of a split: equal whoever asks. Imports no torch."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from trainer.data.scenes import Split, load_scenes
from trainer.transfer.tasks import Examples, Task


def examples_of(task: Task, split: Split, datasets_dir: Path, say: Callable[[str], None]) -> Examples:
    """Of all scenes of the split. Raises DataError where they are damaged or cannot be drawn."""
    random = np.random.default_rng(zlib.crc32(f"{task.name} {split}".encode()))
    return task.make(load_scenes(split, datasets_dir, say), random)
