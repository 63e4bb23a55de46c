"""/workers/{id}: one worker: what its host does, what it trains, and where the time of that goes."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.figures.machine import machine
from app.figures.theme import LIGHT
from app.urls import API
from app.views.system.workers import worker_detail
from app.views.usage.view import SPANS, Machine, Span
from app.web.deps import ReadSession
from app.web.panels import panel
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/workers/{worker_id}")
def show(
    request: Request, worker_id: str, session: ReadSession, span: Annotated[Span, Query()] = "hour"
) -> Response:
    """What its host did over the last hour, or longer."""
    worker = worker_detail(session, worker_id, SPANS[span])
    drawn = machine(Machine(host=worker.host, spans=worker.spans), LIGHT)
    own = f"{API}/workers/{worker_id}"
    words = urlencode({"span": span})
    context = {
        "worker": worker,
        "span": span,
        "spans": tuple(SPANS),
        "panel": panel("machine", "What the machine does", drawn, f"{own}/figures/machine", words),
        "twin": f"{own}?{words}",
        "stream": f"{API}/stream",
        "here": "/system",
    }
    return render(request, "worker.html", context)
