"""What an import found and did: equal images, contradicting labels, conversions, what was set aside.

Images are equal where their stored pixels are. Sentences are for whoever reads a figure later.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trainer.data.originals import Originals

_MOST_REASONS = 3


class Known(Protocol):
    """An image as far as it is compared: its class, its file and a digest of its pixels."""

    @property
    def class_name(self) -> str:
        """Its label."""
        ...

    @property
    def source(self) -> str:
        """Its path."""
        ...

    @property
    def digest(self) -> bytes:
        """Of its pixels."""
        ...


@dataclass(frozen=True)
class Equals:
    """Images with the same pixels."""

    test_in_train: int
    """Test images that are a training image too, of whichever class."""
    repeated: int
    """Training images that repeat an earlier one of their class."""
    contradictions: int
    """Different images that carry more than one label, in training and test together."""
    example: tuple[str, ...]
    """Paths of one image under two labels."""


@dataclass(frozen=True)
class Conversions:
    """How many of the stored images were not what a network is given."""

    turned: int = 0
    """Brought upright by their EXIF block."""
    first_frames: int = 0
    """First of several frames."""
    enlarged: int = 0
    """Smaller than the stored size in width or height."""
    squeezed: int = 0
    """More than twice as long as wide, or as wide as long."""


def conversions(changed: Mapping[str, Sequence[str]]) -> Conversions:
    """How many there are of each kind."""
    counted = {kind: len(paths) for kind, paths in changed.items() if kind in Conversions.__annotations__}
    return Conversions(**counted)


def equal_images(train: Sequence[Known], test: Sequence[Known]) -> Equals:
    """Compare all images of both splits by their pixels."""
    copies = Counter(image.digest for image in (*train, *test))
    labels: dict[bytes, dict[str, str]] = {}
    for image in (*train, *test):
        if copies[image.digest] > 1:
            labels.setdefault(image.digest, {}).setdefault(image.class_name, image.source)
    seen = {image.digest for image in train}
    different = {(image.digest, image.class_name) for image in train}
    several = [places for places in labels.values() if len(places) > 1]
    return Equals(
        test_in_train=sum(image.digest in seen for image in test),
        repeated=len(train) - len(different),
        contradictions=len(several),
        example=tuple(list(several[0].values())[:2]) if several else (),
    )


def sentences(
    equals: Equals,
    changed: Conversions,
    modes: Mapping[str, int],
    skipped: Sequence[tuple[str, str]],
    size: int,
) -> tuple[str, ...]:
    """Every sentence that applies, the gravest first. modes: images by Pillow's mode of their file."""
    return (*equal_sentences(equals), *_of_files(changed, modes, skipped, size))


def equal_sentences(equals: Equals) -> Iterator[str]:
    """Those of equal images, the gravest first."""
    if equals.contradictions:
        one, other = equals.example
        yield (
            f"Images under more than one label: {equals.contradictions:,}, such as {one} and {other}. "
            "No answer is right for both."
        )
    if equals.test_in_train:
        yield (
            f"Test images equal to a training image: {equals.test_in_train:,}. They measure memory, not "
            "learning."
        )
    if equals.repeated:
        yield (
            f"Training images that repeat another one of their class: {equals.repeated:,}. Class sizes "
            "count them, and validation may hold copies of what was trained on."
        )


def reasons(skipped: Sequence[tuple[str, str]]) -> str:
    """The most frequent reasons of files (path, reason) that were set aside, each with its first file.

    One file that was damaged can leave others without use: so not the first reason alone.
    """
    first: dict[str, str] = {}
    for path, reason in sorted(skipped):
        first.setdefault(reason, path)
    counts = Counter(reason for _, reason in skipped).most_common(_MOST_REASONS)
    if len(first) == 1:
        return "".join(f"The first is {path}: {reason}." for reason, path in first.items())
    return "; ".join(f"{number:,} such as {first[reason]}: {reason}" for reason, number in counts) + "."


def _of_files(
    changed: Conversions, modes: Mapping[str, int], skipped: Sequence[tuple[str, str]], size: int
) -> Iterator[str]:
    if skipped:
        yield f"Files skipped: {len(skipped):,}. {reasons(skipped)}"
    others = {mode: number for mode, number in sorted(modes.items()) if mode != "RGB"}
    if others:
        named = ", ".join(f"{mode} {number:,}" for mode, number in others.items())
        yield f"Images converted to RGB: {sum(others.values()):,} ({named})."
    if changed.turned:
        yield f"Images turned upright as their EXIF block says: {changed.turned:,}."
    if changed.first_frames:
        yield f"Files with several frames: {changed.first_frames:,}. The first of each is used."
    if changed.enlarged:
        yield f"Images smaller than {size} x {size}, enlarged: {changed.enlarged:,}."
    if changed.squeezed:
        yield f"Images more than twice as long as wide, or as wide as long, squeezed: {changed.squeezed:,}."


@dataclass(frozen=True)
class ClassCount:
    """Images of one class that were stored."""

    name: str
    train: int
    test: int


@dataclass(frozen=True)
class Skipped:
    """A file that was set aside, by its path inside the folder or archive."""

    path: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did: every file is stored, skipped, or counted as litter. JSON by dataclasses.asdict."""

    dataset: str
    """The name for a run: "folder:NAME"."""
    image_size: int
    classes: tuple[ClassCount, ...]
    train_images: int
    test_images: int
    modes: dict[str, int]
    """Pillow's mode of the files that were stored -> how many."""
    skipped: tuple[Skipped, ...]
    skipped_files: int
    """How many; the stored report names only the first of them."""
    litter: int
    """Files that an operating system or archiver left behind (.DS_Store, __MACOSX, Thumbs.db, dot files)."""
    warnings: tuple[str, ...]
    """What a figure on this data depends on; it goes with every run."""
    equals: Equals
    changed: Conversions
    originals: Originals
