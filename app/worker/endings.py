"""What the end of an attempt means for its run: the state and the reason, in words. Pure functions.

The journal's last word decides; where it has none, the way in which the process ended does.
"""

import signal

from app.lifecycle import State
from app.queue import Reason
from trainer.errors import JournalError, TrainerError
from trainer.events import Event, Failed, Finished
from trainer.executors.base import ExitStatus

Ending = tuple[State, Reason | None]

RETRY = "Retry goes on from the last finished epoch."
_MEMORY = "If nobody killed it, memory ran out: take a smaller optim.batch_size, or fewer slots (--workers). "


def of_journal(event: Event, stop_requested: str | None) -> Ending:
    """The journal ends with `event`: finished, failed or stopped."""
    match event:
        case Finished():
            return State.COMPLETED, None
        case Failed():
            return State.FAILED, Reason(event.error_type, event.message, event.hint, event.traceback)
    return (State(stop_requested), None) if stop_requested else of_shutdown()


def of_process(status: ExitStatus, stop_requested: str | None, shutdown: bool) -> Ending:
    """The process ended (or was killed after its grace) while its journal has no ending."""
    if stop_requested:
        return State(stop_requested), None
    if shutdown:
        return of_shutdown()
    hint = _MEMORY + RETRY if status.signal == signal.SIGKILL else f"Its log may say more. {RETRY}"
    return State.CRASHED, Reason("ProcessVanished", f"The training process vanished ({status}).", hint)


def of_shutdown() -> Ending:
    """The worker was asked to end and took its children with it."""
    return State.CRASHED, Reason("WorkerStopped", "The worker was shut down while the run trained.", RETRY)


def of_lease() -> Ending:
    """Nobody renewed the claim."""
    message = "The worker that trained this run was not heard of any more."
    return State.CRASHED, Reason("LeaseExpired", message, f"It may have been killed or cut off. {RETRY}")


def of_refusal(error: BaseException) -> Ending:
    """The run's folder or process could not be set up."""
    hint = error.hint if isinstance(error, TrainerError) else ""
    return State.FAILED, Reason(type(error).__name__, f"The run could not be started: {error}", hint)


def of_damage(error: JournalError) -> Ending:
    """The journal cannot be read any further."""
    return State.FAILED, Reason("JournalError", error.message, error.hint)
