"""Numbers of large figures as Plotly also takes them: base64 of little-endian integers, a byte or two each.

A list of a million numbers is 20 MB of JSON; packed it is 1.3 MB for each byte of a number.
"""

import sys
from array import array
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any, Literal

Code = Literal["u1", "i2", "u2"]

_ARRAYS: dict[Code, str] = {"u1": "B", "i2": "h", "u2": "H"}


def packed(code: Code, rows: Sequence[Iterable[int]]) -> dict[str, Any]:
    """A matrix [rows][columns] of integers that fit `code`: unsigned or signed, and bytes of each."""
    numbers = array(_ARRAYS[code])
    for row in rows:
        numbers.frombytes(bytes(row) if code == "u1" else array(_ARRAYS[code], row).tobytes())
    if sys.byteorder == "big":
        numbers.byteswap()
    shape = f"{len(rows)}, {len(numbers) // max(1, len(rows))}"
    return {"dtype": code, "bdata": b64encode(numbers).decode("ascii"), "shape": shape}


def spoken(rows: Sequence[str], columns: Sequence[str], **more: Any) -> dict[str, Any]:
    """What the page says of a cell under the pointer (static/plot-hover.js), for a trace's `meta`.

    "rows[i], columns[j]", then, where the trace has customdata, its number and after[i]; otherwise
    words[z - low]. As plain text. turned: off the diagonal z is drawn with the other sign than it is said.
    """
    return {"cells": {"rows": rows, "columns": columns, **more}}
