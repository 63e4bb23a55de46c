"""Small files in the real formats of published data sets, and torchvision's readers of their checksums."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from trainer.data.cifar import CIFAR10, CIFAR100
from trainer.data.fashion_mnist import FASHION_MNIST
from trainer.data.svhn import SVHN
from trainer.data.vision import VisionSet

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Published:
    """A data set of few images: `files` as published, and `unpacked` of them (path -> content)."""

    known: VisionSet
    files: dict[str, bytes]
    unpacked: dict[str, bytes]
    train: Images
    """As a run is to be given them, [N, 32, 32, 3]."""
    labels: list[int]
    """Of the training images."""
    test: Images
    test_labels: list[int]
    of: Callable[[str], type[Any]]
    """Address of the files -> torchvision's class for them."""


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def _described(known: VisionSet, files: Mapping[str, bytes]) -> VisionSet:
    return replace(known, files=tuple((name, md5(content)) for name, content in files.items()))


def _class_of(name: str, fields: dict[str, Any]) -> type[Any]:
    """torchvision's class of this name (which names folders), with other fields."""
    import torchvision.datasets  # two seconds, which only these tests need

    return type(name, (getattr(torchvision.datasets, name),), fields)


def noise(seed: int, images: int) -> Images:
    return np.random.RandomState(seed).randint(0, 256, (images, 32, 32, 3)).astype(np.uint8)


def packed(folder: str, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _pickled(**content: object) -> bytes:
    return pickle.dumps(content, protocol=2)


def _rows(images: Images) -> Images:
    """A row an image: all red, then all green, then all blue."""
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1)


def _cifar(
    known: VisionSet, train: list[str], test: str, meta: tuple[str, str], inner: dict[str, bytes]
) -> tuple[dict[str, bytes], Callable[[str], type[Any]]]:
    archive = known.files[0][0]
    content = packed(known.unpacked, inner)

    def of(address: str) -> type[Any]:
        fields = {
            "url": address + archive,
            "tgz_md5": md5(content),
            "train_list": [[name, md5(inner[name])] for name in train],
            "test_list": [[test, md5(inner[test])]],
            "meta": {"filename": meta[0], "key": meta[1], "md5": md5(inner[meta[0]])},
        }
        return _class_of(known.reader, fields)

    return {archive: content}, of


def cifar10() -> Published:
    """Five batches of 20 images; the test batch has 10."""
    batches = [f"data_batch_{number}" for number in range(1, 6)]
    images = {name: noise(number, 20) for number, name in enumerate(batches)} | {"test_batch": noise(9, 10)}
    labels = {name: [number % 10 for number in range(len(some))] for name, some in images.items()}
    inner = {
        name: _pickled(
            batch_label=name, labels=labels[name], data=_rows(some), filenames=["x.png"] * len(some)
        )
        for name, some in images.items()
    }
    inner["batches.meta"] = _pickled(label_names=list(CIFAR10.class_names), num_vis=3072)
    files, of = _cifar(CIFAR10, batches, "test_batch", ("batches.meta", "label_names"), inner)
    train = np.concatenate([images[name] for name in batches])
    every = [label for name in batches for label in labels[name]]
    unpacked = _below(CIFAR10.unpacked, inner)
    test, tested = images["test_batch"], labels["test_batch"]
    return Published(_described(CIFAR10, files), files, unpacked, train, every, test, tested, of)


def cifar100() -> Published:
    """200 training images, two of each class; the coarse labels are others than the fine ones."""
    images, labels = noise(0, 200), [(7 * number) % 100 for number in range(200)]
    inner = {
        name: _pickled(
            batch_label=name,
            fine_labels=labels[:number],
            coarse_labels=[label // 5 for label in labels[:number]],
            data=_rows(images[:number]),
            filenames=[],
        )
        for name, number in (("train", 200), ("test", 100))
    }
    inner["meta"] = _pickled(
        fine_label_names=list(CIFAR100.class_names), coarse_label_names=[f"kind {n}" for n in range(20)]
    )
    files, of = _cifar(CIFAR100, ["train"], "test", ("meta", "fine_label_names"), inner)
    unpacked = _below(CIFAR100.unpacked, inner)
    tested = (images[:100], labels[:100])
    return Published(_described(CIFAR100, files), files, unpacked, images, labels, *tested, of)


def svhn() -> Published:
    """MATLAB files of version 5: X [32, 32, 3, N], y [N, 1] of 1 to 10, where 10 is the digit 0."""
    images, written = noise(3, 30), [1 + (3 * number) % 10 for number in range(30)]

    def mat(number: int) -> bytes:
        buffer = io.BytesIO()
        scipy.io.savemat(
            buffer,
            {
                "X": images[:number].transpose(1, 2, 3, 0),
                "y": np.array(written[:number], np.uint8).reshape(-1, 1),
            },
            do_compression=True,
        )
        return buffer.getvalue()

    files = {"train_32x32.mat": mat(30), "test_32x32.mat": mat(10)}

    def of(address: str) -> type[Any]:
        lists = {
            split: [address + f"{split}_32x32.mat", f"{split}_32x32.mat", md5(files[f"{split}_32x32.mat"])]
            for split in ("train", "test")
        }
        return _class_of("SVHN", {"split_list": lists})

    digits = [0 if label == 10 else label for label in written]
    tested = (images[:10], digits[:10])
    return Published(_described(SVHN, files), files, files, images, digits, *tested, of)


def fashion_mnist() -> Published:
    """idx files: magic number, sizes in big-endian 32 bits, then bytes; packed by gzip."""
    grey = np.random.RandomState(4).randint(0, 256, (30, 28, 28)).astype(np.uint8)
    labels = [(7 * number) % 10 for number in range(30)]

    def idx(values: Images) -> bytes:
        head = struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape)
        return gzip.compress(head + values.tobytes())

    files = {}
    for split, number in (("train", 30), ("t10k", 10)):
        files[f"{split}-images-idx3-ubyte.gz"] = idx(grey[:number])
        files[f"{split}-labels-idx1-ubyte.gz"] = idx(np.array(labels[:number], np.uint8))

    def of(address: str) -> type[Any]:
        fields = {
            "mirrors": [address],
            "resources": [(name, md5(content)) for name, content in files.items()],
        }
        return _class_of("FashionMNIST", fields)

    wide = np.zeros((30, 32, 32, 3), np.uint8)
    for channel in range(3):
        wide[:, 2:30, 2:30, channel] = grey
    known = _described(FASHION_MNIST, files)
    return Published(known, files, _below(known.folder, files), wide, labels, wide[:10], labels[:10], of)


def _below(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}
