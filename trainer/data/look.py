"""A look at what an import would take, before it is taken: splits, classes, counts and a few of its images.

Names alone decide on all but the samples, so that it is quick; files that cannot be read are met only by the
import itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.data.archive import open_tree
from trainer.data.assemble import held_out
from trainer.data.contents import Contents
from trainer.data.decode import decode
from trainer.data.findings import ClassCount, Skipped
from trainer.data.folder import USUAL, arranged
from trainer.data.layout import Layout
from trainer.data.nesting import NestedError
from trainer.data.tree import Limits, Tree
from trainer.errors import DataError
from trainer.visible import visible

SAMPLE_CLASSES = 12
SAMPLES_EACH = 8
_SAMPLE_SIZE = 48
_NAMED = 100


@dataclass(frozen=True)
class Choice:
    """One way to read folders in folders: its depth (as of `nesting`), and the classes that it gives."""

    depth: int
    classes: int
    told: str


@dataclass(frozen=True)
class Understood:
    """What the tree was understood as. `choices` alone where only its owner knows which are the classes."""

    choices: tuple[Choice, ...]
    classes: tuple[ClassCount, ...] = ()
    """By the files' names; those that cannot be decoded will be fewer."""
    has_test: bool = False
    """Whether the test images are its own, and not drawn from the training images."""
    size: int = USUAL
    """The size that it will have where nobody says another one."""
    skipped: tuple[Skipped, ...] = ()
    """The first files that are set aside."""
    skipped_files: int = 0
    litter: int = 0
    warnings: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()
    """Classes of the rows of the samples, in their order."""

    @property
    def train_images(self) -> int:
        """Of all classes."""
        return sum(row.train for row in self.classes)

    @property
    def test_images(self) -> int:
        """Of all classes."""
        return sum(row.test for row in self.classes)


Samples = NDArray[np.uint8]
"""[classes * size, SAMPLES_EACH * size, 3]: a row of images for each class, white where there are no more."""


def look(
    path: Path, scratch: Path, depth: int | None = None, limits: Limits | None = None
) -> tuple[Understood, Samples | None]:
    """Look at the folder or archive at `path`; `scratch` holds a large file for a moment.

    depth: as of `import_folder`. Raises DataError as that does for what the names alone show.
    """
    limits = limits or Limits()
    with open_tree(path, limits) as tree:
        try:
            layout = arranged(tree, limits, scratch, depth)
        except NestedError as error:
            ways = (Choice(it.depth, len(it.classes), it.told) for it in error.readings)
            return Understood(tuple(ways)), None
        layout.skipped += tree.listing.skipped
        understood = _understood(layout)
        return understood, _samples(tree, layout, understood.sampled, limits, scratch)


def _understood(layout: Layout) -> Understood:
    counts = Counter((place.split, place.class_name) for place in layout.files.values())
    names = sorted({name for _, name in layout.classes}, key=layout.rank)
    skipped = sorted((visible(path), visible(reason)) for path, reason in layout.skipped)
    classes = tuple(_class_count(name, counts) for name in names)
    largest = sorted(classes, key=lambda row: -row.train)
    spread = largest if len(largest) <= SAMPLE_CLASSES else _spread(largest)
    return Understood(
        choices=(),
        classes=classes,
        has_test=not any(split == "all" for split, _ in layout.classes),
        size=layout.size or USUAL,
        skipped=tuple(Skipped(path, reason) for path, reason in skipped[:_NAMED]),
        skipped_files=len(skipped),
        litter=layout.litter,
        warnings=tuple(layout.warnings),
        sampled=tuple(row.name for row in spread),
    )


def _class_count(name: str, counts: Mapping[tuple[str, str], int]) -> ClassCount:
    undivided = counts["all", name]
    drawn = held_out(undivided)
    return ClassCount(name, counts["train", name] + undivided - drawn, counts["test", name] + drawn)


def _spread(rows: Sequence[ClassCount]) -> list[ClassCount]:
    """From the largest to the smallest, evenly."""
    return [rows[at] for at in np.linspace(0, len(rows) - 1, SAMPLE_CLASSES).round().astype(int).tolist()]


def _samples(
    tree: Tree, layout: Layout, classes: Sequence[str], limits: Limits, scratch: Path
) -> Samples | None:
    wanted = dict(_wanted(layout, classes))
    if not wanted:
        return None
    side = _SAMPLE_SIZE
    sheet = np.full((len(classes), side, SAMPLES_EACH, side, 3), 255, np.uint8)
    for batch in Contents(tree, limits, scratch).batches(wanted.keys()):
        for path, content in batch:
            row, column = wanted[path]
            try:
                if not isinstance(content, DataError):
                    sheet[row, :, column] = decode(content, side, limits.pixels).pixels
            except DataError:
                continue  # the import will name it
    return sheet.reshape(len(classes) * side, SAMPLES_EACH * side, 3)


def _wanted(layout: Layout, classes: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Files to show, and the row and column of each: the first training images of each class."""
    rows = {name: row for row, name in enumerate(classes)}
    taken: Counter[str] = Counter()
    for path, place in sorted(layout.files.items(), key=lambda item: item[1].inner):
        name = place.class_name
        if name in rows and place.split != "test" and taken[name] < SAMPLES_EACH:
            yield path, (rows[name], taken[name])
            taken[name] += 1
