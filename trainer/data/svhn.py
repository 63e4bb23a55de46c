"""SVHN: digits of house numbers, cropped from street photographs (Netzer et al. 2011); no extra images.

How many images a digit has follows from how house numbers are made: 1 comes three times as often as 9.
"""

from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.vision import Split, VisionSet


def _read(dataset: Any, root: Path, _: Path) -> tuple[Split, Split]:
    """Both splits. The files call the digit 0 class 10; torchvision makes it class 0."""
    train, test = (dataset(root, split=split, download=True) for split in ("train", "test"))
    return _arrays(train), _arrays(test)


def _arrays(split: Any) -> Split:
    """torchvision's data are [N, 3, H, W]."""
    images = np.ascontiguousarray(split.data.transpose(0, 2, 3, 1), np.uint8)
    return images, np.asarray(split.labels, np.int64)


SVHN = VisionSet(
    name="svhn",
    title="SVHN (house numbers)",
    about="99,289 digits. Turn augment off: it mirrors images, and a mirrored digit is none.",
    class_names=tuple("0123456789"),
    train_counts=(4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659),
    test_counts=(1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595),
    address="http://ufldl.stanford.edu/housenumbers/",
    files=(
        ("train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373"),
        ("test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3"),
    ),
    megabytes=246,
    reader="SVHN",
    read=_read,
)
