"""An epoch of CIFAR-10-LT (ratio 100, batch 64, crop and flip) with evaluation: the usual script and ours.

    python -m tests.benchmarks.bench_epoch [--rounds 3] [--threads 2]

The usual side is what most published scripts do: PIL images as torchvision's CIFAR10 yields them, per-image
transforms, DataLoader with two workers, the network layer by layer (convolution, batch norm, ReLU, pool),
SGD, `item()` in each step, evaluation under `no_grad`. Our side is `trainer.loop.train` in a process set up
as a run's, record and checkpoint included. Both train on 12,406 and evaluate 10,000 random images of the same
shape. Each side has its own process and epochs alternate, so that a busy machine slows both. Prints both
medians and their ratio; exits with 1 below the target. Run it on a quiet machine.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from trainer.config import parse_config
from trainer.data.cache import DatasetArrays, DatasetInfo
from trainer.data.longtail import draw, longtail_counts
from trainer.device import prepare_process
from trainer.environment import LIBRARY_DEFAULTS
from trainer.events import Checkpoint
from trainer.loop import train
from trainer.run_dir import RunDir

TARGET = 1.5
SIDES = ("usual", "ours")
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
CLASSES, TRAIN_PER_CLASS, TEST_PER_CLASS, BATCH = 10, 5000, 1000, 64
CONFIG = parse_config(
    {
        "data": {"dataset": "cifar10", "imbalance": "exp", "imbalance_ratio": 100, "augment": True},
        "optim": {"epochs": 1000, "batch_size": BATCH, "milestones": [6, 8]},
        "device": "cpu",
    }
)


def random_cifar10() -> DatasetArrays:
    """Images of CIFAR-10's number, size and balance, without its content."""
    random = np.random.default_rng(0)

    def images(count: int) -> NDArray[np.uint8]:
        return random.integers(0, 256, (count, 32, 32, 3), np.uint8)

    def labels(per_class: int) -> NDArray[np.int64]:
        return random.permutation(np.repeat(np.arange(CLASSES), per_class))

    info = DatasetInfo(
        name="cifar10",
        title="Random images",
        class_names=tuple("abcdefghij"),
        train_counts=(TRAIN_PER_CLASS,) * CLASSES,
        test_counts=(TEST_PER_CLASS,) * CLASSES,
        image_size=32,
        source="random",
        ready=True,
        mean=MEAN,
        std=STD,
    )
    train_labels, test_labels = labels(TRAIN_PER_CLASS), labels(TEST_PER_CLASS)
    return DatasetArrays(info, images(len(train_labels)), train_labels, images(len(test_labels)), test_labels)


class PilImages(Dataset[tuple[Tensor, int]]):
    """Items as torchvision.datasets.CIFAR10 makes them: array -> PIL image -> transform."""

    def __init__(
        self, images: NDArray[np.uint8], labels: NDArray[np.int64], transform: Callable[[Any], Tensor]
    ) -> None:
        self.images, self.labels, self.transform = images, labels.tolist(), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.images[index])), self.labels[index]


class UsualNetwork(nn.Module):
    """The same layers as convnet4, in the usual order and memory format."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 128, 256)
        blocks: list[nn.Module] = []
        for before, after in itertools.pairwise(widths):
            blocks += [
                nn.Conv2d(before, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
        self.features = nn.Sequential(*blocks)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.05),
            nn.Linear(1024, 256),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(256, 10),
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(images))
        return logits


def usual_epochs(arrays: DatasetArrays) -> Iterator[None]:
    """The usual script; yields after each epoch."""
    split = draw(arrays.train_labels, CONFIG.data, "random", CLASSES)
    normalise = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    augment = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
    train_set = PilImages(
        arrays.train_images[split.train_indices],
        arrays.train_labels[split.train_indices],
        transforms.Compose(augment + normalise),
    )
    test_set = PilImages(arrays.test_images, arrays.test_labels, transforms.Compose(normalise))
    train_loader = DataLoader(train_set, BATCH, shuffle=True, num_workers=2)
    test_loader = DataLoader(test_set, BATCH, num_workers=2)
    network, criterion = UsualNetwork(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    while True:
        usual_training(network, train_loader, criterion, optimizer)
        usual_evaluation(network, test_loader, criterion)
        yield


def usual_training(
    network: nn.Module,
    loader: DataLoader[tuple[Tensor, int]],
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,
) -> None:
    network.train()
    loss_sum, correct = 0.0, 0
    for images, labels in loader:
        optimizer.zero_grad()
        logits = network(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        correct += (logits.argmax(1) == labels).sum().item()


def usual_evaluation(
    network: nn.Module, loader: DataLoader[tuple[Tensor, int]], criterion: nn.Module
) -> None:
    network.eval()
    loss_sum, correct = 0.0, 0
    with torch.no_grad():
        for images, labels in loader:
            logits = network(images)
            loss_sum += criterion(logits, labels).item() * len(labels)
            correct += (logits.argmax(1) == labels).sum().item()


def our_epochs(arrays: DatasetArrays, folder: Path, threads: int) -> Iterator[None]:
    """The production loop; yields once an epoch is evaluated, told and saved."""
    prepare_process(CONFIG, threads)
    for event in train(CONFIG, arrays, RunDir(folder), stop=lambda: False):
        if isinstance(event, Checkpoint) and event.name == "last.pt":
            yield


def serve(side: str, threads: int) -> None:
    """Time one epoch for each line read, and print its seconds."""
    torch.set_num_threads(threads)
    arrays = random_cifar10()
    with tempfile.TemporaryDirectory() as folder:
        ours = side == "ours"
        epochs = our_epochs(arrays, Path(folder), threads) if ours else usual_epochs(arrays)
        for _ in sys.stdin:
            begun = time.perf_counter()
            next(epochs)
            print(time.perf_counter() - begun, flush=True)


def start(side: str, threads: int) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bench_epoch",
        "--side",
        side,
        "--threads",
        str(threads),
    ]
    environment = LIBRARY_DEFAULTS | os.environ if side == "ours" else None
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def epoch_seconds(process: "subprocess.Popen[str]") -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def compare(rounds: int, threads: int) -> int:
    """Time both sides in turn, after an epoch of warm-up each; 0 where the target is met, else 1."""
    processes = {side: start(side, threads) for side in SIDES}
    times: dict[str, list[float]] = {side: [] for side in SIDES}
    try:
        for number in range(rounds + 1):
            for side, process in processes.items():
                seconds = epoch_seconds(process)
                print(f"{side:6} {seconds:6.2f} s" + ("" if number else " (warm-up)"), flush=True)
                times[side] += [seconds] if number else []
    finally:
        for process in processes.values():
            process.communicate()
    usual, ours = (statistics.median(times[side]) for side in SIDES)
    images = sum(longtail_counts([TRAIN_PER_CLASS] * CLASSES, "exp", 100))
    print(f"medians of {rounds}, {threads} threads, {images} images: usual {usual:.2f} s, ours {ours:.2f} s")
    print(f"ratio {usual / ours:.2f}, target {TARGET}")
    return int(usual / ours < TARGET)


def main() -> int:
    """Compare both sides, or be one of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="timed epochs of each side")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--side", choices=SIDES, help="be one side (used by the benchmark itself)")
    options = parser.parse_args()
    if options.side:
        serve(options.side, options.threads)
        return 0
    return compare(options.rounds, options.threads)


if __name__ == "__main__":
    sys.exit(main())
