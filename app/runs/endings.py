"""What the end of an attempt means for its run: the state and the reason, in words. Pure functions.

The journal's last word decides; where it has none, the way in which the process ended does.
"""

import signal
from dataclasses import replace

from app.lifecycle import State
from app.runs.queue import Reason
from trainer.events import Event, Failed, Finished
from trainer.executors.base import ExitStatus
from trainer.failures import failure

Ending = tuple[State, Reason | None]
"""Queued is one, too: the run waits again, and the reason is why."""

RETRY = "Retry goes on from the last finished epoch."
_MEMORY = "If nobody killed it, memory ran out: take a smaller optim.batch_size, or fewer slots (--workers). "


def of_journal(event: Event, stop_requested: str | None) -> Ending:
    """The journal ends with `event`: finished, failed or stopped."""
    match event:
        case Finished():
            return State.COMPLETED, None
        case Failed():
            return State.FAILED, reason_of(event)
    return (State(stop_requested), None) if stop_requested else of_shutdown()


def of_process(status: ExitStatus, stop_requested: str | None, shutdown: bool) -> Ending:
    """The process ended (or was killed after its grace) while its journal has no ending."""
    if stop_requested:
        return State(stop_requested), None
    if shutdown:
        return of_shutdown()
    if status.told is not None:
        state = State.CRASHED if status.lost else State.FAILED
        return State.QUEUED if status.machines_fault else state, reason_of(status.told)
    hint = _MEMORY + RETRY if status.signal == signal.SIGKILL else f"Its log may say more. {RETRY}"
    return State.CRASHED, Reason("ProcessVanished", f"The training process vanished ({status}).", hint)


def of_shutdown() -> Ending:
    """The worker was asked to end and took its children with it: the run goes on with the next one."""
    return State.QUEUED, Reason("WorkerStopped", "Its worker was asked to end; it goes on with the next.")


def of_lease() -> Ending:
    """Nobody renewed the claim."""
    message = "The worker that trained this run was not heard of any more."
    return State.CRASHED, Reason("LeaseExpired", message, f"It may have been killed or cut off. {RETRY}")


def of_refusal(error: BaseException) -> Ending:
    """The run's folder or process could not be set up."""
    reason = reason_of(failure(error))
    return State.FAILED, replace(reason, message=f"The run could not be started: {reason.message}")


def of_error(error: BaseException) -> Ending:
    """What was to be done for the run could not be done, and that is about this run alone."""
    return State.FAILED, reason_of(failure(error))


def of_return(reason: Reason, stop_requested: str | None) -> Ending:
    """The run was not begun, through no fault of its own: it waits again, unless it was to stop anyway."""
    return (State(stop_requested), None) if stop_requested else (State.QUEUED, reason)


def reason_of(told: Failed) -> Reason:
    """A failure as the run's row holds it."""
    return Reason(told.error_type, told.message, told.hint, told.traceback)
