"""From a run's journal into the database: each entry once, in order, many in one transaction.

Whoever ingests (the run's worker, or whoever reaps it) may do so at any time and as often as it likes: the
run's row says how far the journal is stored, and moves in the transaction that stores the next entries. A
journal that ends, ends the run in that same transaction. Rows and figures are up to store.journal.
"""

from dataclasses import replace

from sqlalchemy.orm import Session

from app.lifecycle import ENDED, State
from app.runs.endings import Ending, asked_of, of_journal
from app.runs.queue import give_back, move
from app.runs.reasons import Reason
from app.runs.retries import USUAL, Retries, try_again
from app.runs.studies import ask_about
from app.runs.waiting import those_behind
from app.store import workers
from app.store.engine import Database
from app.store.journal import record
from app.store.tables import Job
from trainer.events import TERMINAL_KINDS, Entry, Epoch
from trainer.journal import JournalReader, Position


class LostClaimError(Exception):
    """The run is no longer running under this attempt: it ended, was reaped, or was claimed anew."""


def position(run: Job) -> Position:
    """How far its journal is stored."""
    return Position(run.journal_offset, run.journal_seq)


def ingest(
    db: Database, run_id: int, attempt: int, journal: JournalReader, ends: Retries | None = USUAL
) -> int:
    """Store what the journal holds beyond what is stored; returns the number of entries it stored.

    ends: how an ending in the journal ends the run; None while a new attempt has yet to begin. Raises
    LostClaimError, and, once all before it is stored, JournalError for a journal that is damaged or lost.
    """
    with db.read() as s:
        at = position(owned(s, run_id, attempt))
    stored = 0
    while True:
        found = journal.entries(at)
        entries = found.items
        if not entries:
            return stored
        with db.write() as s:
            run = owned(s, run_id, attempt)
            if position(run) == at:
                record(s, run, entries, found.places[-1])
                _note_speed(s, run, entries)
                stored += len(entries)
                if ends and _end(s, run, entries[-1], ends):
                    return stored
            at = position(run)


def owned(s: Session, run_id: int, attempt: int) -> Job:
    """The run, while this attempt of it is running. Raises LostClaimError."""
    run = s.get(Job, run_id)
    if run is None or run.state != State.RUNNING or run.attempt != attempt:
        raise LostClaimError(f"Attempt {attempt} of run {run_id} is over.")
    return run


def _note_speed(s: Session, run: Job, entries: list[Entry]) -> None:
    speeds = [entry.event.images_per_second for entry in entries if isinstance(entry.event, Epoch)]
    if speeds and run.worker_id is not None:
        workers.measured(s, run.worker_id, speeds[-1])


def _end(s: Session, run: Job, entry: Entry, retries: Retries) -> bool:
    """Where `entry` is the journal's ending, give the run the state that it tells."""
    if entry.event.kind not in TERMINAL_KINDS:
        return False
    end(s, run, of_journal(entry.event, asked_of(run)), retries)
    return True


def end(s: Session, run: Job, ending: Ending, retries: Retries) -> None:
    """Give the run the state that its attempt's end means, with the reason; or its next attempt."""
    state, reason = ending
    if state is State.QUEUED:
        give_back(s, run, reason or Reason("Returned", "The run waits again."))
    elif reason and (retry := retries.after(run, ending)):
        try_again(s, run, state, reason, retry)
    else:
        behind = those_behind(s, run.id)
        if reason and state is State.CRASHED and run.retried:
            tried = f"{reason.message} It was tried {run.retried + 1} times."
            reason = replace(reason, message=tried)
        move(s, run, state, reason)
        for one in (run, *behind):
            if one.state in ENDED and one.state != State.CANCELED:
                ask_about(s, one.id)
