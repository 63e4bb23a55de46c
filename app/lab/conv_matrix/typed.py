"""What is typed for conv-matrix, as its request: numbers, pairs, pads, grids cut into channels; examples.

What the numbers may be is decided by `formula.problem`, which refuses by the request's paths.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.lab.base.calculator import Example, Typed
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


WRITE_UP_ANSWER = """w(1,1) w(1,2) 0 w(2,1) w(2,2) 0 0 0 0
0 w(1,0) w(1,1) 0 w(2,0) w(2,1) 0 0 0
0 0 0 w(0,1) w(0,2) 0 w(1,1) w(1,2) 0
0 0 0 0 w(0,1) w(0,2) 0 w(1,1) w(1,2)"""

_SMALL, _TWO = {"stride": "1", "padding": "0"}, {"kernel_height": "2", "kernel_width": "2"}
_FIVE = {"kernel_height": "5", "kernel_width": "5", "stride": "2"}
_COUNTED = "\n".join(" ".join(str(5 * row + col) for col in range(1, 6)) for row in range(5))
_PIXEL, _TRANSPOSED = {"height": "1", "width": "1"}, {"transposed": "true", "output_padding": "1"}
EXAMPLES = (
    Example(
        "The write-up's problem and its answer",
        "3 x 3 on 3 x 3 with stride 4 and padding 2. The answer has the right size, but every row is wrong: "
        "each window reads one corner only. Its first three rows are those of stride 2 with padding 1.",
        {"answer": WRITE_UP_ANSWER},
    ),
    Example(
        "The problem that was answered",
        "Stride 2 with padding 1 gives the same size, 4 x 9, with four weights in each row.",
        {"stride": "2", "padding": "1"},
    ),
    Example(
        "A layer does not flip the kernel",
        "37, 47, 67, 77 is what a layer computes. With the kernel flipped, as signal processing has it, the "
        "result is 23, 33, 53, 63; the full convolution has 4 x 4 values.",
        {**_SMALL, **_TWO, "kernel": "1 2\n3 4", "image": "1 2 3\n4 5 6\n7 8 9"},
    ),
    Example(
        'Padding "same" with a stride',
        "PyTorch refuses it. For an even input the pads are uneven, the extra one at the bottom and right.",
        {"height": "10", "width": "10", **_FIVE, "padding": "same"},
    ),
    Example(
        "Transposed, with output padding",
        "One pixel becomes 2 x 2. The row and column that the output padding adds are computed, not zero.",
        {**_PIXEL, **_FIVE, **_TRANSPOSED, "image": "1", "kernel": _COUNTED},
    ),
    Example(
        "Depthwise: a group for each channel",
        "A falls into one block a channel; nothing is read across channels.",
        {**_SMALL, "channels": "2", "out_channels": "2", "groups": "2", **_TWO},
    ),
    Example(
        "A digit of 28 x 28",
        "784 x 784, with nine bands and 1.1 % of the entries not zero.",
        {"height": "28", "width": "28", "stride": "1", "padding": "1"},
    ),
)
