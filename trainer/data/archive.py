"""The files of a zip or tar archive, read in place. Nothing is ever unpacked to disk.

All names are checked before any content is read: one member that would leave the place where the archive is
unpacked refuses the whole of it, since whoever made it meant harm, or made a mistake that may concern the
rest. Links that stay inside are left out, with a reason.
"""

import lzma
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.data.tree import Census, FolderTree, Limits, Tree
from trainer.errors import DataError

_LONGEST_NAME = 255
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


@contextmanager
def open_tree(path: Path, limits: Limits) -> Iterator[Tree]:
    """The folder, .zip or .tar (plain, gz, bz2, xz) at `path`, told apart by content, listed and checked.

    Raises DataError where there is no such thing, where it is damaged, unsafe, or beyond `limits`.
    """
    if path.is_dir():
        yield FolderTree(path, limits)
    elif not path.is_file():
        raise DataError(f"There is no folder or archive {path}.", "Check the path.")
    elif tarfile.is_tarfile(path):
        with _opened(path), tarfile.open(path) as tar:
            yield TarTree(tar, limits)
    elif zipfile.is_zipfile(path):
        with _opened(path), zipfile.ZipFile(path) as archive:
            yield ZipTree(archive, limits)
    else:
        raise DataError(
            f"{path} is neither a folder nor a zip or tar archive that can be read.",
            "Pack it as .zip or .tar.gz.",
        )


@contextmanager
def _opened(path: Path) -> Iterator[None]:
    """Say which archive is damaged where reading it fails."""
    try:
        yield
    except DataError:
        raise
    except _DAMAGED as error:
        raise DataError(
            f"The archive {path} is damaged or cut off: {error}", "Copy or download it again."
        ) from error


class TarTree:
    """A tar archive. Contents come in the archive's own order, since compressed ones cannot jump."""

    def __init__(self, tar: tarfile.TarFile, limits: Limits) -> None:
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        census = Census(limits)
        for member in tar:
            self._take(member, safe_path(member.name), census)
        self.listing = census.listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, bytes | DataError]]:
        """The contents of these files, in the archive's order."""
        for path, member in self._members.items():
            if path in paths:
                content = self._tar.extractfile(member)
                assert content is not None
                yield path, content.read()

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


class ZipTree:
    """A zip archive."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._members: dict[str, zipfile.ZipInfo] = {}
        census = Census(limits)
        for member in archive.infolist():
            self._take(member, safe_path(member.filename), census)
        self.listing = census.listing

    def read(self, paths: Collection[str]) -> Iterator[tuple[str, bytes | DataError]]:
        """The contents of these files, in the archive's order."""
        for path, member in self._members.items():
            if path in paths:
                try:
                    yield path, self._archive.read(member)
                except (*_DAMAGED, NotImplementedError) as error:
                    yield path, DataError(f"damaged in the archive ({error})")

    def _take(self, member: zipfile.ZipInfo, path: str, census: Census) -> None:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir():
            census.listing.folders.append(path)
        elif kind == stat.S_IFLNK:
            target = self._archive.read(member)[:4096].decode("utf-8", "replace")
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
