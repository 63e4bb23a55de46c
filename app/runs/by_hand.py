"""What people change about the order of the queue: a job up, down, to the top, or another priority.

Up and down change two neighbours, as they are told one after the other: each takes the other's priority, lane
and position, so that every other job keeps its place. To the top gives a job a lane of its own, before all.
"""

from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.lifecycle import State
from app.runs.places import places_now
from app.store.tables import Job

Move = Literal["up", "down", "top"]
MOVES: tuple[Move, ...] = get_args(Move)

_SLOT = ("priority", "lane", "position")


def reorder(s: Session, job: Job, move: Move) -> None:
    """Move a queued job; one that stands at that end already stays there.

    Raises ConflictError for a job that has no place: it does not wait, or not for its turn alone.
    """
    if job.state != State.QUEUED:
        raise ConflictError(f"Run {job.id} is {job.state}: only what is queued has a place in the queue.")
    places = places_now(s)
    if job.id not in places:
        raise ConflictError(
            f"Run {job.id} has no place in the queue as yet: nothing could begin it now.",
            "What it waits for stands on its page: a first stage, say, or a worker with what it requires.",
        )
    queue = list(places)
    if move == "top":
        _put_before(s, job, s.get_one(Job, queue[0]))
    else:
        other = places[job.id] - 1 + (1 if move == "down" else -1)
        if 0 <= other < len(queue):
            _swap(job, s.get_one(Job, queue[other]))
    s.flush()


def _put_before(s: Session, job: Job, first: Job) -> None:
    if job is first:
        return
    least = s.scalar(select(func.min(Job.position))) or 0
    job.priority = max(job.priority, first.priority)
    job.lane = job.position = min(least, 0) - 1


def _swap(one: Job, other: Job) -> None:
    for name in _SLOT:
        mine, theirs = getattr(one, name), getattr(other, name)
        setattr(one, name, theirs)
        setattr(other, name, mine)
