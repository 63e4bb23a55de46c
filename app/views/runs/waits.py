"""Why a queued run does not run yet, as a sentence: what stands before it, or nobody who would train it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.runs import queue, waiting
from app.store import workers
from app.store.tables import Job

NO_WORKER = "No worker is alive. Start one with: betaboard worker"

_GONE = "is gone: cancel this one and launch it anew"
_AWAITED: dict[str | None, str] = {
    State.QUEUED: "is queued",
    State.RUNNING: "is running",
    State.PAUSED: "is paused: resume it",
}


def waits(session: Session, runs: Sequence[Job]) -> dict[int, str]:
    """Why each queued run of these does not run yet, by its number."""
    queued = {run.id: run.first_stage_id for run in runs if run.state == State.QUEUED}
    if not queued:
        return {}
    behind = _behind(session, [run_id for run_id, first_id in queued.items() if first_id is not None])
    return _until_claimed(session, [run_id for run_id in queued if run_id not in behind]) | behind


def _behind(session: Session, second_stages: Sequence[int]) -> dict[int, str]:
    """Which first stage each of these waits for, if it does."""
    found = waiting.awaited(session, second_stages) if second_stages else {}
    return {
        run_id: f"Waits for run {first_id}, its first stage, which {_AWAITED.get(state, _GONE)}."
        for run_id, (first_id, state) in found.items()
    }


def _until_claimed(session: Session, due: Sequence[int]) -> dict[int, str]:
    """Why each of these does not run yet, which may."""
    alive = workers.living(session, queue.LEASE_SECONDS)
    if all(one.trouble for one in alive):
        why = f"No run can be started now: {alive[0].trouble} It tries again." if alive else NO_WORKER
        return dict.fromkeys(due, why)
    places = waiting.places_in_queue(session, due)
    return {run_id: f"Number {place} in the queue." for run_id, place in places.items()}
