"""Files of runs in the database, for data folders that are not shared: in chunks, whole once they count."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.store.dialects import shared_now
from app.store.engine import Database
from app.store.file_tables import Folder, RunFile, RunFileChunk
from app.store.tables import Job, Run
from trainer.checkpoint_policy import LAST

CHUNK_BYTES = 1 << 20
"""What one transaction writes: a hundredth of a second under the lock of who writes."""
REMEMBERED_SECONDS = 7 * 86_400.0
"""For so long after its last process a folder is sent files."""
LIVING_SECONDS = 60.0
"""So long after its last word a folder is taken to have workers."""
FIRST_STAGE_FILE = f"checkpoints/{LAST}"


def served(s: Session, folder_id: str, host: str) -> None:
    """Note that a web process reads runs from this folder."""
    _note(s, folder_id, host, "served_at")


def worked(s: Session, folder_id: str, host: str) -> None:
    """Note that a worker trains in this folder."""
    _note(s, folder_id, host, "worked_at")


def _note(s: Session, folder_id: str, host: str, column: str) -> None:
    values = {"host": host, column: shared_now()}
    known = update(Folder).where(Folder.id == folder_id).values(**values).returning(Folder.id)
    if s.scalar(known.execution_options(synchronize_session=False)) is None:
        if not s.scalar(select(exists().where(Folder.id != folder_id))):
            settle(s, folder_id)  # a board of before any folder was known has one, or they are all shared
        s.add(Folder(id=folder_id, **values))


def settle(s: Session, folder_id: str) -> None:
    """Let every run that has told something, and of which no folder is known, be at home in this one."""
    homeless = (Job.folder_id.is_(None), Job.journal_seq > 0)
    here = update(Job).where(*homeless).values(folder_id=folder_id)
    s.execute(here.execution_options(synchronize_session=False))


def others(s: Session, folder_id: str) -> bool:
    """Whether somebody has lately been at another folder than this one."""
    lately = shared_now(-REMEMBERED_SECONDS)
    seen = or_(Folder.served_at >= lately, Folder.worked_at >= lately)
    return s.scalar(select(exists().where(Folder.id != folder_id, seen))) or False


def manned(s: Session) -> Sequence[str]:
    """Ids of the folders in which workers train now."""
    lately = Folder.worked_at >= shared_now(-LIVING_SECONDS)
    return s.scalars(select(Folder.id).where(lately).order_by(Folder.id)).all()


def within_reach(folder_id: str) -> ColumnElement[bool]:
    """Whether a worker at this folder may carry a job out: what it goes on from is there, or was sent.

    What was never sent stays with the workers of its folder as long as there are any. Jobs that are no
    trainings read other runs' folders: they are for a folder that pages are served from, if there is one.
    """
    file, home, serving = aliased(RunFile), aliased(Folder), aliased(Folder)
    was_sent = exists().where(file.run_id == Job.id)
    has_workers = exists().where(home.id == Job.folder_id, home.worked_at >= shared_now(-LIVING_SECONDS))
    serves = exists().where(serving.id == folder_id, serving.served_at.is_not(None))
    return and_(
        or_(Job.folder_id.is_(None), Job.folder_id == folder_id, was_sent, ~has_workers),
        or_(Job.first_stage_id.is_(None), _first_stage_is_within_reach(folder_id)),
        or_(
            Job.kind == Run.__mapper__.polymorphic_identity,
            serves,
            ~exists().where(aliased(Folder).served_at.is_not(None)),
        ),
    )


def _first_stage_is_within_reach(folder_id: str) -> ColumnElement[bool]:
    first, file = aliased(Job), aliased(RunFile)
    was_sent = exists().where(file.run_id == first.id, file.name == FIRST_STAGE_FILE)
    return exists().where(
        first.id == Job.first_stage_id,
        or_(first.folder_id.is_(None), first.folder_id == folder_id, was_sent),
    )


def keep(
    db: Database,
    run_id: int,
    name: str,
    folder_id: str,
    parts: Iterator[bytes],
    check: Callable[[Session], object],
) -> None:
    """Store a file anew, chunk by chunk; it takes the place of the former one when all of it is there.

    check: raises, in the transaction that lets it count, where it must not.
    """
    content, size, digest = uuid4().hex, 0, hashlib.sha256()
    for number, data in enumerate(parts):
        with db.write() as s:
            s.add(RunFileChunk(content=content, number=number, run_id=run_id, name=name, data=data))
        size += len(data)
        digest.update(data)
    with db.write() as s:
        check(s)
        forget(s, run_id, name, but=content)
        s.add(
            RunFile(
                run_id=run_id, name=name, folder_id=folder_id, content=content, bytes=size,
                sha256=digest.hexdigest(),
            )
        )  # fmt: skip


def forget(s: Session, run_id: int, name: str, but: str = "") -> None:
    """Remove a file and its chunks, and what was left of it on its way."""
    s.execute(delete(RunFile).where(RunFile.run_id == run_id, RunFile.name == name))
    chunks = (RunFileChunk.run_id == run_id, RunFileChunk.name == name, RunFileChunk.content != but)
    s.execute(delete(RunFileChunk).where(*chunks))


def of_run(s: Session, run_id: int) -> Sequence[RunFile]:
    """All that were sent of a run."""
    return s.scalars(select(RunFile).where(RunFile.run_id == run_id).order_by(RunFile.id)).all()


def sent_after(s: Session, file_id: int, folder_id: str) -> Sequence[RunFile]:
    """Newer files that come from another folder, where the run still is, oldest first."""
    query = select(RunFile).join(Job, Job.id == RunFile.run_id)
    told = query.where(
        RunFile.id > file_id, RunFile.folder_id != folder_id, Job.folder_id == RunFile.folder_id
    )
    return s.scalars(told.order_by(RunFile.id)).all()


def parts_of(s: Session, file: RunFile) -> Iterator[bytes]:
    """Its chunks in order."""
    query = select(RunFileChunk.data).where(RunFileChunk.content == file.content)
    yield from s.scalars(query.order_by(RunFileChunk.number).execution_options(yield_per=1))
