"""/queue: what runs next, and the buttons that change it."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from app.runs import by_hand
from app.schema_types import LARGEST_ID, QueueMove
from app.schemas import QueuePatchBody, read
from app.urls import API
from app.views.queue.fill import queue_order
from app.web.deps import ReadSession, WriteSession
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)

SHOWN = 200
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/queue")
def show(request: Request, session: ReadSession) -> Response:
    """What runs, and what waits in its order."""
    context = {
        "order": queue_order(session, SHOWN),
        "twin": f"{API}/queue?limit={SHOWN}",
        "stream": f"{API}/stream",
        "here": "/queue",
    }
    return render(request, "queue.html", context)


@router.post("/queue/{job_id}/move")
def move(
    request: Request, session: WriteSession, job_id: JobId, to: Annotated[QueueMove, Form()]
) -> Response:
    """Up, down or to the top."""
    by_hand.reorder(session, job_id, to)
    return see_other(request, f"/queue#job-{job_id}")


@router.post("/queue/{job_id}/priority")
def change(
    request: Request, session: WriteSession, job_id: JobId, priority: Annotated[str, Form()]
) -> Response:
    """Another priority."""
    typed = priority.strip()
    number = int(typed) if typed.removeprefix("-").isdecimal() and len(typed) < 9 else typed
    by_hand.change(session, job_id, read(QueuePatchBody, {"priority": number}))
    return see_other(request, f"/queue#job-{job_id}")
