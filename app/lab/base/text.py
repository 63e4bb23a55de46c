"""Typed text as lists: rows of entries as they are pasted from a spreadsheet or written by hand.

Entries stay text; what they mean is read by the calculator.
"""

import json
import re

from app.lab.base.formula.exact import refuse

LONGEST_TEXT = 40_000
"""Characters of one field; more goes through the REST endpoint."""

_ROWS = re.compile(r"[\n;]")


def grid(text: str, path: str) -> list[list[str]]:
    """Rows by line or semicolon, entries by tab, comma or blanks; or JSON, a list of rows or one row.

    A comma inside brackets separates nothing: "w(0,1), 0" holds two entries. Where tabs separate, as in what
    a spreadsheet copies, nothing else does, and an empty cell is an empty entry, as null is in JSON. Text
    without any entry, such as separators alone, has no rows. Raises TheoryError for text that is too long.
    """
    if len(text) > LONGEST_TEXT:
        raise refuse(path, f"has {len(text):,} characters; {LONGEST_TEXT:,} are read", "Send it as JSON.")
    rows = _rows(text)
    return rows if any(map(any, rows)) else []


def entries(line: str) -> list[str]:
    """The entries of one row."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(line):
        depth += (character in "({[") - (character in ")}]")
        if depth <= 0 and (character == "," or character.isspace()):
            parts.append(line[start:at])
            start = at + 1
    parts.append(line[start:])
    return [part.strip() for part in parts if part.strip()]


def numbers(text: str, path: str) -> list[str]:
    """All entries of all rows in one list, without empty ones."""
    return [entry for row in grid(text, path) for entry in row if entry]


def _rows(text: str) -> list[list[str]]:
    if "\t" in text and not text.lstrip().startswith("["):
        return [[cell.strip() for cell in row.split("\t")] for row in text.splitlines() if row.strip(" ")]
    return _as_json(text) or [entries(row) for row in _ROWS.split(text) if row.strip()]


def _as_json(text: str) -> list[list[str]] | None:
    try:
        found = json.loads(text) if text.lstrip().startswith("[") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found:
        return None
    rows = found if all(isinstance(row, list) for row in found) else [found]
    return [["" if entry is None else str(entry) for entry in row] for row in rows]
