"""The files of a zip or tar archive, read in place. Nothing is ever unpacked to disk.

All names are checked before any content is read: one member that would leave the place where the archive is
unpacked refuses the whole of it, since whoever made it meant harm, or made a mistake that may concern the
rest. Links that stay inside are left out, with a reason.
"""

import posixpath
import re
import stat
import tarfile
import zipfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import FileIO
from pathlib import Path

from trainer.data.packed import DAMAGED, MOST_AT_ONCE, Packed, damage_or_system, packed
from trainer.data.tree import (
    CHUNK,
    Census,
    Chunks,
    FolderTree,
    Limits,
    Tree,
    UnreadableError,
    chunks,
    too_long,
    too_many,
)
from trainer.errors import DataError

_LONGEST_NAME = 255
_LONGEST_LINK = 4096
_ENTRY_STARTS, _ENTRY = b"PK\x01\x02", 100
"""How an entry of a zip's directory begins, and its usual bytes beside the name."""
_MOST_BEHIND = 2**26
"""Bytes behind the end of a tar archive: packers fill up their last record, and no more."""
_BLOCK = 4096
"""Packed bytes that are unpacked at a time where zipfile cannot be told how much to unpack: bzip2 and LZMA
make up to 100 MB of them."""


@contextmanager
def open_tree(path: Path, limits: Limits) -> Iterator[Tree]:
    """The folder, .zip or .tar (plain, gz, bz2, xz) at `path`, told apart by content, listed and checked.

    Raises DataError where there is no such thing, where it is damaged, unsafe, or beyond `limits`.
    """
    with ExitStack() as stack:
        try:
            tree = _tree(path, limits, stack)
        except DAMAGED as error:
            raise damage_or_system(path, error) from error
        yield tree


def _tree(path: Path, limits: Limits, stack: ExitStack) -> Tree:
    if path.is_dir():
        return FolderTree(path, limits)
    if not path.is_file():
        raise DataError(f"There is no folder or archive {path}.", "Check the path.")
    tar = _tar_of(stack.enter_context(packed(path)))
    if tar is not None:
        return TarTree(tar, limits)
    if zipfile.is_zipfile(path):
        file = stack.enter_context(_Directory(path, limits))
        return ZipTree(stack.enter_context(zipfile.ZipFile(file)), limits)
    raise DataError(
        f"{path} is neither a folder nor a zip or tar archive that can be read.",
        "Pack it as .zip or .tar.gz.",
    )


def _tar_of(file: Packed) -> tarfile.TarFile | None:
    """The tar archive that this file holds, or None where it is something else."""
    try:
        return tarfile.TarFile(fileobj=file)
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        return None


class _Directory(FileIO):
    """A zip's file. The reader takes the whole directory of names at once, and makes objects of it, before
    anybody may look: here it is refused where that would take more memory than an import may.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path)
        self._limits = limits

    def read(self, size: int | None = -1, /) -> bytes:
        """As of any file. Raises DataError where the directory is beyond the limits."""
        size = -1 if size is None else size
        if size > self._limits.names + _ENTRY * self._limits.files:
            raise too_long(self._limits)
        content = super().read(size)
        if content.count(_ENTRY_STARTS) > self._limits.files:
            raise too_many(self._limits)
        return content


class TarTree:
    """A tar archive. Contents come in the archive's own order, since compressed ones cannot jump."""

    def __init__(self, tar: tarfile.TarFile, limits: Limits) -> None:
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        census = Census(limits)
        while (member := tar.next()) is not None:
            path = safe_path(member.name)
            census.meet(path)
            self._take(member, path, census)
            tar.members.clear()  # type: ignore[attr-defined]  # it keeps them all, with all attributes
            tar.pax_headers = {}
            member.pax_headers = {}
        _check_end(tar)
        self.listing = census.listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, Chunks]]:
        """The contents of these files, in the archive's order."""
        for path, member in self._members.items():
            if path in paths:
                yield path, self._chunks(member)

    def _chunks(self, member: tarfile.TarInfo) -> Chunks:
        content = self._tar.extractfile(member)
        assert content is not None
        try:
            yield from chunks(lambda: content)
        except DAMAGED as error:
            raise damage_or_system(str(self._tar.name), error) from error

    def _take(self, member: tarfile.TarInfo, path: str, census: Census) -> None:
        if member.isdir():
            census.listing.folders.append(path)
        elif member.isfile():
            if census.add(path, member.size):
                self._members[path] = member
        elif member.issym() or member.islnk():
            folder = posixpath.dirname(path) if member.issym() else ""
            _check_link(path, folder, member.linkname)
            census.skip(path, "a link; put the file itself into the archive")
        else:
            raise _unsafe(member.name, "is a device or pipe")


def _check_end(tar: tarfile.TarFile) -> None:
    """Raises DataError where the members end without the mark of an end, or a checksum is wrong.

    tarfile takes a header that it cannot read for the end, so the rest of a damaged archive would be left out
    without a word; and a checksum stands behind the last byte, which nobody reads for the members' sake.
    """
    file, name = tar.fileobj, str(tar.name)
    assert file is not None
    file.seek(tar.offset)
    mark = file.read(tarfile.BLOCKSIZE)
    if mark != tarfile.NUL * tarfile.BLOCKSIZE:
        raise DataError(
            f"The archive {name} is damaged or cut off: after {tar.offset:,} bytes of it stands neither a "
            "file nor the mark of its end.",
            "Copy or download it again, or pack it anew.",
        )
    for _ in range(_MOST_BEHIND // MOST_AT_ONCE):
        if not file.read(MOST_AT_ONCE):
            return
    raise DataError(
        f"The archive {name} goes on behind its end for more than {_MOST_BEHIND:,} bytes.", "Pack it anew."
    )


class ZipTree:
    """A zip archive."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        census = Census(limits)
        for member in archive.infolist():
            path = safe_path(member.filename)
            census.meet(path)
            self._take(member, path, census)
        self.listing = census.listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, Chunks]]:
        """The contents of these files, in the archive's order."""
        for path, member in self._members.items():
            if path in paths:
                yield path, self._chunks(member)

    def _chunks(self, member: zipfile.ZipInfo) -> Chunks:
        bounded = member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        try:
            yield from chunks(partial(self._archive.open, member), CHUNK if bounded else _BLOCK)
        except (*DAMAGED, NotImplementedError) as error:
            raise UnreadableError(f"damaged in the archive ({error})") from error

    def _take(self, member: zipfile.ZipInfo, path: str, census: Census) -> None:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir():
            census.listing.folders.append(path)
        elif kind == stat.S_IFLNK:
            with self._archive.open(member) as link:
                target = link.read(_LONGEST_LINK).decode("utf-8", "replace")
            _check_link(path, posixpath.dirname(path), target)
            census.skip(path, "a link; put the file itself into the archive")
        elif kind not in (0, stat.S_IFREG):
            raise _unsafe(member.filename, "is a device or pipe")
        elif member.flag_bits & 1:
            census.skip(path, "encrypted")
        elif census.add(path, member.file_size):
            self._members[path] = member


def safe_path(name: str) -> str:
    """A member's path in one spelling: relative, "/" between parts. Raises DataError where it leaves."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name):
        raise _unsafe(name, "has an absolute path")
    if ".." in parts:
        raise _unsafe(name, "climbs out by '..'")
    if "\0" in name or any(len(part) > _LONGEST_NAME for part in parts):
        raise _unsafe(name, "has a name that no file can have")
    return "/".join(parts)


def _check_link(path: str, folder: str, target: str) -> None:
    reached = posixpath.normpath(posixpath.join(folder, target.replace("\\", "/")))
    if reached.startswith(("/", "..")) or re.match("[A-Za-z]:", target):
        raise _unsafe(path, f"is a link that leads outside, to {target!r}")


def _unsafe(name: str, reason: str) -> DataError:
    return DataError(
        f"The archive was refused and nothing of it was read: its member {name!r} {reason}.",
        "Use an archive from a source you trust, with paths inside one folder only.",
    )
