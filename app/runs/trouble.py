"""What keeps a worker from its work: whose fault an error is, and how long to wait before the next try.

An error while one run is served is either the run's own (its folder, its journal, its data), and ends it, or
the machine's (database locked or full, no space, no memory, no process), which would meet any run: then
nothing is booked on the run.
"""

import logging
import time
from collections.abc import Callable
from threading import Event

from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.runs.endings import reason_of
from app.runs.reasons import Reason
from app.store.trouble import trouble_of
from trainer.failures import failure, is_the_machines

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0

_log = logging.getLogger(__name__)


def is_machines(error: BaseException) -> bool:
    """Whether the machine is at fault, and not the run that was served."""
    damaged = type(error) is DatabaseError  # "database disk image is malformed"
    refused = isinstance(error, SQLAlchemyError) and trouble_of(error) is not None
    return (
        damaged or refused or isinstance(error, OperationalError | PoolTimeoutError) or is_the_machines(error)
    )


def reason(error: BaseException) -> Reason:
    """The error in words, as a run's events tell them."""
    found = trouble_of(error) if isinstance(error, SQLAlchemyError) else None
    if found is None:
        return reason_of(failure(error))
    return Reason(found.code.title().replace("_", ""), found.message, found.hint)


class Trouble:
    """One kind of trouble: its words while it lasts, and when the next try is due."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        """what: what cannot be done, as the log says it."""
        self._what = what
        self._clock = clock
        self._delay = FIRST_DELAY_SECONDS
        self._due = 0.0
        self.text: str | None = None

    @property
    def is_due(self) -> bool:
        """Whether enough time has passed for another try."""
        return self._clock() >= self._due

    def met(self, reason: Reason) -> None:
        """It happened; while it lasts, each new try comes later, and only each is logged."""
        if not self.is_due:
            return
        self.text = f"{reason.message} {reason.hint}".strip()
        _log.warning("%s; trying again in %.0f s: %s", self._what, self._delay, self.text)
        self._due = self._clock() + self._delay
        self._delay = min(2 * self._delay, LONGEST_DELAY_SECONDS)

    def repeat(self, look: Callable[[], object], seconds: float, stop: Event) -> None:
        """Do it now and every so many seconds until `stop` is set, whatever happens.

        What was not foreseen is logged with its trace.
        """
        while not stop.is_set():
            try:
                look()
            except Exception as error:
                if not is_machines(error):
                    _log.exception("%s.", self._what)
                self.met(reason(error))
            else:
                self.over()
            stop.wait(seconds)

    def over(self) -> None:
        """It worked."""
        if self.text is not None:
            _log.info("%s: this is over.", self._what)
        self._delay, self._due, self.text = FIRST_DELAY_SECONDS, 0.0, None
