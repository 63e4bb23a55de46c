"""CIFAR-10 by torchvision, which checks every file before it is opened. Imports torch only when it builds.

A copy in <datasets_dir>/cifar10 (the archive or the unpacked folder) is used, so that a machine without a
network can have one; otherwise torchvision downloads it there.
"""

import dataclasses
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels, write_arrays
from trainer.errors import DataError

ARCHIVE_MD5 = "c58f30108f718f92721af3b95e74349a"

INFO = DatasetInfo(
    name="cifar10",
    title="CIFAR-10",
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    train_counts=(5000,) * 10,
    test_counts=(1000,) * 10,
    image_size=32,
    source=f"cifar10/{ARCHIVE_MD5}",
    ready=False,
    mean=None,
    std=None,
    note="60,000 photographs; the first run downloads them (170 MB).",
)


def build_cifar10(
    folder: Path, datasets_dir: Path, say: Callable[[str], None], dataset: Any | None = None
) -> None:
    """Write CIFAR-10 to `folder`, from a copy in datasets_dir/cifar10 or downloaded to there.

    `dataset` is the torchvision class to read with: CIFAR10, or one with other files and checksums.
    Raises DataError where there is no sound copy and downloading fails, naming the place for a copy.
    """
    if dataset is None:
        from torchvision.datasets import CIFAR10

        dataset = CIFAR10
    root = datasets_dir / INFO.name
    say(f"Reading CIFAR-10 from {root}" if root.exists() else f"Downloading CIFAR-10 to {root} (170 MB)")
    try:
        train, test = _read(dataset, root, train=True), _read(dataset, root, train=False)
    except (OSError, RuntimeError, EOFError, tarfile.TarError) as error:
        raise DataError(
            f"There is no sound copy of CIFAR-10 in {root}, and downloading it failed: {error}",
            f"Put {dataset.filename} (md5 {dataset.tgz_md5}) or {dataset.base_folder} into {root}, "
            "or choose shapes10, which needs no network.",
        ) from error
    info = dataclasses.replace(
        INFO,
        train_counts=_counts(train[1]),
        test_counts=_counts(test[1]),
        source=f"cifar10/{dataset.tgz_md5}",
        note="60,000 photographs.",
    )
    write_arrays(folder, DatasetArrays(info, *train, *test))


def _read(dataset: Any, root: Path, train: bool) -> tuple[Images, Labels]:
    with warnings.catch_warnings():
        # the files were pickled by a numpy whose notation today's numpy deprecates
        warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
        split = dataset(root, train=train, download=True)
    return np.asarray(split.data, np.uint8), np.asarray(split.targets, np.int64)


def _counts(labels: Labels) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=len(INFO.class_names)).tolist())
