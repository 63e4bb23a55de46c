"""What the machine or the database refuses, as our own error: 503, its code, what to do.

`trouble_of` is asked wherever an error surfaces that nobody raised on purpose: by the renderer of errors for
API and pages, by the command line, by /health.
"""

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import UnavailableError
from app.store.dialects import DIALECTS
from app.store.dialects.base import LOCKED
from trainer.system_errors import TOO_MANY_FILES, Trouble, behind, trouble

BUSY = Trouble("busy", "The server is busy", "Try again in a moment.")
"""Beside those of the databases and of the trainer."""

_RETRY_SECONDS = {LOCKED.code: 5, BUSY.code: 5, TOO_MANY_FILES.code: 30}


def trouble_of(error: BaseException) -> UnavailableError | None:
    """The trouble behind `error`; None where it is a mistake of ours."""
    for one in behind(error):
        for dialect in DIALECTS.values():
            if kind := dialect.trouble_in(one):
                return unavailable(kind)
        if isinstance(one, PoolTimeoutError):
            return unavailable(BUSY)
    kind = trouble(error)
    return unavailable(kind, kind.message) if kind else None


def unavailable(kind: Trouble, message: str = "") -> UnavailableError:
    """The error for this trouble, in its usual words where none are given."""
    after = _RETRY_SECONDS.get(kind.code)
    return UnavailableError(message or f"{kind.message}.", kind.hint, code=kind.code, retry_after=after)
