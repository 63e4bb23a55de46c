"""What the end of an attempt means: the journal's word first, then the request, then the way it died."""

import signal

import pytest

from app.lifecycle import State
from app.runs.endings import Ending, of_journal, of_lease, of_process, of_return, of_time
from app.runs.reasons import Reason
from trainer.events import Failed, Finished, Stopped
from trainer.executors.base import ExitStatus

CANCELED: Ending = (State.CANCELED, None)
TOLD = Failed(error_type="JournalHeldError", message="Another process writes it.")


def test_a_run_that_finished_is_completed_even_when_it_was_asked_to_stop() -> None:
    assert of_journal(Finished(epochs=1, seconds=1.0, best=None), CANCELED) == (State.COMPLETED, None)


def test_a_failure_keeps_its_words() -> None:
    told = Failed(error_type="DataError", message="No image.", hint="Add one.", traceback="tail")
    state, reason = of_journal(told, None)
    assert state is State.FAILED
    assert reason is not None
    assert reason.as_json() == {
        "type": "DataError",
        "message": "No image.",
        "hint": "Add one.",
        "traceback": "tail",
    }


@pytest.mark.parametrize("asked", [CANCELED, (State.PAUSED, None), (State.FAILED, of_time(30))])
def test_a_process_killed_after_its_grace_or_lost_ends_as_asked(asked: Ending) -> None:
    assert of_journal(Stopped(epoch=3), asked) == asked
    for shutdown in (False, True):
        assert of_process(ExitStatus(None, signal.SIGKILL), asked, shutdown) == asked
    assert of_lease(asked) == asked
    assert of_return(Reason("DiskFull", "No space."), asked) == asked


@pytest.mark.parametrize(("minutes", "said"), [(30, "30 minutes"), (1, "1 minute"), (0.5, "0.5 minutes")])
def test_the_time_limit_is_told_with_what_a_retry_does(minutes: float, said: str) -> None:
    reason = of_time(minutes)
    assert reason.message == f"The time limit of {said} was reached."
    assert reason.hint == f"Retry goes on from the last checkpoint, with another {said}."


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (ExitStatus(1, None, TOLD, machines_fault=True), State.QUEUED),
        (ExitStatus(1, None, TOLD, lost=True), State.CRASHED),
        (ExitStatus(1, None, TOLD), State.FAILED),
    ],
)
def test_last_words_are_the_reason_whoever_is_at_fault(status: ExitStatus, state: State) -> None:
    ended, reason = of_process(status, None, shutdown=False)
    assert (ended, reason and reason.message) == (state, TOLD.message)


def test_a_killed_process_names_its_signal_and_suspects_memory() -> None:
    state, reason = of_process(ExitStatus(None, signal.SIGKILL), None, shutdown=False)
    assert state is State.CRASHED
    assert reason is not None
    assert "SIGKILL" in reason.message
    assert "memory" in reason.hint
    assert "Retry goes on" in reason.hint


@pytest.mark.parametrize("status", [ExitStatus(1, None), ExitStatus(None, signal.SIGSEGV)])
def test_other_ends_do_not_suspect_memory(status: ExitStatus) -> None:
    state, reason = of_process(status, None, shutdown=False)
    assert state is State.CRASHED
    assert reason is not None
    assert str(status) in reason.message
    assert "memory" not in reason.hint


def test_the_runs_of_a_worker_that_ends_wait_again() -> None:
    state, reason = of_process(ExitStatus(None, signal.SIGKILL), None, shutdown=True)
    assert state is State.QUEUED
    assert reason is not None
    assert reason.type == "WorkerStopped"


def test_a_run_that_was_lost_with_its_node_is_crashed_and_one_that_had_not_begun_waits() -> None:
    told = Failed(error_type="NodeLost", message="It was lost.", hint="It goes on.")
    for begun, state in ((True, State.CRASHED), (False, State.QUEUED)):
        status = ExitStatus(None, None, told, machines_fault=not begun, lost=begun)
        found, reason = of_process(status, None, shutdown=False)
        assert found is state
        assert reason is not None
        assert reason.type == "NodeLost"
