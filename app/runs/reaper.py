"""Runs whose worker fell silent: their journal is read to its end, then they end, truthfully.

Web process and workers each keep such a judge, and the database decides who was first. A judge compares no
clocks with anybody: it watches whether the lease of a claim changes, and counts the seconds by its own
monotonic clock. It is fair to workers that could not renew:

- a judge that was away itself (suspended, asleep) has seen nothing, and begins anew;
- each look takes the write lock: where it cannot be had, nobody could renew, and the judge begins anew;
- it first withdraws the lease, which is a write, and ends the run only if that is so at a later look: a
  worker that waited for space on the disk or for the lock comes first.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from app.lifecycle import State
from app.runs import leases, queue
from app.runs.endings import Ending, asked_of, of_error, of_lease
from app.runs.folders import folder_id
from app.runs.ingest import LostClaimError, end, ingest, owned
from app.runs.retries import Retries
from app.runs.sending import Sender, Unended
from app.runs.trouble import Trouble, is_machines
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Job
from trainer.run_dir import RunDir

LOOK_SECONDS = 2.0
"""How often each judge looks: a lost run has ended within LEASE_SECONDS and two or three looks."""
AWAY_SECONDS = 2 * LOOK_SECONDS + 1
"""A judge that looked longer ago than that was away."""

_log = logging.getLogger(__name__)
_Claim = tuple[int, int]
"""Run id and attempt."""


@dataclass(frozen=True)
class _Sight:
    """A lease, and since when (by the judge's clock) it reads so."""

    lease: str | None
    since: float


class Reaper:
    """One judge over the claims of all workers."""

    def __init__(self, db: Database, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: monotonic seconds."""
        self._db = db
        self._settings = settings
        self._folder_id = folder_id(settings)
        self._retries = Retries.of(settings)
        self._clock = clock
        self._seen: dict[_Claim, _Sight] = {}
        self._looked_at = clock()
        self._trouble = Trouble("Lost runs cannot be looked for")

    def run_until(self, stop: Event) -> None:
        """Look until `stop` is set, whatever happens."""
        self._trouble.repeat(self.look, LOOK_SECONDS, stop)

    def look(self) -> list[int]:
        """End the attempt of every run that has been silent for LEASE_SECONDS; returns the ids of those lost.

        A run whose journal has an ending takes that state instead. Raises where the database cannot be
        used; what was seen before is forgotten then.
        """
        try:
            if self._was_away():
                self._seen.clear()
            silent = self._silent()
            return [run_id for run_id, attempt in silent if self._end(run_id, attempt)]
        except Exception:
            self._seen.clear()
            raise
        finally:
            self._looked_at = self._clock()

    def _was_away(self) -> bool:
        return self._clock() - self._looked_at > AWAY_SECONDS

    def _silent(self) -> list[_Claim]:
        """The claims whose lease was withdrawn at an earlier look, and is still."""
        with self._db.read() as s:
            if not leases.running(s):
                self._seen.clear()
                return []
        with self._db.write() as s:
            found = {(run_id, attempt): lease for run_id, attempt, lease in leases.running(s)}
            if self._was_away():
                self._seen.clear()
            at = self._clock()
            self._seen = {claim: self._sight(claim, lease, at) for claim, lease in found.items()}
            silent = [claim for claim, lease in found.items() if lease is None and self._is_silent(claim, at)]
            for claim, sight in self._seen.items():
                if sight.lease is not None and at - sight.since >= queue.LEASE_SECONDS - LOOK_SECONDS:
                    leases.withdraw(s, *claim)
                    self._seen[claim] = _Sight(None, sight.since)
        return silent

    def _sight(self, claim: _Claim, lease: str | None, at: float) -> _Sight:
        known = self._seen.get(claim)
        return known if known is not None and known.lease == lease else _Sight(lease, at)

    def _is_silent(self, claim: _Claim, at: float) -> bool:
        return at - self._seen[claim].since >= queue.LEASE_SECONDS

    def _end(self, run_id: int, attempt: int) -> bool:
        """Read what there is, then end the attempt unless its worker has renewed; whether it was lost."""
        try:
            ending = self._ending(run_id, attempt)
            with self._db.write() as s:
                run = owned(s, run_id, attempt)
                if run.lease_expires_at is not None or self._was_away():
                    return False
                came_to = ending(run)
                end(s, run, came_to, self._retries)
                state = run.state
        except LostClaimError:
            return False
        _log.warning("Run %d is %s: its worker was not heard of any more.", run_id, state)
        return came_to[0] is State.CRASHED

    def _ending(self, run_id: int, attempt: int) -> Callable[[Job], Ending]:
        """Raises LostClaimError where the journal has an ending, and what is the machine's fault."""
        with self._db.read() as s:
            if owned(s, run_id, attempt).folder_id not in (None, self._folder_id):
                return lambda run: of_lease(asked_of(run))  # its journal lies elsewhere
        try:
            self._ingest(run_id, attempt, RunDir(self._settings.run_dir(run_id)))
        except LostClaimError:
            raise
        except Exception as error:
            if is_machines(error):
                raise
            _log.warning("The journal of run %d cannot be read: %s", run_id, error)
            unreadable = of_error(error)
            return lambda _run: unreadable
        return lambda run: of_lease(asked_of(run))

    def _ingest(self, run_id: int, attempt: int, run_dir: RunDir) -> None:
        """Nobody is to see the end before what it left: where that is to be sent, it is sent before."""
        journal = Unended(run_dir)
        ingest(self._db, run_id, attempt, journal, self._retries)
        if journal.has_ended:
            Sender(self._db, self._folder_id, run_dir, run_id, attempt).send_last()
            ingest(self._db, run_id, attempt, run_dir, self._retries)
