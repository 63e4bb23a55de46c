"""What files a copy of a board holds, in an order in which a board that goes on meanwhile is copied whole.

What a file presupposes is copied after it. A checkpoint is written once its epochs stand in the journal, so
checkpoints come before the journal; a piece is told in the journal once its file is written, so pieces come
after it. The best checkpoint is written before the last one that names its epoch, so it comes after that.
Predictions belong to an epoch's checkpoint and are written before it. Each folder is listed when it is its
turn. A file is whole, as it is renamed into place and stays readable while it is open.
"""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from app.keeping.archive import Part
from app.keeping.names import DRAFT
from app.store.dialects.copied import CopiedJob
from trainer.events import ENTRY, TERMINAL_KINDS
from trainer.run_dir import RunDir
from trainer.transfer.between_tasks.config import FOLDER as OUTCOMES

_MOST_OPEN = 64
"""Files of a folder that are opened at once: a data set has five, and is replaced as a whole."""
_TAIL = 1 << 16
_LOOKS, _BETWEEN_LOOKS_SECONDS = 50, 0.02
"""For a folder that is away while another takes its place."""

Opened = tuple[str, IO[bytes], int]
"""Name in the backup, the open file, and how many bytes of it."""


def run_files(folder: RunDir, checkpoints: bool) -> Iterator[Path]:
    """Files of a job's folder, in order; without its checkpoints where they are to be left out."""
    if checkpoints:
        yield from sorted(_files(folder.checkpoints), key=_before_best)
    yield from _files(folder.predictions)
    known = (folder.checkpoints, folder.predictions, folder.pieces)
    for path in _files(folder.path):
        if not any(path.is_relative_to(other) for other in known) and path != folder.events:
            yield path
    if folder.events.exists():
        yield folder.events
    yield from _files(folder.pieces)


def _before_best(path: Path) -> tuple[int, str]:
    return {"last.pt": 0, "best.pt": 2}.get(path.name, 1), path.name


def needs_checkpoints(jobs: Collection[CopiedJob]) -> set[int]:
    """The jobs to come, and those that these train upon: these are what checkpoints are for."""
    to_come = [job for job in jobs if job.is_to_come]
    return {job.id for job in to_come} | {
        job.first_stage_id for job in to_come if job.first_stage_id is not None
    }


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], int] | None]:
    """The file, and how many bytes count; None where it is gone. Of a journal, its whole lines count."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        size = os.fstat(file.fileno()).st_size
        yield file, _whole_lines(file, size) if path.suffix == ".jsonl" else size


def has_ended(folder: RunDir) -> bool:
    """Whether the journal's last word is an end: its checkpoints are not replaced any more."""
    with opened(folder.events) as found:
        if found is None:
            return False
        file, size = found
        file.seek(max(0, size - _TAIL))
        *_, last = [b"", *file.read(size - file.tell()).splitlines()]
    try:
        return ENTRY.validate_json(last).event.kind in TERMINAL_KINDS
    except ValidationError:  # the tail of a long line, which is no end
        return False


def _whole_lines(file: IO[bytes], size: int) -> int:
    """Bytes up to the last line's end: what is after it, the next writer cuts."""
    end = size
    while end > 0:
        start = max(0, end - _TAIL)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    file.seek(0)
    return end


def dataset_files(datasets_dir: Path, left_out: Collection[Part]) -> Iterator[list[Opened]]:
    """Files of data sets and of kept outcomes, folder by folder: the few of a data set are opened together.

    Outcomes are results, which leaving out the data sets keeps.
    """
    root = datasets_dir / OUTCOMES if "datasets" in left_out else datasets_dir
    for folder, files in _folders(root):
        whole = len(files) <= _MOST_OPEN
        for group in [files] if whole else [[path] for path in files]:
            with ExitStack() as stack:
                yield _together(folder, group, datasets_dir, stack)


def _together(folder: Path, files: list[Path], root: Path, stack: ExitStack) -> list[Opened]:
    """These files of one folder, opened, of one state of it: a data set may be replaced at any moment."""
    for _ in range(_LOOKS):
        found, before = list[Opened](), _inode(folder)
        if before is None:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
            continue
        for path in files:
            with suppress(FileNotFoundError):
                file = stack.enter_context(path.open("rb"))
                size = os.fstat(file.fileno()).st_size
                found.append((f"datasets/{path.relative_to(root).as_posix()}", file, size))
        if _inode(folder) == before:
            return found
    return []


def _inode(folder: Path) -> tuple[int, int] | None:
    try:
        seen = folder.stat()
    except FileNotFoundError:
        return None
    return seen.st_dev, seen.st_ino


def _folders(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Folders below `root`, each with its own files, without drafts and locks; links are followed, once."""
    seen = set[tuple[int, int] | None]()
    for at, folders, names in os.walk(root, followlinks=True):
        folder = Path(at)
        if (identity := _inode(folder)) in seen:
            folders.clear()
            continue
        seen.add(identity)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = [
            folder / name for name in sorted(names) if not name.startswith(".") and not name.endswith(DRAFT)
        ]
        if files:
            yield folder, [path for path in files if path.is_file()]


def _files(folder: Path) -> Iterator[Path]:
    for _, files in _folders(folder):
        yield from files
