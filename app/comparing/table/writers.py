"""The formats of an exported comparison: what writes each, and as what it is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from app.comparing.table.csv_table import as_csv_table
from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import Sheet


@dataclass(frozen=True)
class Writer:
    """A format: its function, its media type and the ending of its files."""

    write: Callable[[Sheet], str]
    media_type: str
    ending: str


WRITERS = {
    "csv": Writer(as_csv_table, "text/csv; charset=utf-8; header=present", "csv"),
    "markdown": Writer(as_markdown, "text/markdown; charset=utf-8", "md"),
    "latex": Writer(as_latex, "application/x-latex; charset=utf-8", "tex"),
}
