"""How well networks serve other images: each source with each seed, as a stream of events.

A piece is one source with one seed. Its figures stand in the journal, and which class each test image was
given in a file beside it. A job that goes on measures none twice. The images of a seed are the same for every
source.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from trainer.data.cache import DatasetArrays
from trainer.data.loader import ImageSet, image_set
from trainer.data.sources import load
from trainer.device import resolve_device
from trainer.errors import DataError
from trainer.events import Begun, Event, Finished, Piece, Stopped
from trainer.journal import read_entries
from trainer.metrics.outcome import Outcome, confusion_matrix
from trainer.metrics.table import METRICS
from trainer.models.network import Network
from trainer.provenance import provenance
from trainer.run_dir import RunDir
from trainer.transfer.answers import keep_answers, piece_name
from trainer.transfer.config import Source, TransferConfig
from trainer.transfer.estimates import h_score, leep, log_me
from trainer.transfer.finetune import finetuned
from trainer.transfer.readout import readout
from trainer.transfer.sources import SourceNetworks, Statistics, classify, features_and_logits

Stop = Callable[[], bool]
_FEWEST = 2
"""Images of a class that are drawn where it has as many: one to train by, one to choose by."""


def measure_transfers(
    config: TransferConfig,
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Stop,
    say: Callable[[str], None],
) -> Iterator[Event]:
    """Measure what is not in the journal yet. Raises DataError, ConfigError (device) and CheckpointError."""
    device = resolve_device(config.device)
    arrays = load(config.dataset, datasets_dir, say, run_dir.read_source())
    kept = {event.name: event.seconds for event in told_pieces(run_dir)}
    done, seconds = len(kept), sum(kept.values())
    yield Begun(attempt=attempt, pieces=config.pieces, done=done, provenance=provenance(device))
    measuring = _Measuring(config, arrays, SourceNetworks(run_dir.path.parent, arrays.info), device, stop)
    for place, source in enumerate(config.sources):
        for seed in config.seeds:
            if (name := piece_name(place, seed)) in kept:
                continue
            begun = time.perf_counter()
            measured = measuring.measure(source, seed)
            if measured is None:
                yield Stopped(epoch=done)
                return
            figures, predicted = measured
            keep_answers(run_dir, place, seed, predicted, arrays.test_labels)
            done, took = done + 1, time.perf_counter() - begun
            seconds += took
            yield Piece(number=done, name=name, seconds=took, figures=figures)
    yield Finished(epochs=done, seconds=seconds, best=None)


def told_pieces(run_dir: RunDir) -> Iterator[Piece]:
    """Those that are in the journal of a job already."""
    found = (entry.event for entry, _ in read_entries(run_dir.events))
    return (event for event in found if isinstance(event, Piece))


def drawn(labels: NDArray[np.integer], images: int, classes: int, seed: int) -> NDArray[np.int64]:
    """Positions of so many images, in random order: each class in proportion, at least two where it has two.

    Fewer where there are fewer. Raises DataError for fewer images than two of each class.
    """
    available = np.bincount(labels, minlength=classes)
    fewest = np.minimum(available, _FEWEST)
    if fewest.sum() > images:
        raise DataError(
            f"{images} images are fewer than two of each of {classes} classes.",
            f"Ask for at least {fewest.sum()} images.",
        )
    counts = fewest + _apportioned(available - fewest, min(images, int(available.sum())) - int(fewest.sum()))
    random = np.random.RandomState(seed)
    chosen = [
        random.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)
    ]
    found: NDArray[np.int64] = random.permutation(np.concatenate(chosen)).astype(np.int64)
    return found


def _apportioned(weights: NDArray[np.integer], total: int) -> NDArray[np.int64]:
    """`total` shared out in proportion, by largest remainders (ties: the first)."""
    exact = total * weights / max(weights.sum(), 1)
    shares: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(shares - exact, kind="stable")
    shares[order[: total - shares.sum()]] += 1
    return shares


class _Measuring:
    """What is kept from piece to piece: of the latest source, the features of all test images."""

    def __init__(
        self,
        config: TransferConfig,
        arrays: DatasetArrays,
        networks: SourceNetworks,
        device: torch.device,
        stop: Stop,
    ) -> None:
        self._config = config
        self._arrays = arrays
        self._networks = networks
        self._device = device
        self._stop = stop
        self._test: tuple[Source, Tensor] | None = None

    def measure(self, source: Source, seed: int) -> tuple[dict[str, float | None], NDArray[np.int64]] | None:
        """Figures of a piece, and the class that each test image was given; None where it was stopped."""
        arrays, classes = self._arrays, len(self._arrays.info.class_names)
        chosen = drawn(arrays.train_labels, self._config.images, classes, seed)
        network, statistics = self._networks.network(source, seed)
        network.to(self._device)
        few = self._images(arrays.train_images[chosen], arrays.train_labels[chosen], statistics)
        found = features_and_logits(network, few, self._stop)
        if found is None:
            return None
        told = estimates(
            found[0].cpu().numpy(), F.softmax(found[1], 1).cpu().numpy(), few.labels.cpu().numpy()
        )
        if self._config.mode == "linear":
            layer = readout(found[0], few.labels, classes)
            test = self._test_features(source, network, statistics)
            logits = None if test is None else layer(test)
            told["strength"] = layer.strength
        else:
            trained = finetuned(network, few, classes, seed, self._stop)
            logits = None if trained is None else classify(trained, self._all_test(statistics), self._stop)
        if logits is None:
            return None
        told |= scores(logits, torch.from_numpy(arrays.test_labels.astype(np.int64)), classes)
        return told, logits.argmax(1).cpu().numpy()

    def _test_features(self, source: Source, network: Network, statistics: Statistics) -> Tensor | None:
        """Those of a run's network are the same for every seed."""
        if self._test and self._test[0] is source and source.run is not None:
            return self._test[1]
        found = features_and_logits(network, self._all_test(statistics), self._stop)
        if found is None:
            return None
        self._test = source, found[0]
        return found[0]

    def _all_test(self, statistics: Statistics) -> ImageSet:
        return self._images(self._arrays.test_images, self._arrays.test_labels, statistics)

    def _images(
        self, pixels: NDArray[np.uint8], labels: NDArray[np.integer], statistics: Statistics
    ) -> ImageSet:
        return image_set(pixels, labels.astype(np.int64), statistics, self._device)


def estimates(
    features: NDArray[np.floating], probabilities: NDArray[np.floating], labels: NDArray[np.int64]
) -> dict[str, float | None]:
    """What guesses the worth of a network without training; None where a figure is not defined."""
    found: dict[str, float | None] = {}
    for name, estimate, figures in (
        ("log_me", log_me, features), ("leep", leep, probabilities), ("h_score", h_score, features),
    ):  # fmt: skip
        try:
            found[name] = estimate(figures, labels)
        except ValueError:
            found[name] = None
    return found


def scores(logits: Tensor, labels: Tensor, classes: int) -> dict[str, float | None]:
    """Accuracy, balanced accuracy (mean recall of the classes that have test images) and cross-entropy."""
    logits, labels = logits.cpu().double(), labels.long()
    confusion = confusion_matrix(labels.numpy(), logits.argmax(1).numpy(), classes)
    outcome = Outcome(confusion, train_counts=confusion.sum(axis=1).tolist())
    found = {name: METRICS[name].of(outcome) for name in ("accuracy", "balanced_accuracy")}
    return found | {"cross_entropy": F.cross_entropy(logits, labels).item()}
