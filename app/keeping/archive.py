"""The file of a backup: a tar, packed by gzip where its name ends so, written and read as a stream.

It begins with a head, by which it is known, and ends with a list of all files with their sizes and sums, and
the sum of that list: what was cut off or changed is found, and named.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from pydantic import BaseModel, ValidationError

from app.errors import SetupError

HEAD, LIST, SUM = "betaboard-backup.json", "list.json", "list.sha256"
FORMAT = 1
Part = Literal["checkpoints", "datasets"]
"""What a backup may leave out."""

_CHUNK = 1 << 20
_PACKED = (".gz", ".tgz")
_LEVEL = 3
"""Of gzip: weights hardly become smaller at any, and journals do at this one."""
_OF_DAMAGE = (tarfile.TarError, EOFError, zlib.error)


class Head(BaseModel):
    """What a backup says of itself before all else."""

    format: int
    version: str
    """Of the betaboard that made it."""
    database_version: str
    """The schema's."""
    made_at: str
    left_out: tuple[Part, ...]


class Member(BaseModel):
    """A file of a backup."""

    bytes: int
    sha256: str


class Contents(BaseModel):
    """All files of a backup by name, and how many jobs its database holds, by state."""

    files: dict[str, Member]
    jobs: dict[str, int]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(member.bytes for member in self.files.values())


class DamagedError(SetupError):
    """A backup is cut off or changed, or is none."""


class ArchiveWriter:
    """Adds files to a new backup; `finish` makes it whole."""

    def __init__(self, file: IO[bytes], name: str, head: Head) -> None:
        """name: the file's own, which says whether it is packed."""
        self._packing = gzip.GzipFile("", "wb", _LEVEL, file) if name.endswith(_PACKED) else None
        self._tar = tarfile.open(fileobj=self._packing or file, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._files: dict[str, Member] = {}
        self._put(HEAD, head.model_dump_json(indent=1).encode())

    def add(self, name: str, file: IO[bytes], size: int, changed_at: float = 0) -> None:
        """The first `size` bytes of an open file. Raises OSError where it has fewer."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, int(changed_at), 0o644
        summed = _Summed(file)
        self._tar.addfile(info, summed)
        self._files[name] = Member(bytes=size, sha256=summed.sum.hexdigest())

    def finish(self, jobs: dict[str, int]) -> Contents:
        """Write the list."""
        contents = Contents(files=self._files, jobs=jobs)
        told = json.dumps(contents.model_dump(), indent=0).encode()
        self._put(LIST, told)
        self._put(SUM, hashlib.sha256(told).hexdigest().encode())
        self._tar.close()
        if self._packing is not None:
            self._packing.close()
        return contents

    def _put(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o644
        self._tar.addfile(info, io.BytesIO(content))


class _Summed:
    """A file that is summed up while tarfile reads it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        found = self._file.read(size)
        self.sum.update(found)
        return found


Take = Callable[[str], IO[bytes]]
"""Where a member of this name is to be written; who asked closes it."""


def read_archive(path: Path, take: Take | None = None) -> tuple[Head, Contents]:
    """Read all of a backup, and hold each file to its sum.

    Raises DamagedError naming what is damaged or missing, or where it is no backup of ours, and OSError.
    """
    reader = _Reader(path, take)
    try:
        with tarfile.open(path, "r|*") as packed:
            for info in packed:
                reader.see(packed, info)
    except _OF_DAMAGE as error:
        raise reader.cut_off(str(error) or "it ends within a file") from error
    return reader.checked()


class _Reader:
    """What was read of a backup so far."""

    def __init__(self, path: Path, take: Take | None) -> None:
        self._path, self._take = path, take
        self._head: Head | None = None
        self._texts: dict[str, bytes] = {}
        self._files: dict[str, Member] = {}
        self._last = ""

    def see(self, packed: tarfile.TarFile, info: tarfile.TarInfo) -> None:
        """The next member."""
        content = packed.extractfile(info) if info.isreg() else None
        if content is None or not _is_inside(info.name):
            raise DamagedError(
                f"{self._path} holds {info.name!r}, which no backup holds.", "Use another one."
            )
        self._last = info.name
        if self._head is None:
            self._head = self._known(info.name, content)
        elif info.name in (LIST, SUM):
            self._texts[info.name] = content.read()
        else:
            self._files[info.name] = self._copied(info, content)

    def _known(self, name: str, content: IO[bytes]) -> Head:
        """The head of a backup that this version can read."""
        try:
            told = json.loads(content.read()) if name == HEAD else {}
            if told.get("format", FORMAT) != FORMAT:
                raise SetupError(
                    f"{self._path} was made by a newer betaboard ({told.get('version')}).",
                    "Upgrade betaboard.",
                )
            return Head.model_validate(told)
        except (ValueError, ValidationError) as error:
            raise DamagedError(
                f"{self._path} is no backup of a board.", "Name a file that `betaboard backup` made."
            ) from error

    def _copied(self, info: tarfile.TarInfo, content: IO[bytes]) -> Member:
        summed, size = hashlib.sha256(), 0
        with ExitStack() as stack:
            out = stack.enter_context(self._take(info.name)) if self._take else None
            while chunk := content.read(_CHUNK):
                summed.update(chunk)
                size += len(chunk)
                if out is not None:
                    out.write(chunk)
        return Member(bytes=size, sha256=summed.hexdigest())

    def cut_off(self, why: str) -> DamagedError:
        """What is said of an archive that cannot be read to its end."""
        after = f"after {self._last}" if self._last else "at its beginning"
        return DamagedError(f"{self._path} is damaged or cut off {after}: {why}.", "Use another backup.")

    def checked(self) -> tuple[Head, Contents]:
        """Raises DamagedError unless all is there, as it was."""
        told = self._texts.get(LIST)
        if self._head is None or told is None or SUM not in self._texts:
            raise self.cut_off("its list of files is missing")
        if hashlib.sha256(told).hexdigest().encode() != self._texts[SUM]:
            raise self.cut_off("its list of files is not what was written")
        contents = Contents.model_validate_json(told)
        wrong = [name for name, member in contents.files.items() if self._files.get(name) != member]
        wrong += [name for name in self._files if name not in contents.files]
        if wrong:
            are = "is" if len(wrong) == 1 else "are"
            raise DamagedError(
                f"{self._path} is damaged: {_named(wrong)} {are} not as written.",
                "Use another backup.",
            )
        return self._head, contents


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


def _named(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
