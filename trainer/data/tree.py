"""The files of an import behind one face: their names first, their contents afterwards; and the limits.

A plain folder is read here, archives in `archive`. Which files are images is `layout`'s business.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from trainer.errors import DataError

SMALLEST, LARGEST = 16, 256
"""Image sizes in pixels: four poolings need 16; beyond 256 a data set no longer fits in memory."""
CHUNK = 2**16
"""Bytes of a file that are read at a time."""
_SHOWN = 60

Chunks = Iterator[bytes]
"""A file's content, piece by piece. Raises UnreadableError where this file alone cannot be read on, and any
other DataError where nothing more of the tree can."""


class UnreadableError(DataError):
    """One file cannot be read; `message` is the reason, without a path."""


@dataclass(frozen=True)
class Limits:
    """What an import may hold at most; beyond, it is refused (or, for one file, the file is left out).

    Bytes are counted twice: as they are listed, and as they are read, since an archive may lie about them.
    """

    files: int = 500_000
    """Files, folders, links: all that is listed."""
    names: int = 32 * 2**20
    """Characters of all paths together."""
    path: int = 4096
    """Characters of one path; no system takes longer ones."""
    depth: int = 20
    """Folders in each other."""
    total_bytes: int = 50 * 2**30
    file_bytes: int = 200 * 2**20
    pixels: int = 64_000_000
    classes: int = 1000
    stored_bytes: int = 16 * 2**30
    """The decoded arrays: images * size * size * 3."""


@dataclass
class Listing:
    """What a tree holds: relative paths with "/" between parts."""

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason) of what cannot be read as a file."""


class Tree(Protocol):
    """A folder or an archive, opened."""

    listing: Listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, Chunks]]:
        """The contents of these files, in the cheapest order; each is read before the next is asked for."""
        ...


def chunks(open_file: Callable[[], AbstractContextManager[IO[bytes]]], size: int = CHUNK) -> Chunks:
    """A file's content, `size` bytes at a time."""
    with open_file() as file:
        while piece := file.read(size):
            yield piece


def too_large(limits: Limits) -> DataError:
    """The refusal of a tree that holds too many bytes."""
    return DataError(f"It holds more than {limits.total_bytes:,} bytes.", "Import a part of it.")


def too_many(limits: Limits) -> DataError:
    """The refusal of a tree that holds too many entries."""
    return DataError(f"It holds more than {limits.files:,} files and folders.", "Import a part of it.")


def too_long(limits: Limits) -> DataError:
    """The refusal of a tree whose names are too long, all together."""
    return DataError(
        f"The names in it are longer than {limits.names:,} characters, all together.",
        "Import a part of it, or give its files shorter names.",
    )


class Census:
    """Counts entries, names and bytes while a tree is listed, and refuses it at a limit."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: set[str] = set()
        self._entries = self._names = self._bytes = 0
        self.listing = Listing()

    def meet(self, path: str) -> None:
        """Count an entry, of whatever kind, before it is taken in. Raises DataError at a limit."""
        limits = self._limits
        self._entries += 1
        self._names += len(path)
        if self._entries > limits.files:
            raise too_many(limits)
        if self._names > limits.names:
            raise too_long(limits)
        if len(path) > limits.path or path.count("/") > limits.depth:
            raise DataError(
                f"{path[:_SHOWN]}... is a path of {len(path):,} characters in {path.count('/'):,} folders; "
                f"{limits.path:,} characters and {limits.depth} folders are the most.",
                "Put its files less deep, under shorter names.",
            )

    def add(self, path: str, size: int) -> bool:
        """Take a file of `size` bytes in; False where it is set aside. Raises DataError at a limit."""
        self._bytes += size
        if self._bytes > self._limits.total_bytes:
            raise too_large(self._limits)
        reason = self._reason(path, size)
        self._seen.add(path)
        if reason:
            self.skip(path, reason)
        else:
            self.listing.files.append(path)
        return not reason

    def skip(self, path: str, reason: str) -> None:
        """Set a file aside."""
        self.listing.skipped.append((path, reason))

    def _reason(self, path: str, size: int) -> str:
        if path in self._seen:
            return "the archive holds this name twice; the first is used"
        if size > self._limits.file_bytes:
            return f"larger than {self._limits.file_bytes:,} bytes"
        return ""


class FolderTree:
    """A folder on disk. Links in it are followed: it is the user's own, and links save them copies."""

    def __init__(self, root: Path, limits: Limits) -> None:
        self._root = root
        self._visited: set[tuple[int, int]] = set()
        self._pending = [root]
        census = Census(limits)
        while self._pending:
            self._list(self._pending.pop(), census)
        self.listing = census.listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, Chunks]]:
        """The contents of these files, by name."""
        for path in sorted(paths):
            yield path, self._chunks(self._root / path)

    def _chunks(self, file: Path) -> Chunks:
        try:
            yield from chunks(lambda: file.open("rb"))
        except OSError as error:
            raise UnreadableError(f"cannot be read ({error.strerror})") from error

    def _list(self, folder: Path, census: Census) -> None:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            if folder == self._root:
                raise DataError(f"{folder} cannot be read: {error.strerror}.", "Check its rights.") from error
            census.skip(self._path(folder), f"cannot be read ({error.strerror})")
            return
        for entry in entries:
            try:
                self._take(entry, entry.stat(), census)
            except OSError as error:
                census.skip(self._path(entry), f"cannot be read ({error.strerror})")

    def _take(self, entry: Path, found: os.stat_result, census: Census) -> None:
        path, identity = self._path(entry), (found.st_dev, found.st_ino)
        census.meet(path)
        if stat.S_ISREG(found.st_mode):
            census.add(path, found.st_size)
        elif not stat.S_ISDIR(found.st_mode):
            census.skip(path, "not a regular file")
        elif identity in self._visited:
            census.skip(path, "leads back to a folder that was read already")
        else:
            self._visited.add(identity)
            census.listing.folders.append(path)
            self._pending.append(entry)

    def _path(self, entry: Path) -> str:
        return entry.relative_to(self._root).as_posix()
