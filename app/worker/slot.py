"""One attempt at one run, from claim to end, as the worker's loop sees it: a step now and then, never a wait.

The child's journal is ingested at each step, so that an epoch is seen within a moment. A child that does not
heed a request to stop is killed after its grace. Once the claim is lost, the child is killed and nothing is
written: whoever took the run over speaks for it.

An error that is about this run ends it with its text, and its child. One of the machine is raised, to be
tried again, or, before the child has started, gives the run back to the queue.
"""

import logging
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor as Starter
from concurrent.futures import Future

from app.lifecycle import State
from app.runs.endings import Ending, asked_of, of_error, of_process, of_refusal, of_return
from app.runs.ingest import LostClaimError, end, ingest, owned
from app.runs.reasons import Reason
from app.runs.retries import USUAL, Retries
from app.runs.sending import Sender, Unended
from app.runs.trouble import is_machines, reason
from app.store.engine import Database
from app.store.tables import Job
from app.worker.folder import make_ready
from trainer.executors.base import Executor, ExitStatus, Handle, Resources
from trainer.run_dir import RunDir

MOST_TRIES = 3
"""Errors of a run's own after which its slot lets go of it; its lease sees to it then."""

_SHUTDOWN = Reason("WorkerStopped", "The worker was shut down before the run started.")
_log = logging.getLogger(__name__)


class Slot:
    """Trains the claimed run of one slot."""

    def __init__(
        self,
        db: Database,
        executor: Executor,
        run_dir: RunDir,
        run_id: int,
        attempt: int,
        sender: Sender,
        retries: Retries = USUAL,
    ) -> None:
        self._db = db
        self._sender = sender
        self._executor = executor
        self._run_dir = run_dir
        self._retries = retries
        self.run_id = run_id
        self.attempt = attempt
        self.alone = False
        """Whether nothing else is to be trained beside it."""
        self.trouble: Reason | None = None
        """What kept the machine from training it; the run is queued again."""
        self.trains = False
        """Whether its child has told something."""
        self._starting: Future[Handle] | None = None
        self._handle: Handle | None = None
        self._ending: Callable[[Job], Ending] | None = None
        self._errors = 0
        self._grace_seconds: float | None = None
        self._kill_at: float | None = None
        self._limit_seconds = math.inf
        self._time_is_up_at: float | None = None
        self._shutdown = False

    def begin(self, run: Job, resources: Resources, starter: Starter) -> None:
        """Write the run's folder and have its child started, which may take a while, by `starter`."""
        self.alone = run.alone
        self._limit_seconds = 60 * (run.time_limit_minutes or math.inf)
        try:
            make_ready(self._db, run, self._run_dir, self._sender.folder_id)
            with self._db.read() as s:
                owned(s, self.run_id, self.attempt)
        except LostClaimError:
            return
        except Exception as error:
            self._give_up(error)
        else:
            self._starting = starter.submit(self._executor.start, self._run_dir, self.attempt, resources)

    def request_stop(self, grace_seconds: float, shutdown: bool = False) -> None:
        """Ask the child to end, and let it live for `grace_seconds` from then on. The first one counts."""
        self._shutdown |= shutdown
        if shutdown and self._ending is None and self._starting is not None and not self._starting.done():
            self._ending = lambda run: of_return(_SHUTDOWN, asked_of(run))
        if self._grace_seconds is None:
            self._grace_seconds = grace_seconds

    def step(self, held: bool) -> bool:
        """Do what is due; `held` says whether the claim still is this worker's. False once all is over.

        Raises what is the machine's fault; the next step tries again.
        """
        lives = False
        try:
            lives = self._advance(held)
        except LostClaimError:
            lives = self._kill()
        except Exception as error:
            if is_machines(error):
                raise
            lives = self._condemn(error)
        return not self._settled() or lives

    def _advance(self, held: bool) -> bool:
        """Follow the child; whether it lives, or may come to live."""
        handle = self._started()
        if handle is None:
            return self._starting is not None and not self._shutdown
        status = self._executor.poll(handle)
        if status is None:
            self._press(handle, held)
        if held and self._ending is None:
            is_over = self._sender.step(final=status is not None) and status is not None
            waits = self._sender.is_needed and not is_over  # nobody is to see the end before what it left
            journal = Unended(handle.journal) if waits else handle.journal
            told = ingest(self._db, self.run_id, self.attempt, journal, self._retries)
            self.trains |= told > 0
            if status is None:
                self._heed_the_time()
            elif not is_over:
                return True
            else:
                self._ended(status)
        return status is None

    def _started(self) -> Handle | None:
        """The child, once it has started."""
        if self._starting is not None and self._starting.done():
            starting, self._starting = self._starting, None
            if (error := starting.exception()) is None:
                self._handle = starting.result()
                self._time_is_up_at = time.monotonic() + self._limit_seconds
            elif self._ending is None:
                self._give_up(error)
        return self._handle

    def _heed_the_time(self) -> None:
        """Ask for the run's end where it has trained for as long as an attempt may."""
        if self._time_is_up_at is not None and time.monotonic() >= self._time_is_up_at:
            with self._db.write() as s:
                run = owned(s, self.run_id, self.attempt)
                run.stop_requested = run.stop_requested or State.FAILED
            self._time_is_up_at = None

    def _ended(self, status: ExitStatus) -> None:
        if status.machines_fault and status.told:
            self.trouble = Reason(status.told.error_type, status.told.message, status.told.hint)
        self._ending = lambda run: of_process(status, asked_of(run), self._shutdown)

    def _press(self, handle: Handle, held: bool) -> None:
        """Pass on the wish to stop, once; kill where the grace is over or the claim is lost."""
        if not held or (self._kill_at is not None and time.monotonic() > self._kill_at):
            self._executor.kill(handle)
        elif self._grace_seconds is not None and self._kill_at is None:
            self._executor.stop(handle)
            self._kill_at = time.monotonic() + self._grace_seconds

    def _give_up(self, error: BaseException) -> None:
        """The run could not be begun: it waits again where the machine is at fault, else it fails."""
        if is_machines(error):
            self.trouble = told = reason(error)
            self._ending = lambda run: of_return(told, asked_of(run))
        else:
            self._ending = lambda _run: of_refusal(error)

    def _condemn(self, error: Exception) -> bool:
        """End run and child for an error of their own; whether the child may still live."""
        _log.warning("Run %d cannot be followed any further.", self.run_id, exc_info=error)
        self._errors += 1
        self._ending = self._ending or (lambda _run: of_error(error))
        return self._kill() and self._errors < MOST_TRIES

    def _kill(self) -> bool:
        """Kill the child; whether there is one."""
        if self._handle is not None:
            try:
                self._executor.kill(self._handle)
            except Exception:
                _log.exception("The process of run %d cannot be killed.", self.run_id)
        return self._handle is not None or self._starting is not None

    def _settled(self) -> bool:
        """Write the end that the run came to, unless it has one; whether nothing is left to write.

        Raises what is the machine's fault.
        """
        if self._ending is None:
            return True
        try:
            with self._db.write() as s:
                run = owned(s, self.run_id, self.attempt)
                end(s, run, self._ending(run), self._retries)
        except LostClaimError:
            pass
        except Exception as error:
            if is_machines(error):
                raise
            _log.exception("The end of run %d cannot be written.", self.run_id)
            self._errors += 1
            if self._errors < MOST_TRIES:
                return False
        self._ending = None
        return True
