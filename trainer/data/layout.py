"""Which split and class each file of an import belongs to, judged by paths alone. Reads no file.

A split folder is one named train, test or val (or training, valid, ...) that has class folders in it, so a
class may be called "train" too. Everything below a class folder belongs to the class (`nesting` knows which
folders are classes). Folders that wrap the whole data set are looked through; what operating systems and
archivers leave behind is counted as litter. A published layout of another kind has a module of its own
(`tiny_imagenet`).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from trainer.data.nesting import LEAF, Classes, Parts, classes_of
from trainer.errors import DataError
from trainer.visible import visible

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")

_SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test",
           "val": "val", "valid": "val", "validation": "val"}  # fmt: skip
_NO_CLASS = "lies in no class folder"
_NAMED = 3
_LITTER = {"__macosx", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs: its split ("train", "test", or "all" before a split is made) and class."""

    split: str
    class_name: str
    inner: str
    """Path below the class folder; it orders the images of a class."""


@dataclass
class Layout:
    """The files to decode with their places, and what was set aside."""

    files: dict[str, Place] = field(default_factory=dict)
    classes: set[tuple[str, str]] = field(default_factory=set)
    """(split, class) of every class folder, empty ones too."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason)."""
    litter: int = 0
    warnings: list[str] = field(default_factory=list)
    order: dict[str, str] = field(default_factory=dict)
    """Class -> what it is ordered by, of those that are not ordered by their names."""
    size: int | None = None
    """Height and width of the images, in pixels, where they are known to be all the same."""

    def rank(self, class_name: str) -> str:
        """What classes are ordered by."""
        return self.order.get(class_name, class_name)


def arrange(files: Iterable[str], folders: Iterable[str], depth: int | None = None) -> Layout:
    """The layout of these relative paths with "/" between their parts; `folders` may hold empty ones.

    depth: as of `classes_of`. Raises DataError where there is no class folder, a test set without a training
    set or without a class of it, and NestedError where the class folders can be read in several ways.
    """
    layout = Layout()
    images = _sort_out(files, layout)
    if not images:
        raise DataError("There are no images in it.", f"Images end in {' '.join(EXTENSIONS)}.")
    kept_folders = [parts for parts in map(_parts, folders) if not _are_litter(parts)]
    nested = {parts[:-1] for parts in images.values() if len(parts) > 1}
    if not nested:
        raise DataError(
            "The images lie in no class folder.", "Put them into train/CLASS/ and test/CLASS/, or CLASS/."
        )
    base, has_splits = _base(nested)
    if not has_splits and {parts[-1].lower() for parts in nested} <= set(_SPLITS):
        raise DataError(
            "There are split folders, but no class folders in them.", "Put the images into train/CLASS/."
        )
    tree = _Tree(base, _splits_in_use(base, nested, layout) if has_splits else None)
    placed = {path: tree.place(parts[:-1]) for path, parts in images.items()}
    classes = _classes([place for place in placed.values() if not isinstance(place, str)], depth)
    for path, parts in images.items():
        place = _class_place(placed[path], parts[-1], classes)
        if isinstance(place, Place):
            layout.files[path] = place
        else:
            layout.skipped.append((path, place))
    _note_classes(layout, [*kept_folders, *nested], tree, classes)
    _check_agreement(layout)
    return layout


def _classes(placed: Iterable[tuple[str, Parts]], depth: int | None) -> Classes:
    splits: dict[str, set[Parts]] = {}
    for split, folder in placed:
        splits.setdefault(split, set()).add(folder)
    return classes_of(splits, depth)


def _sort_out(files: Iterable[str], layout: Layout) -> dict[str, Parts]:
    images: dict[str, Parts] = {}
    for path in files:
        parts, suffix = _parts(path), PurePosixPath(path).suffix.lower()
        if _are_litter(parts):
            layout.litter += 1
        elif suffix in EXTENSIONS:
            images[path] = parts
        else:
            layout.skipped.append((path, f"unsupported kind of file ({suffix or 'no extension'})"))
    return images


def _parts(path: str) -> Parts:
    """One spelling for every name: macOS writes an accent apart from its letter, others do not.

    What a terminal would act upon, or no text can hold, is written out in it.
    """
    return tuple(part for part in unicodedata.normalize("NFC", visible(path)).split("/") if part)


def is_litter(path: str) -> bool:
    """Whether an operating system or archiver left this file behind."""
    return _are_litter(_parts(path))


def _are_litter(parts: Parts) -> bool:
    return any(part.startswith(".") or part.lower() in _LITTER for part in parts)


def _base(nested: set[Parts]) -> tuple[Parts, bool]:
    """The folder that holds the split folders (then True) or the class folders."""
    common = _common(nested)
    below = len(common)
    children = {parts[below] for parts in nested if len(parts) > below}
    if any(_is_split(common, child, nested, "train") for child in children):
        return common, True
    for depth, part in enumerate(common):
        if _is_split(common[:depth], part, nested):
            return common[:depth], True
    if any(_is_split(common, child, nested) for child in children):
        return common, True
    return (common if children else common[:-1]), False


def _common(nested: set[Parts]) -> Parts:
    """The longest path that all of them start with."""
    first, last = min(nested), max(nested)
    depth = 0
    while depth < min(len(first), len(last)) and first[depth] == last[depth]:
        depth += 1
    return first[:depth]


def _is_split(base: Parts, name: str, nested: set[Parts], wanted: str | None = None) -> bool:
    """Whether folder `name` of `base` is called after a split (the wanted one) and has class folders."""
    split = _SPLITS.get(name.lower())
    if split is None or wanted not in (None, split):
        return False
    folder = (*base, name)
    return any(parts[: len(folder)] == folder and len(parts) > len(folder) for parts in nested)


def _splits_in_use(base: Parts, nested: set[Parts], layout: Layout) -> dict[str, str]:
    """Folder name -> "train" or "test", for the split folders that are read."""
    depth = len(base)
    inside = sorted({parts[depth] for parts in nested if len(parts) > depth})
    found = {name: _SPLITS[name.lower()] for name in inside if _is_split(base, name, nested)}
    if "train" not in found.values():
        raise DataError(
            f"There is a folder {next(iter(found))!r}, but no training folder beside it.",
            "Put the training images into train/CLASS/.",
        )
    for name in [name for name, split in found.items() if split == "val"]:
        if "test" in found.values():
            layout.warnings.append(f"{name!r} is left out: {_named(found, 'test')!r} is the test set.")
            del found[name]
    if "val" in found.values():
        layout.warnings.append(f"{_named(found, 'val')!r} is taken as the test set.")
    return {name: "train" if split == "train" else "test" for name, split in found.items()}


def _named(found: dict[str, str], split: str) -> str:
    return next(name for name, its_split in found.items() if its_split == split)


@dataclass(frozen=True)
class _Tree:
    """Where the class folders are: below `base`, or, where there are split folders, below each of these."""

    base: Parts
    splits: dict[str, str] | None
    """Folder name -> "train" or "test", of those that are read."""

    def place(self, folder: Parts) -> tuple[str, Parts] | str:
        """(split, path below it) of a folder of images, or the reason why it has none."""
        inside = folder[len(self.base) :] if folder[: len(self.base)] == self.base else ()
        if self.splits is None:
            return ("all", inside) if inside else _NO_CLASS
        if len(inside) < 2:
            return _NO_CLASS
        if inside[0] not in self.splits:
            return f"the folder {inside[0]!r} is left out"
        return self.splits[inside[0]] if "test" in self.splits.values() else "all", inside[1:]


def _class_place(place: tuple[str, Parts] | str, name: str, classes: Classes) -> Place | str:
    """The place of an image called `name`, by that of its folder, or the reason why it has none."""
    if isinstance(place, str):
        return place
    split, folder = place
    found = classes.of(folder)
    return _NO_CLASS if found is None else Place(split, found[0], "/".join((*folder[len(found[1]) :], name)))


def _note_classes(layout: Layout, folders: Sequence[Parts], tree: _Tree, classes: Classes) -> None:
    """Class folders; where each folder of images is a class, an empty one is none."""
    layout.classes = {(place.split, place.class_name) for place in layout.files.values()}
    for folder in folders if classes.depth != LEAF else ():
        place = _class_place(tree.place(folder), "", classes)
        if isinstance(place, Place):
            layout.classes.add((place.split, place.class_name))


def _check_agreement(layout: Layout) -> None:
    """Raises DataError where the test set has classes, and none of them is one of the training set."""
    names = {split: sorted(name for its_split, name in layout.classes if its_split == split)
             for split in ("train", "test")}  # fmt: skip
    if all(names.values()) and not set(names["train"]) & set(names["test"]):
        train, test = (", ".join(map(repr, found[:_NAMED])) for found in names.values())
        raise DataError(
            f"The training and the test folder have no class in common: {train} and {test}.",
            "Name and nest the class folders of both alike.",
        )
