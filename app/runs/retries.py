"""Whether a run is tried again by itself once its attempt has ended, and after which pause.

What vanished is: its process, its worker, its machine. What would come again is not: an error in words. Of
those, lack of memory is tried once more, with a worker to itself, as other runs may have taken the memory. A
run that somebody asked to stop is not, either. Where the machine refused, nothing was tried: that counts not.
"""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.formats import duration
from app.lifecycle import State
from app.runs.endings import Ending
from app.runs.queue import give_back
from app.runs.reasons import Reason
from app.settings import Settings
from app.store import attempts
from app.store.clock import ahead
from app.store.tables import Job
from trainer.failures import LACKS_MEMORY

GROWTH = 6
"""A pause over the one before it."""
LONGEST_SECONDS = 300.0


@dataclass(frozen=True)
class Retry:
    """The next attempt at a run by itself: after which pause, of how many, and whether without others."""

    seconds: float
    most: int
    alone: bool


@dataclass(frozen=True)
class Retries:
    """How often, and how soon: 5 s, 30 s, 3 min, 5 min, ... by default."""

    most_attempts: int = Settings.model_fields["max_attempts"].default
    first_seconds: float = Settings.model_fields["retry_seconds"].default

    @classmethod
    def of(cls, settings: Settings) -> "Retries":
        """Those of the installation."""
        return cls(settings.max_attempts, settings.retry_seconds)

    def after(self, run: Job, ending: Ending) -> Retry | None:
        """How the run goes on after this end of its attempt; None where it has ended."""
        state, reason = ending
        most = run.max_attempts or self.most_attempts
        no_memory = state is State.FAILED and reason is not None and reason.type == LACKS_MEMORY
        if run.stop_requested or run.retried + 1 >= most:
            return None
        if state is State.CRASHED or (no_memory and not run.alone):
            return Retry(self.pause(run.retried), most, alone=run.alone or no_memory)
        return None

    def pause(self, retried: int) -> float:
        """Seconds before the next attempt at a run that was tried again so often."""
        return min(self.first_seconds * float(GROWTH) ** retried, LONGEST_SECONDS)


USUAL = Retries()


def try_again(s: Session, run: Job, ended: State, reason: Reason, retry: Retry) -> None:
    """Have the run wait for its next attempt by itself: this one ended so, and its events tell why."""
    attempts.close(s, run, ended, reason.message, reason.hint)
    run.retried, run.max_attempts, run.alone = run.retried + 1, retry.most, retry.alone
    goes_on = f"tried again in {duration(retry.seconds)} (attempt {run.retried + 1} of {retry.most})"
    told = f"{ended.capitalize()}: {reason.message.rstrip('.')}; {goes_on}."
    if retry.alone:
        told += f" It gets a worker to itself. {reason.hint}"
    give_back(s, run, replace(reason, message=told))
    run.not_before = ahead(retry.seconds)
