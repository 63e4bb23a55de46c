"""One attempt at one run, from claim to end, as the worker's loop sees it: a step now and then, never a wait.

The child's journal is ingested at each step, so that an epoch is seen within a moment. A child that does not
heed a request to stop is killed after its grace. Once the claim is lost, the child is killed and nothing is
written: whoever took the run over speaks for it.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor as Starter
from concurrent.futures import Future

from sqlalchemy.exc import OperationalError

from app.queue import move
from app.store.engine import Database
from app.store.tables import Run
from app.worker.endings import Ending, of_process, of_refusal
from app.worker.ingest import LostClaimError, ingest, owned
from trainer.config import parse_config
from trainer.executors.base import Executor, ExitStatus, Handle
from trainer.run_dir import RunDir


class Slot:
    """Trains the claimed run of one slot."""

    def __init__(self, db: Database, executor: Executor, run_dir: RunDir, run_id: int, attempt: int) -> None:
        self._db = db
        self._executor = executor
        self._run_dir = run_dir
        self.run_id = run_id
        self.attempt = attempt
        self._starting: Future[Handle] | None = None
        self._kill_at: float | None = None
        self._asked = False
        self._shutdown = False

    def begin(self, run: Run, threads: int, starter: Starter) -> None:
        """Write the run's folder and have its child started, which may take a while, by `starter`."""
        try:
            self._run_dir.create(parse_config(run.config), run.source)
            ingest(self._db, self.run_id, self.attempt, self._run_dir, ends=False)
            with self._db.read() as s:
                owned(s, self.run_id, self.attempt)
        except LostClaimError:
            return
        except OperationalError:
            raise  # the database is busy: no fault of the run, and the lease sees to it
        except Exception as error:  # whatever is wrong with this run must not end the others
            self._refuse(error)
        else:
            self._starting = starter.submit(self._executor.start, self._run_dir, self.attempt, threads)

    def request_stop(self, grace_seconds: float, shutdown: bool = False) -> None:
        """Ask the child to end, and let it live for `grace_seconds` more. The first request counts."""
        self._shutdown |= shutdown
        if self._kill_at is None:
            self._kill_at = time.monotonic() + grace_seconds

    def step(self, held: bool) -> bool:
        """Do what is due; `held` says whether the claim still is this worker's. False once all is over."""
        if self._starting is None:
            return False
        if not self._starting.done():
            return True
        if (error := self._starting.exception()) is not None:
            self._refuse(error)
            return False
        return self._watch(self._starting.result(), held)

    def _watch(self, handle: Handle, held: bool) -> bool:
        status = self._executor.poll(handle)
        if status is None:
            self._press(handle, held)
        if held:
            self._follow(status)
        return status is None

    def _press(self, handle: Handle, held: bool) -> None:
        """Pass on the wish to stop, once; kill where the grace is over or the claim is lost."""
        if not held or (self._kill_at is not None and time.monotonic() > self._kill_at):
            self._executor.kill(handle)
        elif self._kill_at is not None and not self._asked:
            self._executor.stop(handle)
            self._asked = True

    def _follow(self, status: ExitStatus | None) -> None:
        try:
            ingest(self._db, self.run_id, self.attempt, self._run_dir)
        except LostClaimError:
            return
        if status is not None:
            ended = status
            self._end(lambda run: of_process(ended, run.stop_requested, self._shutdown))

    def _refuse(self, error: BaseException) -> None:
        self._end(lambda _run: of_refusal(error))

    def _end(self, ending: Callable[[Run], Ending]) -> None:
        """Give the run its end, unless it has one."""
        try:
            with self._db.write() as s:
                run = owned(s, self.run_id, self.attempt)
                move(s, run, *ending(run))
        except LostClaimError:
            return
