"""Contents of files as they are needed: small ones in memory, a large one in a nameless file on disk.

What is held at a time is bounded by bytes really read, whatever an archive claims of its members.
"""

import tempfile
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from trainer.data.tree import Chunks, Limits, Tree, UnreadableError, too_large
from trainer.errors import DataError

SMALL = 8 * 2**20
"""A file of more bytes is put on disk, alone."""
_BATCH_BYTES = 24 * 2**20
_BATCH_FILES = 256

Content = bytes | IO[bytes] | DataError
Batch = list[tuple[str, Content]]


class Contents:
    """Reads files of a tree, and counts what it reads."""

    def __init__(self, tree: Tree, limits: Limits, folder: Path) -> None:
        """folder: where a large content lies while it is looked at."""
        self._tree, self._limits, self._folder = tree, limits, folder
        self._left = limits.total_bytes

    def batches(self, paths: Collection[str]) -> Iterator[Batch]:
        """Files and their contents, or why one cannot be read, in the tree's order; many small or one large.

        Raises DataError where more bytes come than the limits allow, or the tree is damaged.
        """
        batch: Batch = []
        held = 0
        for path, chunks in self._tree.read(paths):
            content = self._content(chunks)
            if isinstance(content, bytes | DataError):
                batch.append((path, content))
                held += len(content) if isinstance(content, bytes) else 0
                if held < _BATCH_BYTES and len(batch) < _BATCH_FILES:
                    continue
                yield batch
            else:
                yield batch
                with content:
                    yield [(path, content)]
            batch, held = [], 0
        yield batch

    def _content(self, chunks: Chunks) -> Content:
        start = bytearray()
        try:
            for chunk in self._counted(chunks):
                start += chunk
                if len(start) > SMALL:
                    return self._on_disk(bytes(start), chunks)
        except UnreadableError as error:
            return error
        return bytes(start)

    def _on_disk(self, start: bytes, rest: Chunks) -> IO[bytes]:
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed by who looks at it)
        try:
            size = 0
            for chunk in chain([start], self._counted(rest)):
                size += file.write(chunk)
                if size > self._limits.file_bytes:
                    raise UnreadableError(f"larger than {self._limits.file_bytes:,} bytes")
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def _counted(self, chunks: Chunks) -> Chunks:
        for chunk in chunks:
            self._left -= len(chunk)
            if self._left < 0:
                raise too_large(self._limits)
            yield chunk


def texts_in(tree: Tree, limits: Limits, folder: Path, paths: Collection[str]) -> dict[str, str]:
    """The texts of small files of the tree, by path; what is no UTF-8 is replaced.

    folder: as of `Contents`. Raises DataError where one of them cannot be read or is larger than `SMALL`.
    """
    texts = {}
    for batch in Contents(tree, limits, folder).batches(paths):
        for path, content in batch:
            if isinstance(content, DataError):
                raise DataError(f"{path} cannot be read: {content.message}.", content.hint)
            if not isinstance(content, bytes):
                raise DataError(f"{path} is larger than {SMALL:,} bytes; a list of that name is small.")
            texts[path] = content.decode("utf-8-sig", "replace")
    return texts
