"""What an errand is, and what its process told last: files of a folder that outlives every process."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["import", "fetch", "duplicates"]
Step = Literal["receive", "look", "take", "fetch", "search"]
"""Of an import: its bytes are received, looked at, and, once somebody has said so, taken."""

BEGINS_WITH: dict[Kind, Step] = {"import": "receive", "fetch": "fetch", "duplicates": "search"}


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Errand(_Kept):
    """What somebody asked for. The web process alone writes it."""

    id: str
    kind: Kind
    dataset: str
    """Full name of the data set: of an import, that which comes of it."""
    created_at: str
    step: Step
    file_name: str = ""
    """What is received, as its sender calls it."""
    bytes: int = 0
    """How many are to be received."""
    depth: int | None = None
    """Which level of folders are the classes; None where the names show it."""
    size: int | None = None
    replace: bool = False


class Failure(_Kept):
    """Why a step ended without having done what it should."""

    message: str
    hint: str = ""


class Told(_Kept):
    """What the process of a step says. The process alone writes it."""

    step: Step
    is_over: bool = False
    done: int = 0
    total: int = 0
    """In images, or bytes of a download; 0 where that is not known."""
    said: str = ""
    failure: Failure | None = None


class ClassCounts(_Kept):
    """Images of one class."""

    name: str
    train: int
    test: int


class SkippedFile(_Kept):
    """A file that is set aside."""

    path: str
    reason: str


class ReadingChoice(_Kept):
    """One way to read folders in folders."""

    depth: int
    classes: int
    told: str


class Preview(_Kept):
    """What an import was understood as, by its names; nothing but `choices` where its owner must say that."""

    choices: tuple[ReadingChoice, ...]
    classes: tuple[ClassCounts, ...]
    train_images: int
    test_images: int
    has_test: bool
    size: int
    skipped: tuple[SkippedFile, ...]
    skipped_files: int
    litter: int
    warnings: tuple[str, ...]
    sampled: tuple[str, ...]
