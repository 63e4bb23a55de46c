"""Text that a person or a folder provides, as text that no terminal acts upon and every encoding can carry.

Control characters, line and paragraph separators, marks that turn the direction of writing, and bytes of
file names that are no text are written as \\x.. or \\u....; everything else stays as it is.
"""

import re
from typing import IO

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSEEN_BUT_LINES = re.compile(f"(?!\r?\n|\t){_UNSEEN.pattern}")
_BYTES = re.compile("[\udc80-\udcff]+")
_NOT_ASCII = re.compile("[^\x00-\x7e]")
_ESCAPED_BYTES = 0xDC00
"""What `os.fsdecode` adds to a byte that is no UTF-8."""


def visible(text: str) -> str:
    """`text` in one line, without a character that a terminal would act upon; UTF-8 can encode it."""
    return _UNSEEN.sub(_escaped, _BYTES.sub(_decoded, text))


def visible_lines(text: str) -> str:
    """As `visible`, where line ends and tabs are meant: a traceback, a table, a CSV file."""
    return _UNSEEN_BUT_LINES.sub(_escaped, _BYTES.sub(_decoded, text))


def ascii_json(text: str) -> str:
    """The same JSON document in ASCII alone, which every terminal and every encoding can carry."""
    return _NOT_ASCII.sub(_units, text)


def never_fail(*streams: IO[str] | None) -> None:
    """Have these streams write as \\x.. or \\u.... what their encoding lacks, rather than raise."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _decoded(found: re.Match[str]) -> str:
    """File names are UTF-8, also where the locale knows ASCII alone and Python took them for bytes."""
    return found[0].encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if _ESCAPED_BYTES + 0x80 <= code <= _ESCAPED_BYTES + 0xFF:
        code -= _ESCAPED_BYTES
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _units(found: re.Match[str]) -> str:
    """The character as JSON escapes it: one UTF-16 unit, or two."""
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
