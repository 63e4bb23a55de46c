"""A tiny data set, configuration and epoch record, so that a whole run takes a fraction of a second."""

from typing import Any

import numpy as np

from trainer.config import RunConfig, merge, parse_config
from trainer.data.cache import DatasetArrays, DatasetInfo
from trainer.events import Epoch

CLASSES = ("sky", "grass", "brick")
TINY = {
    "data": {"dataset": "folder:tiny", "imbalance": "none"},
    "optim": {"epochs": 3, "batch_size": 16, "learning_rate": 0.02, "milestones": [2]},
    "device": "cpu",
}


def tiny_arrays(
    train_counts: tuple[int, ...] = (24, 24, 24), test_per_class: int = 8, size: int = 16
) -> DatasetArrays:
    """Noisy images whose class is their colour."""
    random = np.random.default_rng(0)
    colours = random.integers(60, 200, (len(train_counts), 3))

    def images(labels: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
        noisy = colours[labels][:, None, None] + random.normal(0, 40, (len(labels), size, size, 3))
        return np.asarray(np.clip(noisy, 0, 255), np.uint8)

    train = np.repeat(np.arange(len(train_counts)), train_counts)
    test = np.repeat(np.arange(len(train_counts)), test_per_class)
    info = DatasetInfo(
        name="folder:tiny",
        title="Tiny",
        class_names=(*CLASSES, *(f"class {number}" for number in range(len(train_counts))))[
            : len(train_counts)
        ],
        train_counts=train_counts,
        test_counts=(test_per_class,) * len(train_counts),
        image_size=size,
        source="folder:tiny/test",
        ready=True,
        mean=(0.5, 0.5, 0.5),
        std=(0.2, 0.2, 0.2),
    )
    return DatasetArrays(info, images(train), train, images(test), test)


def tiny_config(**changes: Any) -> RunConfig:
    """The tiny configuration with sections overridden: tiny_config(loss={"name": "focal"}, seed=1)."""
    return parse_config(merge(TINY, changes))


def record(epoch: int, test: float | None, validation: float | None = None, **changes: object) -> Epoch:
    """An epoch's record with these balanced accuracies; figures that do not matter are None."""
    fixed = {"learning_rate": 0.1, "seconds": 2.0, "images_per_second": 1.0, "images": 4,
             "support": (), "correct": (), "predicted": (), "confusion": ()}  # fmt: skip
    own = {"epoch": epoch, "test_balanced_accuracy": test, "validation_balanced_accuracy": validation}
    return Epoch.model_validate(fixed | own | changes)
