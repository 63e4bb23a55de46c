"""Fields of a protobuf message by number, read off the wire: as much as event files need, without a library.

https://protobuf.dev/programming-guides/encoding: a tag says field and kind; kinds are 0 varint, 1 eight
bytes, 2 a length and so many bytes, 5 four bytes.
"""

import struct
from collections.abc import Iterator

Value = int | bytes
"""A varint as it stands; all else as its bytes."""


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """(number, value) in order. Raises ValueError for what is no message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field of kind {kind}")
        if at + size > len(message):
            raise ValueError("a field that ends beyond its message")
        yield number, message[at : at + size]
        at += size


def all_of(message: bytes, number: int) -> list[bytes]:
    """What stands in the field of this number, each time, as bytes."""
    return [value for field, value in fields(message) if field == number and isinstance(value, bytes)]


def first_of(message: bytes, number: int) -> bytes | None:
    """The last one given, as protobuf has it; None where there is none."""
    found = all_of(message, number)
    return found[-1] if found else None


def number_of(message: bytes, number: int) -> int:
    """The varint of this field; 0 where there is none."""
    found = [value for field, value in fields(message) if field == number and isinstance(value, int)]
    return found[-1] if found else 0


def text_of(message: bytes, number: int) -> str:
    """The text of this field; "" where there is none."""
    return (first_of(message, number) or b"").decode("utf-8", "replace")


def double(value: bytes | None) -> float | None:
    """Eight bytes as a number."""
    return None if value is None or len(value) != 8 else float(struct.unpack("<d", value)[0])


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise ValueError("a number that ends beyond its message")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number of more than ten bytes")
