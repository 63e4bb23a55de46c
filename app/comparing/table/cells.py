"""A table as texts that are not escaped yet: what Markdown, LaTeX, the report and the terminal print."""

from dataclasses import dataclass
from typing import ClassVar

from app.comparing.table.marks import Mark
from app.comparing.table.sheet import Sheet
from app.comparing.table.words import HEADS, heading, main_text, rest_text, seeds


@dataclass(frozen=True)
class TextCell:
    """`main` is what a mark is of; `rest` follows it: a spread, or an interval."""

    main: str
    rest: str = ""
    mark: Mark = ""

    @property
    def text(self) -> str:
        """All of it."""
        return f"{self.main} {self.rest}" if self.rest else self.main


@dataclass(frozen=True)
class Cells:
    """A table of texts; columns from `text_columns` on hold numbers and stand to the right."""

    kind: ClassVar[str] = "cells"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[TextCell, ...], ...]
    text_columns: int = 1


def texts(*cells: str) -> tuple[TextCell, ...]:
    """A row of plain texts."""
    return tuple(map(TextCell, cells))


def cells_of(made: Sheet, caption: str = "") -> Cells:
    """The table as every door prints it."""
    head = (*HEADS, *(heading(column, made) for column in made.columns))
    rows = (
        (
            *texts(one.row.label, seeds(one)),
            *(
                TextCell(main_text(cell, column), rest_text(cell, column), cell.mark)
                for cell, column in zip(one.cells, made.columns, strict=True)
            ),
        )
        for one in made.rows
    )
    return Cells(caption, head, tuple(rows))
