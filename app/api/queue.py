"""/queue: what waits, in the order in which it will be claimed, and what changes that order."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.errors import ConflictError
from app.runs import by_hand
from app.schema_types import LARGEST_ID, QueueMove
from app.schemas import QueuePatchBody
from app.urls import API
from app.views.queue.fill import queue_order, queued_job
from app.views.queue.view import QueuedJob, QueueOrder
from app.web.answers import answer
from app.web.deps import ReadSession, WriteSession
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/queue", tags=["queue"])
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the run or comparison.")]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many that wait.")]


@router.get("", response_model=QueueOrder)
def show(session: ReadSession, limit: Limit = 100) -> Response:
    """What runs, and what waits, the next one first, each with why it waits."""
    return answer(queue_order(session, limit))


@router.patch("/{job_id}", response_model=QueuedJob)
@may_raise(ConflictError)
def change(job_id: JobId, body: QueuePatchBody, session: WriteSession) -> Response:
    """Change priority or requirements of what waits; 409 for what does not."""
    return answer(queued_job(session, by_hand.change(session, job_id, body)))


@router.post("/{job_id}/{move}", response_model=QueuedJob)
@may_raise(ConflictError)
def reorder(job_id: JobId, move: QueueMove, session: WriteSession) -> Response:
    """up or down: change places with the neighbour; top: be the next. 409 for what has no place."""
    return answer(queued_job(session, by_hand.reorder(session, job_id, move)))
