"""From a run's journal into the database: each entry once, in order, many in one transaction.

Whoever ingests (the run's worker, or whoever reaps it) may do so at any time and as often as it likes: the
run's row says how far the journal is stored, and moves in the transaction that stores the next entries. A
journal that ends, ends the run in that same transaction. Rows and figures are up to store.journal.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.lifecycle import ENDED, State
from app.runs.endings import Ending, of_journal
from app.runs.queue import Reason, give_back, move
from app.runs.studies import ask_about
from app.store import workers
from app.store.engine import Database
from app.store.journal import record
from app.store.tables import Run
from trainer.errors import JournalError
from trainer.events import TERMINAL_KINDS, Entry, Epoch
from trainer.run_dir import RunDir, read_entries

BATCH_ENTRIES = 1000
"""Entries of one transaction: large enough to be fast, small enough to let other writers in."""


class LostClaimError(Exception):
    """The run is no longer running under this attempt: it ended, was reaped, or was claimed anew."""


@dataclass(frozen=True)
class _Position:
    """How far a journal is stored: bytes, and the number of the last event."""

    offset: int
    seq: int

    @classmethod
    def of(cls, run: Run) -> "_Position":
        return cls(run.journal_offset, run.journal_seq)


def ingest(db: Database, run_id: int, attempt: int, run_dir: RunDir, ends: bool = True) -> int:
    """Store what the journal holds beyond what is stored; returns the number of entries it stored.

    ends: let an ending in the journal end the run (not while a new attempt has yet to begin). Raises
    LostClaimError, and, once all before it is stored, JournalError for a journal that is damaged or lost.
    """
    with db.read() as s:
        position = _Position.of(owned(s, run_id, attempt))
    stored = 0
    while True:
        entries, offset = _next_entries(run_dir.events, position)
        if not entries:
            return stored
        with db.write() as s:
            run = owned(s, run_id, attempt)
            if _Position.of(run) == position:
                record(s, run, entries, offset)
                _note_speed(s, run, entries)
                stored += len(entries)
                if ends and _end(s, run, entries[-1]):
                    return stored
            position = _Position.of(run)


def owned(s: Session, run_id: int, attempt: int) -> Run:
    """The run, while this attempt of it is running. Raises LostClaimError."""
    run = s.get(Run, run_id)
    if run is None or run.state != State.RUNNING or run.attempt != attempt:
        raise LostClaimError(f"Attempt {attempt} of run {run_id} is over.")
    return run


def _next_entries(path: Path, position: _Position) -> tuple[list[Entry], int]:
    """The next whole entries and the byte after them. Raises JournalError where the next one is damaged."""
    size = path.stat().st_size if path.exists() else 0
    if size < position.offset:
        found = f"is shorter than the {position.offset} bytes that were read from it" if size else "is gone"
        raise JournalError(f"{path} {found}.", "Retry goes on with a new one, after the last checkpoint.")
    entries: list[Entry] = []
    offset = position.offset
    try:
        for entry, after in itertools.islice(read_entries(path, offset), BATCH_ENTRIES):
            expected = position.seq + len(entries) + 1
            if entry.seq != expected:
                raise JournalError(
                    f"{path} is damaged at byte {offset}: event {entry.seq} stands where {expected} must be.",
                    "Two processes may have written it. Retry goes on with a new one.",
                )
            entries.append(entry)
            offset = after
    except JournalError:
        if not entries:
            raise
    return entries, offset


def _note_speed(s: Session, run: Run, entries: list[Entry]) -> None:
    speeds = [entry.event.images_per_second for entry in entries if isinstance(entry.event, Epoch)]
    if speeds and run.worker_id is not None:
        workers.measured(s, run.worker_id, speeds[-1])


def _end(s: Session, run: Run, entry: Entry) -> bool:
    """Where `entry` is the journal's ending, give the run the state that it tells."""
    if entry.event.kind not in TERMINAL_KINDS:
        return False
    end(s, run, of_journal(entry.event, run.stop_requested))
    return True


def end(s: Session, run: Run, ending: Ending) -> None:
    """Give the run the state that its attempt's end means, with the reason."""
    state, reason = ending
    if state is State.QUEUED:
        give_back(s, run, reason or Reason("Returned", "The run waits again."))
    else:
        move(s, run, state, reason)
        if state in ENDED and state is not State.CANCELED:
            ask_about(s, run.id)
