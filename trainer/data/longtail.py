"""The long-tailed subset: how many images of each class, which ones, and the validation cut. numpy only.

The exponential and step profiles, and the way images are drawn, are those of the LDAM reference code
(`imbalance_cifar.py`), which most long-tail papers share: the same seed picks the same images. Reading
images lies in `sources`, turning them into tensors in `loader`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.config import DataConfig
from trainer.config_data import Imbalance
from trainer.errors import ConfigError, DataError, FieldProblem

Indices = NDArray[np.int64]

_MOST_NAMED = 5
_ROUNDING = 1e-9
"""Added before truncating: 49 * 49**-1 is 0.9999999999999999 in floating point, and 1 is meant."""
_RATIO_TOLERANCE = 0.05
"""A subset whose ratio is off by more than this share of the ratio asked for comes with a warning."""


@dataclass(frozen=True)
class SplitPlan:
    """Images of each class that train and validate, in class order; `achieved_ratio` = largest / smallest."""

    train_counts: tuple[int, ...]
    validation_counts: tuple[int, ...]
    achieved_ratio: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """The plan carried out: positions in the data set's training pool, class by class, in drawn order."""

    plan: SplitPlan
    train_indices: Indices
    validation_indices: Indices
    fingerprint: str
    """sha256 over the source and both sets of positions: equal subsets have equal fingerprints."""


def longtail_counts(available: Sequence[int], imbalance: Imbalance, ratio: float | None) -> tuple[int, ...]:
    """Images to keep of each class, in class order; 0 where the profile leaves nothing of a class.

    Classes are ranked by available images (ties by index). With n_max the largest class and C classes,
    exp keeps min(available, int(n_max * ratio**(-rank / (C - 1)))); step keeps n_max in the first half of
    the ranks and int(n_max / ratio) in the rest. One class alone is kept whole.
    """
    if imbalance == "none" or ratio is None or len(available) <= 1:
        return tuple(available)
    classes, largest = len(available), max(available)
    ranked = sorted(range(classes), key=lambda index: (-available[index], index))
    kept = [0] * classes
    for rank, index in enumerate(ranked):
        exponent = rank / (classes - 1) if imbalance == "exp" else float(rank >= classes // 2)
        kept[index] = min(available[index], int(largest * ratio**-exponent + _ROUNDING))
    return tuple(kept)


def plan(available: Sequence[int], data: DataConfig, names: Sequence[str] | None = None) -> SplitPlan:
    """Counts of the split of a training pool that holds `available` images of each class.

    Validation takes int(fraction * smallest class) images of every class, or by the stratified rule
    int(fraction * class) of each. What remains is capped by max_train_per_class, then thinned. A class counts
    as no larger than that cap.
    Raises DataError for a class (named by `names`, else by number) without images, and ConfigError where the
    ratio or the validation fraction leaves one without.
    """
    names = names or [str(index) for index in range(len(available))]
    _refuse_empty(available, names)
    cap = data.max_train_per_class or max(available)
    held_out = _held_out([min(count, cap) for count in available], data)
    pool = [min(count - held, cap) for count, held in zip(available, held_out, strict=True)]
    train = longtail_counts(pool, data.imbalance, data.imbalance_ratio)
    for name, count in zip(names, train, strict=True):
        if count == 0:
            raise _refused(
                "imbalance_ratio",
                f"{data.imbalance_ratio:g} leaves class {name!r} without training images; the largest class "
                f"has {max(pool)} images, so a ratio of at most {max(pool)} would do, and imbalance none "
                "takes all images as they are",
            )
    achieved = max(train) / min(train)
    told = (*_ratio_warnings(data, achieved), *_unvalidated(names, held_out))
    return SplitPlan(train, held_out, achieved, told)


def draw(
    labels: NDArray[np.integer],
    data: DataConfig,
    source: str,
    classes: int,
    names: Sequence[str] | None = None,
) -> Split:
    """The training and validation images among a pool with these labels ([N], 0 to classes - 1).

    One RandomState(subset_seed) shuffles the ascending positions of each class in class order; the first
    ones train, the last ones validate. `source` identifies the pool. Raises as `plan` does, and
    DataError for a label outside the classes.
    """
    available = np.bincount(labels, minlength=classes) if labels.size else np.zeros(classes, np.int64)
    if len(available) > classes:
        raise DataError(f"The data set has a label {len(available) - 1}, but only {classes} classes.")
    counts = plan(available.tolist(), data, names)
    random = np.random.RandomState(data.subset_seed) if data.subset_seed is not None else None
    train, validation = [], []
    for label, (kept, held_out) in enumerate(zip(counts.train_counts, counts.validation_counts, strict=True)):
        positions = np.flatnonzero(labels == label).astype(np.int64)
        if random is not None:
            random.shuffle(positions)
        train.append(positions[:kept])
        validation.append(positions[len(positions) - held_out :])
    train_indices, validation_indices = np.concatenate(train), np.concatenate(validation)
    return Split(
        counts, train_indices, validation_indices, _fingerprint(source, train_indices, validation_indices)
    )


def _refuse_empty(available: Sequence[int], names: Sequence[str]) -> None:
    if not available:
        raise DataError("The data set has no classes.", "Import a folder with at least one class folder.")
    for name, count in zip(names, available, strict=True):
        if count < 1:
            raise DataError(
                f"Class {name!r} has no training images.",
                "Add images of it or take the class out of the data set.",
            )


def _held_out(capped: Sequence[int], data: DataConfig) -> tuple[int, ...]:
    """Validation images of each class, by its size, capped."""
    if data.validation_fraction == 0:
        return (0,) * len(capped)
    shares = [int(data.validation_fraction * size + _ROUNDING) for size in capped]
    if data.validation_rule == "stratified" and any(shares):
        return tuple(shares)
    if not min(shares):
        raise _refused("validation_fraction", _no_image(capped, data))
    return (min(shares),) * len(shares)


def _no_image(capped: Sequence[int], data: DataConfig) -> str:
    stratified = data.validation_rule == "stratified"
    size, which = (max(capped), "any") if stratified else (min(capped), "the smallest")
    ways = [f"use at least {1 / size:.3g}"] if size > 1 else []
    if not stratified and max(capped) > size:
        ways.append("take the stratified validation rule, which may leave a small class without")
    ways.append("use 0 for no validation set")
    said = f"{data.validation_fraction:g} is no image of {which} class (of {size})"
    return f"{said}: " + ", or ".join(ways)


def _refused(field: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(f"data.{field}", message)])


def _ratio_warnings(data: DataConfig, achieved: float) -> list[str]:
    asked = data.imbalance_ratio
    if asked is None or abs(achieved / asked - 1) <= _RATIO_TOLERANCE:
        return []
    return [
        f"The imbalance ratio is {achieved:.4g}, not {asked:g}: class sizes are whole numbers, and no class "
        "has more images than the data set holds."
    ]


def _unvalidated(names: Sequence[str], held_out: Sequence[int]) -> list[str]:
    without = [name for name, held in zip(names, held_out, strict=True) if not held]
    if not without or not any(held_out):
        return []
    named = ", ".join(without[:_MOST_NAMED]) + (" and others" if len(without) > _MOST_NAMED else "")
    return [
        f"No validation images, {len(without)} of {len(names)} classes: {named}. Validation figures are "
        "means over the other classes."
    ]


def _fingerprint(source: str, train: Indices, validation: Indices) -> str:
    digest = hashlib.sha256(f"{source}\n{len(train)}\n{len(validation)}\n".encode())
    for positions in (train, validation):
        digest.update(np.sort(positions).astype("<i8").tobytes())
    return digest.hexdigest()
