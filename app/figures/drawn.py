"""What every figure function returns: the Plotly dictionary, a label for ears, and a table of the data."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

Kind = Literal["text", "integer", "percent", "loss"]
Value = str | int | float | None
PlotlyDict = dict[str, Any]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Column:
    """A column's header (with its unit) and what its values are. Percents are held as fractions."""

    label: str
    kind: Kind


class Rows(Sequence[tuple[Value, ...]]):
    """Rows that are made when they are read: of a large table often only the size is wanted."""

    def __init__(self, number: int, row: Callable[[int], tuple[Value, ...]]) -> None:
        self._places, self._row = range(number), row

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> tuple[Value, ...]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[tuple[Value, ...]]: ...

    def __getitem__(self, at: int | slice) -> tuple[Value, ...] | Sequence[tuple[Value, ...]]:
        if isinstance(at, slice):
            return [self._row(place) for place in self._places[at]]
        return self._row(self._places[at])


@dataclass(frozen=True)
class Table:
    """The data of a figure: what is drawn, no more."""

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]

    @property
    def cells(self) -> int:
        """Number of values."""
        return len(self.columns) * len(self.rows)


@dataclass(frozen=True)
class Drawn:
    """A figure; `figure` holds Plotly's data and layout, `label` says in a sentence what it shows.

    `note` is the hint for the reader's eye that stands beside the title. `title` names the metric where the
    figure's usual one on a page does not: it stands above the figure on paper.
    """

    figure: PlotlyDict
    label: str
    table: Table
    note: str = ""
    title: str = ""


def as_csv(table: Table) -> str:
    """The table as CSV (RFC 4180), percents as 0..100, nothing where there is no value.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_text(column.label) for column in table.columns])
    for row in table.rows:
        writer.writerow([_cell(value, column) for value, column in zip(row, table.columns, strict=True)])
    return out.getvalue()


def _cell(value: Value, column: Column) -> object:
    if value is None:
        return ""
    if column.kind == "percent" and isinstance(value, float):
        return f"{100 * value:.10g}"
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
