"""What an import did, for the person who asked for it: frozen, and plain JSON by dataclasses.asdict."""

from dataclasses import dataclass

from trainer.data.findings import Conversions, Equals


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
    """Every file is in one of three places: stored, skipped, or counted as litter."""

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
