"""What the end of an attempt means for its run: the state and the reason, in words. Pure functions.

The journal's last word decides; where it has none, the way in which the process ended does.
"""

import signal
from dataclasses import replace

from app.lifecycle import State
from app.runs.reasons import Reason
from app.store.tables import Job
from trainer.events import Event, Failed, Finished
from trainer.executors.base import ExitStatus
from trainer.failures import failure

Ending = tuple[State, Reason | None]
"""Queued is one, too: the run waits again, and the reason is why."""

RETRY = "Retry goes on from the last finished epoch."
_MEMORY = "If nobody killed it, memory ran out: take a smaller optim.batch_size, or fewer slots (--workers). "


def asked_of(run: Job) -> Ending | None:
    """The end that was asked for while it was running: by somebody, or because its time is up."""
    if run.stop_requested is None:
        return None
    state = State(run.stop_requested)
    return state, of_time(run.time_limit_minutes or 0) if state is State.FAILED else None


def of_time(minutes: float) -> Reason:
    """An attempt took as long as it may."""
    limit = f"{minutes:g} minute{'' if minutes == 1 else 's'}"
    hint = f"Retry goes on from the last checkpoint, with another {limit}."
    return Reason("TimeLimit", f"The time limit of {limit} was reached.", hint)


def of_journal(event: Event, asked: Ending | None) -> Ending:
    """The journal ends with `event`: finished, failed or stopped."""
    match event:
        case Finished():
            return State.COMPLETED, None
        case Failed():
            return State.FAILED, reason_of(event)
    return asked or of_shutdown()


def of_process(status: ExitStatus, asked: Ending | None, shutdown: bool) -> Ending:
    """The process ended (or was killed after its grace) while its journal has no ending."""
    if asked or shutdown:
        return asked or of_shutdown()
    if status.told is not None:
        state = State.CRASHED if status.lost else State.FAILED
        return State.QUEUED if status.machines_fault else state, reason_of(status.told)
    hint = _MEMORY + RETRY if status.signal == signal.SIGKILL else f"Its log may say more. {RETRY}"
    return State.CRASHED, Reason("ProcessVanished", f"The training process vanished ({status}).", hint)


def of_shutdown() -> Ending:
    """The worker was asked to end and took its children with it: the run goes on with the next one."""
    return State.QUEUED, Reason("WorkerStopped", "Its worker was asked to end; it goes on with the next.")


def of_lease(asked: Ending | None) -> Ending:
    """Nobody renewed the claim."""
    if asked:
        return asked
    message = "The worker that trained this run was not heard of any more."
    return State.CRASHED, Reason("LeaseExpired", message, f"It may have been killed or cut off. {RETRY}")


def of_refusal(error: BaseException) -> Ending:
    """The run's folder or process could not be set up."""
    reason = reason_of(failure(error))
    return State.FAILED, replace(reason, message=f"The run could not be started: {reason.message}")


def of_error(error: BaseException) -> Ending:
    """What was to be done for the run could not be done, and that is about this run alone."""
    return State.FAILED, reason_of(failure(error))


def of_return(reason: Reason, asked: Ending | None) -> Ending:
    """The run was not begun, through no fault of its own: it waits again, unless it was to stop anyway."""
    return asked or (State.QUEUED, reason)


def reason_of(told: Failed) -> Reason:
    """A failure as the run's row holds it."""
    return Reason(told.error_type, told.message, told.hint, told.traceback)
