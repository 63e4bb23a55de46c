"""Which folders are the classes where folders lie in folders: one reading, or the readings to choose from.

A path here is what lies between a split folder (or the data set's own folder) and a file. Where every class
folder holds images, it is a class with all that is below it. Where one holds folders only, its folders may
be the classes as well, and nobody but the owner knows: both readings are named.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from trainer.errors import DataError

Parts = tuple[str, ...]

LEAF = 0
"""As a depth: every folder that holds images is a class."""
_NAMED = 3


@dataclass(frozen=True)
class Reading:
    """One way to read a tree: the depth that chooses it, and the classes that it gives."""

    depth: int
    classes: tuple[str, ...]

    @property
    def option(self) -> str:
        """How it is asked for."""
        return "--leaf" if self.depth == LEAF else f"--depth {self.depth}"

    @property
    def told(self) -> str:
        """ "26 classes: a, b, ..., z"."""
        some = self.classes[:_NAMED] if len(self.classes) > _NAMED + 1 else self.classes
        more = ", ..." if len(self.classes) > len(some) else ""
        noun = "class" if len(self.classes) == 1 else "classes"
        return f"{len(self.classes):,} {noun}: {', '.join(some)}{more}"


class NestedError(DataError):
    """Class folders hold folders and no images; `readings` are the ways to read them."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        ways = "; or ".join(f"{reading.told} ({reading.option})" for reading in readings)
        super().__init__(
            f"There are folders in the class folders, and no images beside them. It may have {ways}.",
            "Say which with the option named.",
        )
        self.readings = readings


@dataclass(frozen=True)
class Classes:
    """The classes of a tree: what `of` says of a folder is what it says of all files in it."""

    depth: int
    names: Mapping[Parts, str]
    """Class folder -> name."""
    dropped: int
    """Leading parts that the names leave out."""

    def of(self, folder: Parts) -> tuple[str, Parts] | None:
        """(class, path of its folder) that an image in `folder` belongs to; None where it has no class."""
        path = folder if self.depth == LEAF else folder[: self.depth]
        if not path or len(path) < self.depth:
            return None
        return self.names.get(path) or "/".join(path[self.dropped :] or path), path


def classes_of(splits: Mapping[str, Collection[Parts]], depth: int | None) -> Classes:
    """The classes of image folders, by split ("train" or "all" decides what there is to choose from).

    depth: which level of folders are classes, from 1; LEAF; or None where the tree must say it itself.
    Raises NestedError where it does not, and DataError for a depth at which no image has a class.
    """
    if depth is None and any(map(_ambiguous, splits.values())):
        told = splits.get("train") or splits["all"]
        raise NestedError(_readings(told))
    found = _named(
        {folder for folders in splits.values() for folder in folders}, 1 if depth is None else depth
    )
    if not found.names:
        raise DataError(f"No image lies {depth} folders deep.", "Choose a smaller --depth, or --leaf.")
    return found


def _ambiguous(folders: Collection[Parts]) -> bool:
    """Whether a class folder holds folders only. One folder of one name in each ("images") means nothing."""
    with_images = {folder[0] for folder in folders if len(folder) == 1}
    inner: dict[str, set[str]] = {}
    for folder in folders:
        if folder[0] not in with_images:
            inner.setdefault(folder[0], set()).add(folder[1])
    return len(set().union(*inner.values())) > 1


def _readings(folders: Collection[Parts]) -> tuple[Reading, ...]:
    by_depth = {depth: _named(folders, depth) for depth in (1, 2, LEAF)}
    if by_depth[LEAF].names == by_depth[2].names:
        del by_depth[LEAF]
    elif any(len(folder) < 2 for folder in folders):
        del by_depth[2]
    return tuple(Reading(depth, tuple(sorted(found.names.values()))) for depth, found in by_depth.items())


def _named(folders: Collection[Parts], depth: int) -> Classes:
    """Names as short as they can be and still differ: "abbey" for a/abbey, "x/indoor" for a/x/indoor."""
    paths = {
        folder if depth == LEAF else folder[:depth] for folder in folders if len(folder) >= max(depth, 1)
    }
    most = min(map(len, paths), default=1) - 1
    dropped = next(drop for drop in range(most, -1, -1) if len({path[drop:] for path in paths}) == len(paths))
    return Classes(depth, {path: "/".join(path[dropped:]) for path in paths}, dropped)
