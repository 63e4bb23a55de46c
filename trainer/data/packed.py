"""A file that may be packed by gzip, bzip2 or xz, as the bytes inside it, read a bounded piece at a time.

The readers of tar headers take a header's word for how much follows; here no single read may be larger than
any true header is, so that a false one costs no memory.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import SEEK_SET, BufferedIOBase, RawIOBase
from pathlib import Path

from trainer.errors import DataError

MOST_AT_ONCE = 2**20
"""Bytes that one read may ask for: names and attributes of a member are far shorter."""

DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)

_MAGIC: tuple[tuple[bytes, Callable[[Path], BufferedIOBase]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
)


class Packed(RawIOBase):
    """The unpacked bytes of a file. Raises DataError where a read asks for too many at once."""

    def __init__(self, file: BufferedIOBase, path: Path) -> None:
        self._file, self._path = file, path
        self.name = str(path)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        if not 0 <= size <= MOST_AT_ONCE:
            raise DataError(
                f"The archive {self._path} is damaged: a header of it claims {size:,} bytes of names; "
                f"{MOST_AT_ONCE:,} is the most.",
                "Copy or download it again.",
            )
        return self._file.read(size)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a position of the unpacked bytes."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the unpacked bytes."""
        return self._file.tell()


@contextmanager
def packed(path: Path) -> Iterator[Packed]:
    """The file at `path`, unpacked where it is packed."""
    with path.open("rb") as plain:
        start = plain.read(6)
    unpack = next((unpack for magic, unpack in _MAGIC if start.startswith(magic)), None)
    with unpack(path) if unpack else path.open("rb") as file:
        yield Packed(file, path)


def damage_or_system(path: Path | str, error: Exception) -> DataError:
    """What stopped the reading of an archive: the system, where it gave its error a number, or damage."""
    if isinstance(error, OSError) and error.errno is not None:
        return DataError(
            f"{path} cannot be read: {error.strerror or error}.", "Check its rights, and the disk it is on."
        )
    return DataError(f"The archive {path} is damaged or cut off: {error}", "Copy or download it again.")
