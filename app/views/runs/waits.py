"""Why a queued run does not run yet, as a sentence: what stands before it, or nobody who would train it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.requirements import Requirements, in_words
from app.runs import waiting
from app.runs.places import able, alive, places_now
from app.store.tables import Job, Worker

NO_WORKER = "No worker is alive. Start one with: betaboard worker"

_GONE = "is gone: cancel this one and launch it anew"
_AWAITED: dict[str | None, str] = {
    State.QUEUED: "is queued",
    State.RUNNING: "is running",
    State.PAUSED: "is paused: resume it",
}


def waits(session: Session, runs: Sequence[Job]) -> dict[int, str]:
    """Why each queued run of these does not run yet, by its number."""
    queued = {run.id: run for run in runs if run.state == State.QUEUED}
    if not queued:
        return {}
    behind = _behind(session, [run_id for run_id, run in queued.items() if run.first_stage_id is not None])
    due = {run_id: run.requirements for run_id, run in queued.items() if run_id not in behind}
    return _until_claimed(session, due) | behind


def _behind(session: Session, second_stages: Sequence[int]) -> dict[int, str]:
    """Which first stage each of these waits for, if it does."""
    found = waiting.awaited(session, second_stages) if second_stages else {}
    return {
        run_id: f"Waits for run {first_id}, its first stage, which {_AWAITED.get(state, _GONE)}."
        for run_id, (first_id, state) in found.items()
    }


def _until_claimed(session: Session, due: Mapping[int, Requirements]) -> dict[int, str]:
    """Why each of these does not run yet, which may."""
    living = alive(session)
    told = {run_id: _nobody(living, required) for run_id, required in due.items()}
    places = places_now(session) if "" in told.values() else {}
    return {run_id: why or f"Number {places[run_id]} in the queue." for run_id, why in told.items()}


def _nobody(living: Sequence[Worker], required: Requirements) -> str:
    """Why no worker takes what requires this; "" where one does."""
    fitting = able(living, required)
    if any(not one.trouble for one in fitting):
        return ""
    if fitting:
        return f"No run can be started now: {fitting[0].trouble} It tries again."
    words = in_words(required)
    if not words:
        return NO_WORKER
    labels = "".join(f" --label {label}" for label in required["labels"])
    where = f" where there is {required['device']}" if required["device"] else ""
    return f"No worker with {words} is alive. Start one{where} with: betaboard worker{labels}"
