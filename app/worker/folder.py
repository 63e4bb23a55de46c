"""The folder of a claimed run, made ready for its child: what stands in its place is moved aside, never used.

Two boards may have had one data folder, and a journal may be lost. A run that has told nothing so far adopts
no folder in which something was trained. A run whose journal is damaged, cut or gone goes on with a new one,
numbered after what the database holds; the child goes on after its last checkpoint, unless that is of an
epoch that nobody knows.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.runs.ingest import ingest, owned
from app.runs.receiving import arrive
from app.store.engine import Database
from app.store.stages import relation
from app.store.tables import Job
from app.store.told import epoch_entries
from trainer.checkpoint_policy import LAST
from trainer.errors import DataError, JournalError
from trainer.events import ENTRY, Log
from trainer.journal import Journal
from trainer.kinds import TRAINING, parse_job
from trainer.run_dir import GOES_ON_FROM, RunDir, write_atomic
from trainer.transcript import line


def make_ready(db: Database, run: Job, run_dir: RunDir, folder_id: str) -> None:
    """Write the folder of this attempt, and store what its journal holds from earlier ones.

    folder_id: of the data folder that it is in. A run that comes from another one brings what was sent of it.

    Raises LostClaimError, DataError where what it trains upon is gone, and whatever keeps the folder from
    being written.
    """
    config, aside = parse_job(run.config), None
    kept = [run_dir.events, *run_dir.checkpoints.glob("*"), *run_dir.predictions.glob("*")]
    if run.journal_seq == 0 and any(path.exists() and path.stat().st_size > 0 for path in kept):
        aside = _set_aside(run_dir.path)
    run_dir.create(config, run.source)
    if run.first_stage_id is not None:
        _name_first_stage(db, run_dir, run, run.first_stage_id, folder_id)
    if aside:
        told = (
            f"A folder of another run {run.id} stood here; this run does not use it. It is {aside.name} now."
        )
        _begin_journal(run_dir, Log(level="warning", message=told), after=0)
    if run.folder_id != folder_id:
        _settle(db, run, run_dir, folder_id)
    try:
        ingest(db, run.id, run.attempt, run_dir, ends=None)
    except JournalError as error:
        _begin_anew(db, run, run_dir, error.message, "warning")
        ingest(db, run.id, run.attempt, run_dir, ends=None)
    else:
        _tell_of_lost_checkpoint(db, run, run_dir)


def _tell_of_lost_checkpoint(db: Database, run: Job, run_dir: RunDir) -> None:
    """Say in journal and log that a run that had epochs begins with the first again."""
    with db.read() as s:
        known = owned(s, run.id, run.attempt)
    kept = any((run_dir.checkpoints / name).exists() for name in GOES_ON_FROM)
    if known.kind == TRAINING and known.epoch > 0 and not kept:
        told = (
            "There is no checkpoint to go on from: it was pruned, removed by hand, or never written. "
            "Training begins with epoch 1 again."
        )
        _begin_journal(run_dir, Log(level="warning", message=told), after=known.journal_seq)
        ingest(db, run.id, run.attempt, run_dir, ends=None)


def _settle(db: Database, run: Job, run_dir: RunDir, folder_id: str) -> None:
    """Let the run be at home in this data folder, with what it left in another one."""
    if run.folder_id is not None and run.journal_seq > 0:
        arrive(db, run.id, run_dir)
        _begin_anew(db, run, run_dir, "This run goes on in another data folder.", "info")
    with db.write() as s:
        owned(s, run.id, run.attempt).folder_id = folder_id


def _name_first_stage(db: Database, run_dir: RunDir, run: Job, first_id: int, folder_id: str) -> None:
    """Let the folder name the run that is trained upon, beside it, brought there from another data folder.

    Raises DataError where its checkpoint is gone; a run that has one of its own goes on without.
    """
    first = RunDir(run_dir.path.with_name(str(first_id)))
    with db.read() as s:
        found = s.get(Job, first_id)
    if found is not None and found.folder_id not in (None, folder_id):
        first.path.mkdir(parents=True, exist_ok=True)
        arrive(db, first_id, first)
    if not any((folder.checkpoints / LAST).exists() for folder in (first, run_dir)):
        raise DataError(
            f"The last checkpoint of run {first_id}, {relation(run)}, is gone from {first.checkpoints}: "
            "it was pruned, or removed by hand.",
            f"Put it back and retry; or archive run {first_id} and clone this run: what it trains upon is "
            "then trained anew.",
        )
    run_dir.write_first_stage(first.path)


def _begin_anew(db: Database, run: Job, run_dir: RunDir, why: str, level: Literal["info", "warning"]) -> None:
    with db.read() as s:
        known = owned(s, run.id, run.attempt)
        epochs = epoch_entries(s, run.id)
    message = f"{why} A new journal begins here; epochs up to {known.epoch} are known."
    if run_dir.events.exists():
        message += f" What is left of the former one is {_set_aside(run_dir.events).name}."
    write_atomic(run_dir.known, b"".join(ENTRY.dump_json(entry) + b"\n" for entry in epochs))
    _begin_journal(
        run_dir, Log(level=level, message=message, known_epochs=known.epoch), after=known.journal_seq
    )
    with db.write() as s:
        owned(s, run.id, run.attempt).journal_offset = 0


def _begin_journal(run_dir: RunDir, event: Log, after: int) -> None:
    """Let a new journal, and the log, begin with this word."""
    with Journal(run_dir.events, after) as journal, run_dir.log.open("a", encoding="utf-8") as log:
        log.write(f"{journal.append(event).time} {line(event)}\n")


def _set_aside(path: Path) -> Path:
    """Rename it, in its folder, to a name that says when; returns where it is."""
    named = f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    other, number = path.with_name(named), 1
    while other.exists():
        number += 1
        other = path.with_name(f"{named}-{number}")
    return path.rename(other)
