"""Why a queued run does not run yet, as a sentence: what stands before it, or nobody who would train it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.formats import duration
from app.lifecycle import State
from app.requirements import Requirements, in_words
from app.runs import waiting
from app.runs.places import able, alive, out_of_reach, places_now
from app.store.clock import now, seconds_until
from app.store.stages import relation
from app.store.tables import Job, Worker

NO_WORKER = "No worker is alive. Start one with: betaboard worker"

_GONE = "is gone: cancel this one and launch it anew"
_THERE = "Start one there with: betaboard worker"
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
    behind = _behind(session, {at: relation(run) for at, run in queued.items() if run.first_stage_id})
    return _until_claimed(session, [run for run_id, run in queued.items() if run_id not in behind]) | behind


def _behind(session: Session, relations: Mapping[int, str]) -> dict[int, str]:
    """Which run each of these waits for, if it does, and what that one is to it."""
    found = waiting.awaited(session, list(relations)) if relations else {}
    return {
        run_id: f"Waits for run {first_id}, {relations[run_id]}, which {_AWAITED.get(state, _GONE)}."
        for run_id, (first_id, state) in found.items()
    }


def _until_claimed(session: Session, ready: Sequence[Job]) -> dict[int, str]:
    """Why each of these does not run yet, which has what it trains upon."""
    living = alive(session)
    told = {run.id: _nobody(living, run.requirements) for run in ready}
    reachable = [run for run in ready if not told[run.id]]
    told |= _unreached(session, reachable)
    places = places_now(session) if "" in told.values() else {}
    return {run.id: told[run.id] or _next(run, places.get(run.id)) for run in ready}


def _unreached(session: Session, ready: Sequence[Job]) -> dict[int, str]:
    """Of those whose folder no living worker reads, where a worker is lacking."""
    by_id = {run.id: run for run in ready}
    found = out_of_reach(session, by_id) if by_id else {}
    return {run_id: _elsewhere(by_id[run_id], *upon) for run_id, upon in found.items()}


def _elsewhere(job: Job, upon: int | None, host: str | None) -> str:
    if upon is None:
        return f"It reads runs in the folder that pages are served from, where no worker is alive. {_THERE}"
    where = f" on {host}" if host else ""
    lies = f"Run {upon}, {relation(job)}, lies in another data folder{where} and was not sent from there"
    return f"{lies}: no living worker reads it. {_THERE}"


def _next(run: Job, place: int | None) -> str:
    """Its place in the queue; without one, when it is tried again."""
    alone = " Memory ran out, so it gets a worker to itself." if run.alone else ""
    if place is not None:
        return f"Number {place} in the queue.{alone}"
    left = duration(seconds_until(run.not_before or now()))
    return f"Tries again in {left} (attempt {run.retried + 1} of {run.max_attempts}).{alone}"


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
