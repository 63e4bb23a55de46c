"""What nobody will ever use: drafts that were never finished, and folders of runs that were deleted.

Both must be old, as somebody may be at work on a young one. A folder of a run is a deleted one's only where
this database gave its number: where the database was lost, its folders are all that is left of the runs.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.keeping.names import RESTORING
from app.keeping.usage import is_draft
from app.lifecycle import State
from app.settings import Settings
from app.store.tables import Job

OLD_SECONDS = 3600.0
"""What nobody has written to for so long is nobody's."""


class Leftovers(NamedTuple):
    """Paths that may go, and how many folders are of runs that this database never held."""

    paths: list[Path]
    foreign: int


def leftovers(s: Session, settings: Settings) -> Leftovers:
    """All that there are."""
    found, foreign = list[Path](), 0
    newest = s.scalar(select(func.max(Job.id))) or 0
    known = set(s.scalars(select(Job.id)))
    for folder in sorted(settings.runs_dir.iterdir()):
        number = _number(folder)
        if number is None or number in known:
            found += _drafts(folder)
        elif number <= newest:
            found.append(folder)
        else:
            foreign += 1
    half = settings.data_dir / RESTORING
    found += [*_drafts(settings.datasets_dir), *([half] if half.exists() else [])]
    return Leftovers([path for path in found if is_leftover(s, settings, path)], foreign)


def is_leftover(s: Session, settings: Settings, path: Path) -> bool:
    """Whether such a path may go now: it is old, and no draft of what is running nor folder of a run."""
    if not _is_old(path):
        return False
    if not path.is_relative_to(settings.runs_dir):
        return True
    first, *below = path.relative_to(settings.runs_dir).parts
    number = _number(Path(first))
    if number is None:
        return True
    state = s.scalar(select(Job.state).where(Job.id == number))
    return state is None or (bool(below) and state != State.RUNNING)


def _number(folder: Path) -> int | None:
    return int(folder.name) if folder.name.isdigit() else None


def _drafts(folder: Path) -> Iterator[Path]:
    """Drafts in a folder, each whole."""
    if is_draft(folder.name):
        yield folder
    elif folder.is_dir() and not folder.is_symlink():
        for path in sorted(folder.iterdir()):
            yield from _drafts(path)


def _is_old(path: Path) -> bool:
    try:
        newest = max(it.lstat().st_mtime for it in (path, *path.rglob("*")))
    except (FileNotFoundError, NotADirectoryError):  # gone, or somebody is at work there
        return False
    return newest < time.time() - OLD_SECONDS
