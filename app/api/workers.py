"""/workers/{id}: one worker, and what its host did, as JSON, as Plotly takes it and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.figures.drawn import Drawn
from app.figures.machine import machine
from app.figures.theme import LIGHT, THEMES, Theme
from app.urls import API
from app.views.system.view import WorkerDetail
from app.views.system.workers import worker_detail
from app.views.usage.view import SPANS, Machine, Span
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession

router = APIRouter(prefix=f"{API}/workers", tags=["system"])

Over = Annotated[Span, Query(description="How far back: an hour in steps of ten seconds, or more, coarser.")]


@router.get("/{worker_id}", response_model=WorkerDetail)
def worker(worker_id: str, session: ReadSession, span: Over = "hour") -> Response:
    """A worker, what its host did, and where the time of the runs that it trains goes."""
    return answer(worker_detail(session, worker_id, SPANS[span]))


@router.get("/{worker_id}/figures/machine", response_model=PlotlyFigure)
def draw(worker_id: str, session: ReadSession, span: Over = "hour", theme: ThemeName = "light") -> Response:
    """CPU, memory and GPUs of its host, as Plotly takes them."""
    return as_plotly(_drawn(session, worker_id, span, THEMES[theme]))


@router.get("/{worker_id}/figures/machine/table.csv", response_class=Response)
def table(worker_id: str, session: ReadSession, span: Over = "hour") -> Response:
    """The data of the figure."""
    return as_table(_drawn(session, worker_id, span, LIGHT), f"machine-{span}")


def _drawn(session: Session, worker_id: str, span: Span, theme: Theme) -> Drawn:
    view = worker_detail(session, worker_id, SPANS[span])
    return machine(Machine(host=view.host, spans=view.spans), theme)
