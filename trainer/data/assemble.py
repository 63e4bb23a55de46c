"""From decoded images in reading order to the arrays of a data set: classes matched by name, splits, report.

A class is one that has a usable training image. Images of other classes are set aside by name, never
renumbered, so that a test folder that lacks a class, or has one more, cannot shift the labels.
"""

import dataclasses
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from trainer.data.cache import ChannelHistogram, DatasetInfo, write_info, write_names
from trainer.data.findings import (
    ClassCount,
    ImportReport,
    Skipped,
    conversions,
    equal_images,
    reasons,
    sentences,
)
from trainer.data.layout import Layout, Place
from trainer.data.originals import Files
from trainer.errors import DataError
from trainer.visible import visible

TEST_SHARE = 0.2
"""Share of each class that becomes its test set where the folder has none; at least one image of two."""
_SPLIT_SEED = 0
_STORED_SKIPPED = 1000
_WRITTEN_AT_ONCE = 256
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded image: where it belongs, where its pixels lie in the spool, and what they are."""

    place: Place
    source: str
    position: int
    digest: bytes

    @property
    def class_name(self) -> str:
        """Its label."""
        return self.place.class_name

    @classmethod
    def of(cls, place: Place, source: str, position: int, content: bytes) -> "Record":
        """The record of an image with these pixels."""
        return cls(place, visible(source), position, hashlib.blake2b(content, digest_size=16).digest())


@dataclass
class Spool:
    """Pixels of all decoded images in one raw file, and a record of each."""

    path: Path
    size: int
    records: list[Record] = field(default_factory=list)
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.files = Files(self.size)


@dataclass(frozen=True)
class _Splits:
    """The images of a data set in their final order; labels are positions in `classes`."""

    classes: tuple[str, ...]
    train: tuple[Record, ...]
    test: tuple[Record, ...]

    def counts(self, records: Sequence[Record]) -> tuple[int, ...]:
        """Images of each class."""
        counted = Counter(record.place.class_name for record in records)
        return tuple(counted[name] for name in self.classes)


def assemble(folder: Path, name: str, layout: Layout, spool: Spool) -> ImportReport:
    """Write the data set "folder:NAME" into `folder` and remove the spool. Raises DataError if empty."""
    splits = _split(layout, spool)
    digest = hashlib.sha256(json.dumps([spool.size, splits.classes]).encode())
    histogram = ChannelHistogram()
    _write(folder, "train", splits, splits.train, spool, digest, histogram)
    _write(folder, "test", splits, splits.test, spool, digest)
    spool.path.unlink()
    write_names(folder, *([record.source for record in part] for part in (splits.train, splits.test)))
    report = _report(name, layout, spool, splits)
    info = DatasetInfo(
        name=f"folder:{name}",
        title=f"{name} (imported)",
        class_names=splits.classes,
        train_counts=splits.counts(splits.train),
        test_counts=splits.counts(splits.test),
        image_size=spool.size,
        source=f"folder:{name}/{digest.hexdigest()}",
        ready=True,
        mean=None,
        std=None,
        note=" ".join(report.warnings),
        warnings=report.warnings,
    )
    stored = dataclasses.replace(report, skipped=report.skipped[:_STORED_SKIPPED])
    write_info(folder, info, histogram.statistics(), report=dataclasses.asdict(stored))
    return report


def _split(layout: Layout, spool: Spool) -> _Splits:
    by_split: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(spool.records, key=lambda one: (layout.rank(one.class_name), one.place.inner)):
        by_split[record.place.split].append(record)
    if by_split["all"]:
        by_split["train"], by_split["test"] = _cut(by_split["all"])
        layout.warnings.append(
            f"There is no test folder: {TEST_SHARE:.0%} of each class, drawn by a fixed seed, tests."
        )
    classes = tuple(sorted({record.class_name for record in by_split["train"]}, key=layout.rank))
    test = _of_known_classes(by_split["test"], classes, layout)
    if not classes or not test:
        raise DataError(
            f"There is no usable {'test' if classes else 'training'} image in it.", _why(layout.skipped)
        )
    return _Splits(classes, tuple(by_split["train"]), tuple(test))


def _why(skipped: Sequence[tuple[str, str]]) -> str:
    if not skipped:
        return "Add images to each split."
    shown = [(visible(path), visible(reason)) for path, reason in skipped]
    return f"Files set aside: {len(skipped):,}. {reasons(shown)}"


def held_out(images: int) -> int:
    """How many images of a class test where there is no test folder."""
    return max(int(images * TEST_SHARE), 1) if images > 1 else 0


def _cut(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """(train, test), each class cut by a permutation that depends on its size alone."""
    by_class: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_class[record.place.class_name].append(record)
    train: list[Record] = []
    test: list[Record] = []
    for members in by_class.values():
        order = np.random.RandomState(_SPLIT_SEED).permutation(len(members))
        drawn = set(order[: held_out(len(members))].tolist())
        for index, record in enumerate(members):
            (test if index in drawn else train).append(record)
    return train, test


def _of_known_classes(records: Sequence[Record], classes: Sequence[str], layout: Layout) -> list[Record]:
    """The test images of the training classes; the others are named and set aside."""
    known = [record for record in records if record.place.class_name in classes]
    left_out = Counter(
        record.place.class_name for record in records if record.place.class_name not in classes
    )
    for name in sorted({name for _, name in layout.classes} - set(classes)):
        count = f"its test images ({left_out[name]}) are left out" if left_out[name] else "it is left out"
        layout.warnings.append(f"Class {name!r} has no usable training image: {count}.")
    for record in records:
        if record.place.class_name in left_out:
            layout.skipped.append((record.source, "its class has no usable training image"))
    without = sorted(set(classes) - {record.place.class_name for record in known})
    if without:
        layout.warnings.append(_untested(without))
    if len(classes) == 1:
        layout.warnings.append(f"There is one class only, {classes[0]!r}: every answer is right.")
    return known


def _untested(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"Class {names[0]!r} has no test images, so it has no recall."
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    named = ", ".join(map(repr, names[:_MOST_NAMED]))
    return f"Classes {named}{more} have no test images, so they have no recall."


def _write(
    folder: Path,
    split: str,
    splits: _Splits,
    records: Sequence[Record],
    spool: Spool,
    digest: "hashlib._Hash",
    histogram: ChannelHistogram | None = None,
) -> None:
    """Write images and labels of one split, and add them to `digest` and the images to `histogram`.

    By reading and writing, not by mapping: pages of a mapped file count as the process's memory.
    """
    shape = (len(records), spool.size, spool.size, 3)
    with spool.path.open("rb") as raw, (folder / f"{split}_images.npy").open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)), "fortran_order": False}
        np.lib.format.write_array_header_1_0(file, header | {"shape": shape})
        for start in range(0, len(records), _WRITTEN_AT_ONCE):
            part = _pixels(raw, records[start : start + _WRITTEN_AT_ONCE], spool.size)
            file.write(part.tobytes())
            digest.update(part.tobytes())
            if histogram is not None:
                histogram.add(part)
    labels = np.repeat(np.arange(len(splits.classes), dtype=np.int64), splits.counts(records))
    digest.update(labels.astype("<i8").tobytes())
    np.save(folder / f"{split}_labels.npy", labels)


def _pixels(raw: IO[bytes], records: Sequence[Record], size: int) -> NDArray[np.uint8]:
    """The images of these records, uint8 [N, size, size, 3], from the spool."""
    images = np.empty((len(records), size, size, 3), np.uint8)
    for image, record in zip(images, records, strict=True):
        raw.seek(record.position * image.nbytes)
        image[:] = np.frombuffer(raw.read(image.nbytes), np.uint8).reshape(image.shape)
    return images


def _report(name: str, layout: Layout, spool: Spool, splits: _Splits) -> ImportReport:
    train, test = splits.counts(splits.train), splits.counts(splits.test)
    equals = equal_images(splits.train, splits.test)
    skipped = sorted((visible(path), visible(reason)) for path, reason in layout.skipped)
    files, changed = spool.files, conversions(spool.files.changed)
    found = sentences(equals, changed, files.modes, skipped, spool.size)
    return ImportReport(
        dataset=f"folder:{name}",
        image_size=spool.size,
        classes=tuple(map(ClassCount, splits.classes, train, test)),
        train_images=sum(train),
        test_images=sum(test),
        modes=dict(sorted(files.modes.items())),
        skipped=tuple(Skipped(path, reason) for path, reason in skipped),
        skipped_files=len(skipped),
        litter=layout.litter,
        warnings=(*layout.warnings, *found),
        equals=equals,
        changed=changed,
        originals=files.originals(),
    )
