"""The pieces of a report, in reading order; html and markdown write each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from app.comparing.table.marks import Mark
from app.figures.drawn import Drawn


@dataclass(frozen=True)
class Heading:
    """The title (level 1) or the head of a section (level 2)."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list; each item may name the figure that it rests on. `title` stands before it, as a warning does."""

    kind: ClassVar[str] = "bullets"
    items: tuple[tuple[str, str], ...]
    """(text, name of a figure of this report or "")."""
    title: str = ""


@dataclass(frozen=True)
class Cells:
    """A table of texts; columns from `text_columns` on hold numbers and stand to the right.

    `marks` has the best values and their ties by place (row, column).
    """

    kind: ClassVar[str] = "cells"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    marks: Mapping[tuple[int, int], Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class Plot:
    """A figure under its name and title."""

    kind: ClassVar[str] = "plot"
    name: str
    title: str
    drawn: Drawn


@dataclass(frozen=True)
class Code:
    """Text to be read letter for letter, such as a configuration."""

    kind: ClassVar[str] = "code"
    title: str
    text: str


Block = Heading | Paragraph | Bullets | Cells | Plot | Code
