"""CIFAR-10 and CIFAR-100: 60,000 photographs each (Krizhevsky 2009). CIFAR-100 by its fine labels."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.vision import Split, VisionSet

_ADDRESS = "https://www.cs.toronto.edu/~kriz/"


def _read(dataset: Any, root: Path, _: Path) -> tuple[Split, Split]:
    """Both splits. torchvision unpickles nothing before its md5 was compared."""
    with warnings.catch_warnings():
        # the files were pickled by a numpy whose notation today's numpy deprecates
        warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
        train, test = (dataset(root, train=trains, download=True) for trains in (True, False))
    return _arrays(train), _arrays(test)


def _arrays(split: Any) -> Split:
    return np.asarray(split.data, np.uint8), np.asarray(split.targets, np.int64)


CIFAR10 = VisionSet(
    name="cifar10",
    title="CIFAR-10",
    about="60,000 photographs.",
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    train_counts=(5000,) * 10,
    test_counts=(1000,) * 10,
    address=_ADDRESS,
    files=(("cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"),),
    megabytes=170,
    reader="CIFAR10",
    read=_read,
    unpacked="cifar-10-batches-py",
)

_FINE = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle",
    "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
    "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur",
    "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo",
    "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree",
    "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree",
    "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit",
    "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper",
    "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
    "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe",
    "whale", "willow_tree", "wolf", "woman", "worm",
)  # fmt: skip

CIFAR100 = VisionSet(
    name="cifar100",
    title="CIFAR-100",
    about="60,000 photographs of 100 kinds of things.",
    class_names=_FINE,
    train_counts=(500,) * 100,
    test_counts=(100,) * 100,
    address=_ADDRESS,
    files=(("cifar-100-python.tar.gz", "eb9058c3a382ffc7106e4002c42a8d85"),),
    megabytes=169,
    reader="CIFAR100",
    read=_read,
    unpacked="cifar-100-python",
)
