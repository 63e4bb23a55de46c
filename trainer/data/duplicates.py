"""Duplicates of a data set, within and between its splits and classes: found once, kept beside its images.

Two kinds: equal images have the same pixels; images that look alike are nearly the same picture (`alike`).
"""

import dataclasses
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from trainer.data.alike import Pairs, alike
from trainer.data.building import locked
from trainer.data.cache import INFO, DatasetArrays, Images, Labels, read_arrays, read_info, read_names
from trainer.data.duplicate_groups import Duplicates, Group, Lookalikes, Member
from trainer.data.findings import equal_images, equal_sentences
from trainer.errors import DataError
from trainer.run_dir import write_atomic

DUPLICATES = "duplicates.json"
_STORED_GROUPS = 200
_STORED_MEMBERS = 12

_STORED = TypeAdapter(Duplicates)


def read_duplicates(folder: Path, source: str) -> Duplicates | None:
    """What was found in the data set of this folder; None where nobody has looked at these images yet."""
    try:
        found = _STORED.validate_json((folder / DUPLICATES).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    return found if found.source == source else None


def note_duplicates(folder: Path) -> Duplicates:
    """`keep_duplicates` of a data set that stands in its place, where another one may come meanwhile."""
    found = _found_in(folder)
    with locked(folder):
        _keep(folder, found)
    return found


def keep_duplicates(folder: Path) -> tuple[str, ...]:
    """Look through the data set in `folder`, and keep what is found with it and in its warnings: all of them.

    Raises DataError where it is gone or damaged.
    """
    return _keep(folder, _found_in(folder))


def _found_in(folder: Path) -> Duplicates:
    arrays = read_arrays(folder)
    if arrays is None:
        raise DataError(f"There is no data set in {folder} any more.", "Look at the list of data sets.")
    return duplicates(arrays, read_names(folder))


def _keep(folder: Path, found: Duplicates) -> tuple[str, ...]:
    info = read_info(folder)
    if info is None or info.source != found.source:
        raise DataError("The data set was replaced while it was looked through.", "Look through it again.")
    write_atomic(folder / DUPLICATES, json.dumps(dataclasses.asdict(found)).encode())
    stored = json.loads((folder / INFO).read_bytes())
    stored["warnings"] = _joined(info.warnings, found)
    write_atomic(folder / INFO, json.dumps(stored, indent=1).encode())
    return tuple(stored["warnings"])


def _joined(told: Sequence[str], found: Duplicates) -> list[str]:
    """The sentences that are told already, with what was found beside those on equal images, or first."""
    equal = [*equal_sentences(found.equal)]
    at = max((told.index(one) + 1 for one in equal if one in told), default=0)
    new = [one for one in (*equal, *found.warnings) if one not in told]
    return [*told[:at], *new, *told[at:]]


@dataclass(frozen=True)
class _Image:
    """One image, as `findings` compares it."""

    class_name: str
    source: str
    digest: bytes


def duplicates(arrays: DatasetArrays, names: dict[str, list[str]]) -> Duplicates:
    """All duplicates among the images of a data set; names as of `read_names`."""
    images = [*_described(arrays, "train", names), *_described(arrays, "test", names)]
    trained = len(arrays.train_labels)
    labels = np.concatenate([arrays.train_labels, arrays.test_labels])
    _, content = np.unique([image.digest for image in images], return_inverse=True)
    found = alike(arrays.train_images, arrays.test_images)
    near = found.pairs[content[found.pairs[:, 0]] != content[found.pairs[:, 1]]]
    groups = sorted(_groups(images, trained, np.concatenate([_equal_pairs(content), near])), key=_gravity)
    return Duplicates(
        source=arrays.info.source,
        equal=equal_images(images[:trained], images[trained:]),
        alike=_lookalikes(near, labels, trained, content),
        is_whole=found.is_whole,
        groups=tuple(groups[:_STORED_GROUPS]),
        all_groups=len(groups),
    )


def _described(arrays: DatasetArrays, split: str, names: dict[str, list[str]]) -> list[_Image]:
    images, labels = getattr(arrays, f"{split}_images"), getattr(arrays, f"{split}_labels")
    paths = names.get(split) or [f"{split} image {index}" for index in range(len(labels))]
    return [
        _Image(arrays.info.class_names[label], path, _digest(image))
        for image, label, path in zip(images, labels, paths, strict=True)
    ]


def _digest(image: Images) -> bytes:
    return hashlib.blake2b(image.tobytes(), digest_size=16).digest()


def _equal_pairs(content: NDArray[np.int64]) -> Pairs:
    """Each image with the next one of the same content, where there is one."""
    order = np.argsort(content, kind="stable")
    is_next = content[order[1:]] == content[order[:-1]]
    return np.stack([order[:-1][is_next], order[1:][is_next]], axis=1)


def _lookalikes(near: Pairs, labels: Labels, trained: int, content: NDArray[np.int64]) -> Lookalikes:
    first, second = near.T
    same_class = labels[first] == labels[second]
    tested = np.unique(second[(first < trained) & (second >= trained)])
    return Lookalikes(
        test_in_train=int((~np.isin(content[tested], content[:trained])).sum()),
        repeated=len(np.unique(second[same_class & (second < trained)])),
        across_classes=len(np.unique(near[~same_class])),
        share=len(np.unique(near)) / len(labels),
    )


def _groups(images: Sequence[_Image], trained: int, pairs: Pairs) -> Iterator[Group]:
    """Images that pairs connect."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = len(images)
    graph = coo_matrix((np.ones(len(pairs), np.int8), tuple(pairs.T)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    together: dict[int, list[int]] = defaultdict(list)
    for index in np.unique(pairs).tolist():
        together[labels[index]].append(index)
    for indices in together.values():
        indices.sort(key=lambda index: (index < trained, index))  # test images first
        members = [_member(images[index], index, trained) for index in indices]
        yield Group(
            images=len(members),
            members=tuple(members[:_STORED_MEMBERS]),
            are_equal=len({images[index].digest for index in indices}) == 1,
            splits=len({member.split for member in members}),
            classes=len({member.class_name for member in members}),
        )


def _member(image: _Image, index: int, trained: int) -> Member:
    split, at = ("train", index) if index < trained else ("test", index - trained)
    return Member(split, at, image.class_name, image.source)


def _gravity(group: Group) -> tuple[int, int, int]:
    return -group.splits, -group.classes, -group.images
