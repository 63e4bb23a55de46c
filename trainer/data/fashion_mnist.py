"""Fashion-MNIST: grey pictures of clothes (Xiao, Rasul, Vollgraf 2017), as 32 x 32 images of three channels.

A picture of 28 x 28 gets two black pixels on each side, as its own ground is black; its grey is repeated as
red, green and blue. No pixel is computed anew.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.vision import SIZE, Split, VisionSet

_FOLDER = "FashionMNIST/raw"
_MARGIN = (SIZE - 28) // 2


def _read(dataset: Any, root: Path, scratch: Path) -> tuple[Split, Split]:
    """Both splits. The packed files are unpacked anew, aside: torchvision takes unpacked ones unchecked."""
    kept = root / _FOLDER
    with tempfile.TemporaryDirectory(dir=scratch) as aside:
        fresh = Path(aside) / _FOLDER
        fresh.mkdir(parents=True)
        _copy(dataset, kept, fresh)
        train, test = (dataset(aside, train=trains, download=True) for trains in (True, False))
        kept.mkdir(parents=True, exist_ok=True)
        _copy(dataset, fresh, kept)
    return _arrays(train), _arrays(test)


def _copy(dataset: Any, source: Path, target: Path) -> None:
    """Copy the packed files that `source` has."""
    for name, _ in dataset.resources:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def _arrays(split: Any) -> Split:
    grey = np.pad(split.data.numpy(), ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))
    return np.repeat(grey[..., None], 3, axis=-1), np.asarray(split.targets.numpy(), np.int64)


FASHION_MNIST = VisionSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    about="70,000 grey pictures of clothes, 28 × 28 pixels with two black ones on each side.",
    class_names=("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                 "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    train_counts=(6000,) * 10,
    test_counts=(1000,) * 10,
    address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    files=(
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    megabytes=31,
    reader="FashionMNIST",
    read=_read,
    folder=_FOLDER,
)  # fmt: skip
