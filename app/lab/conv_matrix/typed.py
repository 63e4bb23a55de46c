"""What is typed for conv-matrix, as its request: numbers, pairs, pads, and grids cut into channels.

What the numbers may be is decided by `formula.problem`, which refuses by the request's paths.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.lab.base.calculator import Typed
from app.lab.base.formula.exact import refuse
from app.lab.base.text import grid

_SEPARATORS = re.compile(r"[\s,;x×()\[\]]+")
_MOST_DIGITS = 9
_DEEP = 2


def request(typed: Typed) -> Mapping[str, Any]:
    """The request. Raises TheoryError naming the field."""
    image = {name: _int(typed[name].strip(), name) for name in ("channels", "height", "width")}
    channels = {name: _int(typed[name].strip(), name) for name in ("out_channels", "groups")}
    height, width = (_int(typed[name].strip(), name) for name in ("kernel_height", "kernel_width"))
    pairs = {name: _numbers(typed, name, (1, 2)) for name in ("stride", "dilation", "output_padding")}
    switches = {name: typed[name] == "true" for name in ("flip", "transposed")}
    outer = image["channels"] if switches["transposed"] else channels["out_channels"]
    values = _tensor(typed, "kernel", (outer, height)) or None
    return {
        "input": image,
        **channels,
        "kernel": {"height": height, "width": width, "values": values},
        **pairs,
        "padding": _padding(typed),
        **switches,
        "image": _tensor(typed, "image", (image["channels"], image["height"])) or None,
        "answer": grid(typed["answer"], "answer") or None,
    }


def _int(text: str, name: str) -> int:
    if not re.fullmatch(rf"[+-]?[0-9]{{1,{_MOST_DIGITS}}}", text):
        raise refuse(name, f"must be a whole number, got {text[:40]!r}")
    return int(text)


def _numbers(typed: Typed, name: str, counts: tuple[int, ...]) -> int | list[int]:
    """One number, or several with commas, blanks or x between; brackets are left out."""
    parts = [_int(part, name) for part in _SEPARATORS.split(typed[name]) if part]
    if len(parts) not in counts:
        wanted = " or ".join(map(str, counts))
        raise refuse(name, f"must be {wanted} whole numbers, got {typed[name][:40]!r}")
    return parts[0] if len(parts) == 1 else parts


def _padding(typed: Typed) -> str | int | list[int] | list[list[int]]:
    word = typed["padding"].strip().lower()
    if word.isalpha():
        return word
    pads = _numbers(typed, "padding", (1, 2, 4))
    if isinstance(pads, list) and len(pads) > _DEEP:
        return [pads[:2], pads[2:]]
    return pads


def _tensor(typed: Typed, name: str, sides: tuple[int, int]) -> Sequence[Any]:
    """Rows as they are for one channel; cut into blocks of sides[1] rows, sides[0] groups of them.

    Empty where nothing was typed.
    """
    nested = _nested(typed[name])
    if nested is not None:
        return nested
    rows = grid(typed[name], name)
    count, height = sides
    if not rows:
        return ()
    if name == "image":
        return rows if count == 1 else _blocks(rows, height, name)
    if len(rows) == height:
        return rows
    blocks = _blocks(rows, height, name)
    if count < 1 or len(blocks) % count:
        held = f"{len(blocks)} kernels of {height} rows"
        raise refuse(name, f"holds {held}, which {count} channels do not share")
    share = len(blocks) // count
    return [blocks[at : at + share] for at in range(0, len(blocks), share)]


def _blocks(rows: list[list[str]], height: int, name: str) -> list[list[list[str]]]:
    if height < 1 or len(rows) % height:
        raise refuse(name, f"has {len(rows)} rows, which is no multiple of the height {height}")
    return [rows[at : at + height] for at in range(0, len(rows), height)]


def _nested(text: str) -> list[Any] | None:
    """JSON deeper than rows of numbers, as it is."""
    try:
        found = json.loads(text) if text.lstrip().startswith("[[[") else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None
