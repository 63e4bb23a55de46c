"""Runs in a CSV: a line a step with a column a metric, as scripts write it and W&B exports a run's history.

Or as W&B exports a chart: a column a run, called "RUN - METRIC", with its __MIN and __MAX beside it. Columns
of numbers are metrics; columns of text that stay the same within a run are its parameters.

A CSV has no key of its own for a run: that is the names of file and run with what its first line says. It
stays as the run goes on, wherever the file lies, and other runs in files of this name are not taken for it.
"""

import csv
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import InvalidError
from app.imports.records import SourceRun, SourceRuns
from app.imports.series import Point, by_step
from trainer.errors import FieldProblem

_STEPS = ("epoch", "step", "_step", "global_step", "trainer/global_step")
_RUNS = ("run", "run_id", "run_name", "name", "id")
_CHART = " - "
_BOUNDS = ("__MIN", "__MAX")
_OWN = ("_timestamp", "_runtime", "_wandb")
_REST = "\0"
"""Where the reader puts the cells that no column is named for."""
_COMMA = re.compile(r"\s*[+-]?\d*,\d+\s*")
"""A number with a decimal comma, or with a comma between thousands."""
_LAST_STEP = 2**53
_NO_NUMBER = {"", "nan", "null", "none"}


@dataclass(frozen=True)
class Columns:
    """Which column says what; None: by its usual name."""

    run: str | None = None
    step: str | None = None
    params: tuple[str, ...] = ()
    """Columns of numbers that are parameters all the same, such as a seed."""


def read_csv(path: Path, columns: Columns) -> SourceRuns:
    """Every run in the file, in the order of their first lines. Raises InvalidError naming what is wrong."""
    names, rows = _read(path)
    step = _column("step", columns.step, names, _STEPS)
    if charts := [name for name in names if _CHART in name and not name.endswith(_BOUNDS)]:
        return _of_chart(path, rows, charts, step)
    run = _column("run", columns.run, names, _RUNS)
    for name in columns.params:
        _column("param", name, names, ())
    kept = [name for name in names if name not in (run, step)]
    return _of_lines(path, rows, kept, run, step, columns.params)


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The names of the columns, and the lines; each cell stands in the column that its line means."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(65536)
            file.seek(0)
            reader = csv.DictReader(file, delimiter=_separator(sample), restkey=_REST, strict=True)
            names = list(reader.fieldnames or ())
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not written in UTF-8.", "Save it as CSV in UTF-8.") from error
    except (OSError, csv.Error) as error:
        raise InvalidError(f"{path} cannot be read as CSV: {error}.") from error
    if not names or not rows:
        raise InvalidError(f"{path} holds no lines below the one that names its columns.")
    if twice := [name for name in dict.fromkeys(names) if name and names.count(name) > 1]:
        said = f"{path} has several columns {twice[0]!r}, so which of them is meant cannot be told."
        raise InvalidError(said, "Rename or drop all but one.")
    for line, row in enumerate(rows, 2):
        if any(cell.strip() for cell in row.pop(_REST, ())):
            said = f"{path}, line {line} has more cells than the {len(names)} columns that are named."
            hint = "Quote cells with commas, or part the columns by semicolons or tabs."
            raise InvalidError(said, hint)
    return names, rows


def _of_lines(
    path: Path,
    rows: Sequence[Mapping[str, str]],
    names: Sequence[str],
    run: str | None,
    step: str | None,
    params: Sequence[str],
) -> SourceRuns:
    by_run: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for line, row in enumerate(rows, 2):
        by_run.setdefault(row.get(run or "") or path.stem, []).append((line, row))
    for name, own in by_run.items():
        found = SourceRun(tool="csv", key=_key(path, name, own[0][1]), name=name)
        for column in names:
            texts = [row.get(column) or "" for _, row in own]
            if column not in params and _is_metric(column, texts):
                found.metrics[column] = by_step(_points(path, own, column, step))
            elif len(set(texts)) == 1 and texts[0]:
                found.params[column] = texts[0]
            else:
                _refuse_commas(path, own, column)
        yield found


def _refuse_commas(path: Path, rows: Sequence[tuple[int, Mapping[str, str]]], column: str) -> None:
    """A text that changes is left out, but not one that is a number to its writer."""
    for line, row in rows:
        if _COMMA.fullmatch(text := row.get(column) or ""):
            said = f"{path}, line {line}: {column} is {text.strip()}, and numbers have a decimal point here."
            raise InvalidError(said, "Write points for the commas, and nothing between thousands.")


def _of_chart(
    path: Path, rows: Sequence[Mapping[str, str]], charts: Sequence[str], step: str | None
) -> SourceRuns:
    found: dict[str, SourceRun] = {}
    lines = list(enumerate(rows, 2))
    for column in charts:
        name, _, metric = column.rpartition(_CHART)
        first = next(({column: row[column]} for row in rows if (row[column] or "").strip()), {})
        run = found.setdefault(name, SourceRun(tool="csv", key=_key(path, name, first), name=name))
        run.metrics[metric] = by_step(_points(path, lines, column, step))
    yield from found.values()


def _key(path: Path, name: str, first: Mapping[str, str]) -> str:
    said = json.dumps(sorted((column, text) for column, text in first.items() if isinstance(text, str)))
    return f"{path.name} {name} {hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _points(
    path: Path, rows: Sequence[tuple[int, Mapping[str, str]]], column: str, step: str | None
) -> list[Point]:
    """A cell without a number says nothing of its step."""
    points = []
    for number, (line, row) in enumerate(rows, 1):
        text = (row.get(column) or "").strip()
        if text.lower() in _NO_NUMBER - {"nan"}:
            continue
        points.append((float(number), _step(path, line, row, step, number), _number(text)))
    return points


def _step(path: Path, line: int, row: Mapping[str, str], column: str | None, number: int) -> int:
    if column is None:
        return number
    try:
        step = float(row[column])
    except (ValueError, TypeError):
        step = math.nan
    if not step.is_integer() or abs(step) > _LAST_STEP:
        said = f"{path}, line {line}: {column} is {row[column]!r}, which is no step."
        raise InvalidError(said, "Steps are whole numbers. Name another column with --map step=COLUMN.")
    return int(step)


def _is_metric(column: str, texts: Sequence[str]) -> bool:
    filled = [text.strip() for text in texts if text.strip().lower() not in _NO_NUMBER]
    return bool(filled) and not column.startswith(_OWN) and all(map(_is_number, filled))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    return float(text) if _is_number(text) else float("nan")


def _column(what: str, asked: str | None, names: Sequence[str], usual: Sequence[str]) -> str | None:
    """The asked one, or the first of the usual ones that is there. Raises InvalidError for an asked one."""
    if asked is not None:
        if asked not in names:
            problem = FieldProblem(
                f"--map {what}={asked}", f"is no column; there are {', '.join(names[:30])}"
            )
            raise InvalidError("The mapping was refused.", fields=[problem])
        return asked
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in usual if name in lower), None)


def _separator(sample: str) -> str:
    first = next((line for line in sample.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)
