"""What a webhook is owed, read off the changes of state that stand in the database anyway.

So nothing has to be thought of where a run ends, and what ended while no process of ours ran is told when one
does. A run is told where it has ended by itself (completed, failed, crashed), a sweep once none of its runs
is to come. A retry that will come, a pause, and what somebody canceled tell nobody anything new. A chat is
not told of each run that a sweep completes: of those it hears with their sweep.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.hooks import Hook
from app.lifecycle import ENDED, State
from app.runs.hooks.payload import of_job, of_sweep
from app.store import deliveries
from app.store.clock import ahead
from app.store.deliveries import Owed
from app.store.tables import Event, Job, Run, Sweep, SweepCell

TOLD = frozenset({State.COMPLETED, State.FAILED, State.CRASHED})
MOST_AT_ONCE = 500
MOST_PASSED = 5000
OLDEST_SECONDS = 86_400.0
"""What ended longer ago than a day is no news."""


def is_behind(s: Session, hooks: Sequence[Hook]) -> bool:
    """Whether something has happened that one of them was not told."""
    newest = deliveries.newest_event(s)
    return any(_is_behind(s, deliveries.place_of(s, hook.id), newest) for hook in hooks)


def _is_behind(s: Session, place: int | None, newest: int) -> bool:
    """Progress alone does not count, until so much has come that it would take time to look through."""
    if place is None or newest - place > MOST_PASSED:
        return True
    return newest > place and bool(deliveries.state_changes(s, place, "", limit=1))


def note_what_is_owed(s: Session, hook: Hook, public_url: str) -> None:
    """Put down what happened since the webhook was last told; a new one is owed nothing of before."""
    newest, place = deliveries.newest_event(s), deliveries.place_of(s, hook.id)
    if place is not None:
        found = deliveries.state_changes(s, place, ahead(-OLDEST_SECONDS), MOST_AT_ONCE)
        deliveries.forget_old(s)
        deliveries.owe(s, hook.id, _owed(s, hook, found, public_url))
        if len(found) == MOST_AT_ONCE:
            newest = found[-1].id
    deliveries.put_place(s, hook.id, newest)


def _owed(s: Session, hook: Hook, changes: Sequence[Event], public_url: str) -> Iterator[Owed]:
    ended = {change.run_id: change for change in changes if change.payload["to"] in TOLD}
    jobs = s.scalars(select(Job).where(Job.id.in_(ended)).order_by(Job.id)).all()
    for job in jobs:
        if job.state == ended[job.id].payload["to"] and _hears_of(hook, job):
            key = f"{job.kind}-{job.id}-{ended[job.id].id}"
            yield key, of_job(job, ended[job.id].time, public_url) | {"id": key}
    yield from _sweeps(s, {change.run_id for change in changes if change.payload["to"] in ENDED}, public_url)


def _hears_of(hook: Hook, job: Job) -> bool:
    return hook.shape == "json" or job.sweep_id is None or job.state != State.COMPLETED


def _sweeps(s: Session, run_ids: Collection[int], public_url: str) -> Iterator[Owed]:
    """The sweeps of these runs of which no run is to come, each under the last change of any of its runs.

    Not one of which somebody canceled every run.
    """
    own = select(SweepCell.sweep_id).where(SweepCell.run_id.in_(run_ids))
    for sweep in s.scalars(select(Sweep).where(Sweep.id.in_(own)).order_by(Sweep.id)):
        cells = select(SweepCell.run_id).where(SweepCell.sweep_id == sweep.id)
        states = select(Run.state, func.count()).where(Run.id.in_(cells)).group_by(Run.state)
        counts = {row[0]: row[1] for row in s.execute(states)}
        if ENDED.issuperset(counts) and not TOLD.isdisjoint(counts):
            is_change = Event.run_id.in_(cells), Event.kind == "state"
            last, at = s.execute(select(func.max(Event.id), func.max(Event.time)).where(*is_change)).one()
            key = f"sweep-{sweep.id}-{last}"
            yield key, of_sweep(sweep, counts, at, public_url) | {"id": key}
