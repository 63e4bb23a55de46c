"""Figures in columns for a terminal: names on the left, numbers to the right of their column."""

from collections.abc import Iterable, Iterator, Sequence

from app.lab.base.views import LineView, MarkedView

MOST_COLUMNS = 12
_MOST_CELLS = 20


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of equal width; the first column is set left, the others right."""
    whole = [list(header), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    for row in whole:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join([row[0].ljust(len(first)), *others]).rstrip()


def shown(length: int) -> tuple[int, ...]:
    """The columns that a terminal has room for: all, or evenly MOST_COLUMNS of them."""
    last = min(length, MOST_COLUMNS) - 1
    return tuple(dict.fromkeys(round(at * (length - 1) / max(last, 1)) for at in range(last + 1)))


def derivation(lines: Iterable[LineView]) -> Iterator[str]:
    """Numbered, in words."""
    for at, line in enumerate(lines, start=1):
        yield f"  {at}. {line.text}"


def verdict(marked: MarkedView, rule: str) -> Iterator[str]:
    """Right, or what is wrong and why."""
    if marked.correct:
        yield f"Your answer is right. {rule}"
        return
    yield f"Your answer is wrong in {marked.wrong} {'entries' if marked.wrong > 1 else 'entry'}. {rule}"
    yield from (f"  {each.message}" for each in marked.diagnoses)
    for cell in marked.cells[:_MOST_CELLS]:
        yield f"  entry {cell.col + 1}: {cell.given}, right is {cell.expected}"
    if marked.wrong > _MOST_CELLS:
        yield f"  and {marked.wrong - _MOST_CELLS} more"
