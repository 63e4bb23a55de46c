"""The records of a TensorBoard event file: length, its checksum, the event, its checksum.

A file that is still being written, or was cut off, ends within a record: what is whole counts. A record whose
length is not what its checksum says is no record, and everything from there on is lost.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from app.errors import InvalidError

_MOST_BYTES = 2**30
_POLYNOMIAL = 0x82F63B78


def records(path: Path) -> Iterator[bytes]:
    """Each whole one. Raises InvalidError for a file that begins with none."""
    is_first = True
    with path.open("rb") as file:
        while len(head := file.read(12)) == 12:
            size, told = struct.unpack("<QI", head)
            if size > _MOST_BYTES or masked_checksum(head[:8]) != told:
                if is_first:
                    raise InvalidError(f"{path} is no event file of TensorBoard.")
                return
            record = file.read(size)
            if len(record) < size or len(file.read(4)) < 4:
                return
            is_first = False
            yield record


def masked_checksum(data: bytes) -> int:
    """CRC-32C, turned by 15 bits and shifted, as TFRecord has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(map(_entry, range(256)))
