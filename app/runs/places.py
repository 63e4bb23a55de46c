"""Which queued job stands at which place now, and how many there are, among the workers that are alive."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.lifecycle import State
from app.requirements import Requirements
from app.runs import order
from app.runs.queue import LEASE_SECONDS
from app.store import files, workers
from app.store.tables import Folder, Job, Worker


def alive(s: Session) -> list[Worker]:
    """The workers that are alive."""
    return workers.living(s, LEASE_SECONDS)


def able(among: Iterable[Worker], required: Requirements) -> list[Worker]:
    """Those of the workers that can carry out what requires that."""
    return [worker for worker in among if workers.offer_of(worker).fits(required)]


def places_now(s: Session) -> dict[int, int]:
    """Id -> place of what is due, the next one first.

    What no living worker can carry out or reach has none; as long as none lives at all, every job has its
    place.
    """
    living, required = alive(s), order.required_now(s)
    reach = _within_reach(s) if living else None
    return order.places(s, [one for one in required if not living or able(living, one)], reach)


def _within_reach(s: Session) -> ColumnElement[bool] | None:
    """Whether some folder with workers is one from which a job may be carried out; None: every job may."""
    folders = files.manned(s)
    if not folders or not files.others(s, folders[0]):
        return None
    return or_(*map(files.within_reach, folders))


def out_of_reach(s: Session, job_ids: Collection[int]) -> dict[int, tuple[int | None, str | None]]:
    """(the run that it trains upon, the host of that one's folder) of each job that no living worker reaches.

    Both are None of a job that reads from the folder that pages are served from.
    """
    reach = _within_reach(s)
    if reach is None:
        return {}
    first = aliased(Job)
    query = (
        select(Job.id, first.id, Folder.host)
        .outerjoin(first, first.id == Job.first_stage_id)
        .outerjoin(Folder, Folder.id == first.folder_id)
        .where(Job.id.in_(job_ids), ~reach)
    )
    return {job_id: (upon, host) for job_id, upon, host in s.execute(query)}


def queue_counts(s: Session) -> tuple[int, int, int]:
    """(running runs, queued runs, living workers)."""
    query = select(Job.state, func.count()).where(Job.state.in_((State.RUNNING, State.QUEUED)))
    counts: dict[str, int] = dict(s.execute(query.group_by(Job.state)).all())
    alive = workers.count_alive(s, LEASE_SECONDS)
    return counts.get(State.RUNNING, 0), counts.get(State.QUEUED, 0), alive
