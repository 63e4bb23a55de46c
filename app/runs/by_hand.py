"""What people change about a queued job: up, down, to the top, another priority, other requirements.

Up and down change two neighbours, as they are told one after the other: each takes the other's place with its
priority, so that every other job keeps its own. To the top gives a job a lane of its own, before all.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.lifecycle import State
from app.requirements import with_device
from app.runs.places import places_now
from app.schema_types import QueueMove
from app.schemas import QueuePatchBody
from app.store.tables import Job

_SLOT = ("priority", "lane", "position", "turn")
"""Where a job stands. The turn that was taken there stays with the place."""


def queued(s: Session, job_id: int) -> Job:
    """The job. Raises NotFoundError, and ConflictError for one that does not wait in the queue."""
    job = s.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.", "Its number may be mistyped, or it was deleted.")
    if job.state != State.QUEUED:
        raise ConflictError(f"Job {job_id} is {job.state}: it does not wait in the queue.")
    return job


def change(s: Session, job_id: int, body: QueuePatchBody) -> Job:
    """Set the fields that the body names; a device that the configuration names stays required.

    Raises as `queued` does.
    """
    job = queued(s, job_id)
    if "priority" in body.model_fields_set:
        job.priority = body.priority
    if "requirements" in body.model_fields_set:
        job.requirements = with_device(body.requirements.model_dump(), job.config)
    s.flush()
    return job


def reorder(s: Session, job_id: int, move: QueueMove) -> Job:
    """Move a job; one that stands at that end already stays there.

    Raises as `queued` does, and ConflictError for a job that has no place, as more than its turn is lacking.
    """
    job, places = queued(s, job_id), places_now(s)
    if job_id not in places:
        raise ConflictError(
            f"Job {job_id} has no place in the queue as yet: it could not begin even if it were first.",
            "What it waits for stands on its page: a first stage, say, or a worker with what it requires.",
        )
    line = list(places)
    if move == "top":
        _put_before(s, job, s.get_one(Job, line[0]))
    else:
        other = places[job_id] - 1 + (1 if move == "down" else -1)
        if 0 <= other < len(line):
            _swap(job, s.get_one(Job, line[other]))
    s.flush()
    return job


def _put_before(s: Session, job: Job, first: Job) -> None:
    if job is first:
        return
    least = s.scalar(select(func.min(Job.position))) or 0
    job.priority = max(job.priority, first.priority)
    job.lane = job.position = min(least, 0) - 1
    job.turn = 0


def _swap(one: Job, other: Job) -> None:
    for name in _SLOT:
        mine, theirs = getattr(one, name), getattr(other, name)
        setattr(one, name, theirs)
        setattr(other, name, mine)
