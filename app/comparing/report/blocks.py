"""The pieces of a report in reading order; the Markdown and the HTML of a report write each of them."""

from dataclasses import dataclass
from typing import ClassVar

from app.comparing.table.words import Cells
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
