"""Figures in columns for a terminal: names on the left, numbers to the right of their column."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from app.lab.base.formula.answers import Marked, Verdict, WrongCell
from app.lab.base.formula.derivation import Line

MOST_COLUMNS = 12
_MOST_CELLS = 20


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of equal width; the first column is set left, the others right."""
    whole = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for row in whole:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([row[0].ljust(len(first)), *others]).rstrip()


def derivation(lines: Iterable[Line]) -> Iterator[str]:
    """Numbered, in words."""
    for at, line in enumerate(lines, start=1):
        yield f"  {at}. {line.text}"


def verdict(found: Verdict, cells: Iterable[tuple[str, WrongCell]], rule: str = "") -> Iterator[str]:
    """Right, or what is wrong and why; cells: the wrong entries, each with the words for its place."""
    entries = "1 entry" if found.wrong == 1 else f"{found.wrong} entries"
    listed = list(islice(cells, _MOST_CELLS))
    ruling = "is right" if found.correct else f"is wrong in {entries}" if listed else "has another shape"
    yield f"Your answer {ruling}. {rule}".rstrip()
    yield from (f"  {each.message}" for each in found.diagnoses)
    for place, cell in listed:
        yield f"  {place}: {cell.given or 'empty'}, right is {cell.expected}"
    if listed and found.wrong > len(listed):
        yield f"  and {found.wrong - len(listed)} more"


def row_verdict(marked: Marked, rule: str) -> Iterator[str]:
    """The same of an answer that is one row."""
    return verdict(marked, ((f"entry {cell.col + 1}", cell) for cell in marked.cells), rule)
