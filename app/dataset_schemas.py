"""What a caller may send about data sets: of an import, and of one that is there."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.schemas import Body
from trainer.data.tree import LARGEST, SMALLEST, Limits

PREFIX = "folder:"
"""What the full names of imported data sets begin with."""
_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
NAME_RULE = "must be 1 to 64 of a-z, 0-9, - and _, and start with a letter or digit"


def _own_name(name: str) -> str:
    name = name.strip().removeprefix(PREFIX)
    if not _NAME.fullmatch(name):
        raise ValueError(NAME_RULE)
    return name


OwnName = Annotated[str, AfterValidator(_own_name)]
"""Of an imported data set, with or without its prefix; without it here."""
ImageSize = Annotated[int, Field(ge=SMALLEST, le=LARGEST)]
Depth = Annotated[int, Field(ge=0, le=Limits.depth)]
"""Which level of folders are the classes; 0: those that hold images."""
FileName = Annotated[str, Field(min_length=1, max_length=255)]


class ImportBody(Body):
    """An import to begin. bytes: of the archive that follows. key: what only the same archive has; an import
    that was begun with the same name, bytes and key goes on.
    """

    name: OwnName
    file_name: FileName = "images.tar"
    bytes: Annotated[int, Field(ge=1, le=Limits.total_bytes)]
    key: Annotated[str, Field(max_length=128)] = ""
    size: ImageSize | None = None
    depth: Depth | None = None
    replace: bool = False


class LookBody(Body):
    """Which level of folders are the classes."""

    depth: Depth


class TakeBody(Body):
    """That the import is as it was understood, and what else shall be otherwise."""

    name: OwnName | None = None
    size: ImageSize | None = None
    replace: bool = False


class DatasetPatchBody(Body):
    """Its new name."""

    name: OwnName


RunsToo = Literal["refuse", "keep", "delete"]
"""Of a data set that is deleted: what becomes of the runs that used it."""
