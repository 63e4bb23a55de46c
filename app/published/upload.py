"""Users' own rows as CSV: reads a whole file and finds everything wrong with it, line by line.

As spreadsheets write it: commas, semicolons or tabs between cells, a byte-order mark or none, decimal commas
where the comma does not part the cells. What a line may hold is in upload_row.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import InvalidError
from app.published.result import Result
from app.published.upload_row import (
    CLASS,
    KNOWN,
    LENGTHS,
    REQUIRED,
    RefusalError,
    column_name,
    read_row,
    tidy,
)
from trainer.errors import FieldProblem

if TYPE_CHECKING:
    from _csv import Reader

MOST_BYTES = 500_000
MOST_ROWS = 500
MOST_CLASSES = 1000
EXAMPLE = (
    "label,dataset,imbalance_ratio,accuracy,unit,source,recipe,note,class:cat,class:dog,class:fox\n"
    "Cross-entropy,folder:pets,100,48.3,percent,Doe 2024 table 2,ResNet-32 200 epochs,,90.1,44.2,10.6\n"
    "Balanced softmax,folder:pets,100,0.571,fraction,Doe 2024 table 2,ResNet-32 200 epochs,3 seeds,,,\n"
)
_SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class Problem:
    """What is wrong where: a line of the file from 1, and a column; "" for the line as a whole."""

    line: int
    column: str
    message: str


@dataclass(frozen=True)
class Upload:
    """The rows of a file and all its problems; with any problem, none of the rows may be stored."""

    rows: tuple[Result, ...]
    problems: tuple[Problem, ...]

    def checked(self) -> tuple[Result, ...]:
        """The rows. Raises InvalidError naming every line and column at fault."""
        if not self.problems:
            return self.rows
        places = [f"line {one.line}" + (f", {one.column}" if one.column else "") for one in self.problems]
        messages = [one.message for one in self.problems]
        fields = list(map(FieldProblem, places, messages))
        raise InvalidError("The rows were refused; none was stored.", "Mend the named lines.", fields)


def decode(data: bytes) -> str:
    """The text of an uploaded file. Raises InvalidError for too large a file and for what is not UTF-8."""
    if len(data) > MOST_BYTES:
        raise _refused(f"has {len(data)} bytes; at most {MOST_BYTES} are read")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(b"\n")
        raise _refused(f"is not UTF-8 text (line {line}); save it as CSV UTF-8") from error


def read_upload(text: str) -> Upload:
    """The rows of a CSV text, and everything that is wrong with them."""
    separator = _separator(text)
    try:
        lines = list(_lines(text.removeprefix("\ufeff"), separator))
    except csv.Error as error:
        return Upload((), (Problem(_broken_line(text, separator), "", f"is not CSV: {error}"),))
    if not lines:
        return Upload((), (Problem(1, "", "is missing: the first line names the columns"),))
    (at, header), *body = lines
    names = [column_name(cell) for cell in header]
    wrong = list(_wrong_header(at, names)) + list(_wrong_size(at, names, body))
    if wrong:
        return Upload((), tuple(wrong))
    return _read_body(names, body, decimal_comma=separator != ",")


def _read_body(names: Sequence[str], body: Sequence[tuple[int, list[str]]], decimal_comma: bool) -> Upload:
    rows: list[Result] = []
    problems: list[Problem] = []
    for line, cells in body:
        extra = [cell for cell in cells[len(names) :] if cell.strip()]
        if extra:
            message = f"has {len(cells)} cells where the first line names {len(names)} columns"
            problems.append(Problem(line, "", f"{message}; put texts that hold a separator into quotes"))
            continue
        cells = cells + [""] * (len(names) - len(cells))
        try:
            rows.append(read_row(dict(zip(names, cells, strict=False)), decimal_comma))
        except RefusalError as refusal:
            problems.extend(Problem(line, column, said) for column, said in refusal.columns.items())
    return Upload(tuple(rows), tuple(problems))


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that holds any, with the number of the line at which it starts."""
    reader = _reader(text, separator)
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, cells
        start = reader.line_num + 1


def _reader(text: str, separator: str) -> "Reader":
    """Quotes are quotes even after a space, and a broken one is an error."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)


def _broken_line(text: str, separator: str) -> int:
    reader = _reader(text, separator)
    start = 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error:
        pass
    return start


def _separator(text: str) -> str:
    """The one that makes most known columns of the first line that holds anything."""
    first = next((line for line in text.removeprefix("\ufeff").splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        try:
            names = [column_name(cell) for cell in next(_reader(first, separator), [])]
        except csv.Error:
            return 0
        return sum(name in KNOWN or name.startswith(CLASS) for name in names)

    return max(_SEPARATORS, key=known)


def _wrong_header(line: int, names: Sequence[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(names):
        if name not in KNOWN and not name.startswith(CLASS):
            known = ", ".join((*KNOWN, f"{CLASS}NAME"))
            yield Problem(line, name or "(no name)", f"is not a column; there are {known}")
        if names.count(name) > 1:
            yield Problem(line, name, "stands there twice")
        if name.startswith(CLASS) and not 0 < len(tidy(name.removeprefix(CLASS))) <= LENGTHS["label"]:
            yield Problem(line, name[:60], f"needs a class name of 1 to {LENGTHS['label']} characters")
    for name in REQUIRED:
        if name not in names:
            yield Problem(line, name, "is missing: every file needs this column")


def _wrong_size(line: int, names: Sequence[str], body: Sequence[object]) -> Iterator[Problem]:
    classes = sum(name.startswith(CLASS) for name in names)
    if classes > MOST_CLASSES:
        yield Problem(line, "", f"has {classes} classes; at most {MOST_CLASSES} are read")
    if len(body) > MOST_ROWS:
        yield Problem(line, "", f"is followed by {len(body)} rows; at most {MOST_ROWS} are read at once")
    if not body:
        yield Problem(line, "", "is the only line: there is no row under it")


def _refused(message: str) -> InvalidError:
    return InvalidError("The file was refused.", fields=[FieldProblem("file", message)])
