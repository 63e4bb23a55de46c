"""/ and /runs: the list of runs, and what can be done to several at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app import actions
from app.deps import LARGEST_ID, ReadSession, WriteSession
from app.errors import ConflictError, IllegalMoveError, InvalidError
from app.figures.colours import setting_style
from app.figures.sketches import sparklines
from app.lifecycle import State
from app.login import local_path
from app.pages.axis_words import Axis, axes_in_words
from app.pages.run_query import PAGE_SIZE, RunQuery, run_query
from app.schemas import PatchBody, read
from app.store.runs import RunFilter, count_runs, tags_of
from app.store.series import last_event_id
from app.templating import render
from app.urls import API
from app.views.run_views import run_list
from app.views.runs import RunSummary
from app.views.sweep_views import sweep_summaries
from app.views.sweeps import SweepCounts, SweepSummary
from app.views.telling import tell_apart
from trainer.errors import FieldProblem
from trainer.sweep import MAX_CELLS

router = APIRouter(include_in_schema=False)

BulkAction = Literal["archive", "restore", "retry", "cancel", "tag"]


@dataclass(frozen=True)
class Fold:
    """A sweep as one line of the list, and its own runs where it is open."""

    sweep: SweepSummary
    axes: tuple[Axis, ...]
    state: str
    runs: tuple[RunSummary, ...]


@router.get("/")
@router.get("/runs")
def show(request: Request, session: ReadSession, query: Annotated[RunQuery, Depends(run_query)]) -> Response:
    """The list, newest first, 100 a page."""
    page = run_list(session, query.wanted, query.sort, PAGE_SIZE, query.cursor)
    folds = folded_sweeps(session, page.items, query)
    shown = [*page.items, *(run for fold in folds.values() for run in fold.runs)]
    context = {
        "runs": page,
        "total": count_runs(session, replace(query.wanted, folded=False)),
        "folds": folds,
        "sweep": sweep_summaries(session, [query.sweep]).get(query.sweep) if query.sweep else None,
        "query": query,
        "states": tuple(State),
        "styles": {run.id: setting_style(run.config) for run in shown},
        "sparklines": sparklines({run.id: run.sparkline for run in shown}),
        "told": tell_apart({run.id: (run.name, run.config) for run in shown}),
        "on": shared_dataset(shown),
        "has_tags": any(run.tags for run in shown) or any(fold.sweep.tags for fold in folds.values()),
        "is_busy": bool(folds) or any(run.state in ("queued", "running") for run in shown),
        "twin": f"{API}/runs?{query.twin}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/runs",
    }
    return render(request, "runs.html", context)


@router.post("/runs/bulk")
def bulk(
    request: Request,
    session: WriteSession,
    action: Annotated[BulkAction, Form()],
    runs: Annotated[Sequence[int], Form(max_length=500)] = (),
    tag: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/runs",
) -> Response:
    """One action on all ticked runs: on all of them or, where one refuses, on none."""
    if not runs:
        raise InvalidError("No run is ticked.", "Tick the runs first.")
    for run_id in runs:
        if action == "tag":
            _add_tag(session, run_id, tag)
        else:
            _act(session, run_id, action)
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(root + local_path(back), HTTPStatus.SEE_OTHER)


def folded_sweeps(session: Session, runs: Sequence[RunSummary], query: RunQuery) -> dict[int, Fold]:
    """The sweeps that stand for their runs in this list, by the id of the run that holds their place."""
    if not query.is_folded:
        return {}
    places = {run.id: run.sweep_id for run in runs if run.sweep_id is not None}
    lines = sweep_summaries(session, places.values())
    return {
        run_id: Fold(
            lines[sweep_id],
            axes_in_words(lines[sweep_id].axes),
            overall_state(lines[sweep_id].counts),
            _own_runs(session, sweep_id) if sweep_id in query.open else (),
        )
        for run_id, sweep_id in places.items()
        if sweep_id in lines
    }


def overall_state(counts: SweepCounts) -> str:
    """One state for a sweep: what moves first, then what needs a person."""
    for state, number in (
        (State.RUNNING, counts.running),
        (State.QUEUED, counts.queued),
        (State.FAILED, counts.failed),
        (State.CANCELED, counts.canceled + counts.missing),
    ):
        if number:
            return state
    return State.COMPLETED


def _own_runs(session: Session, sweep_id: int) -> tuple[RunSummary, ...]:
    """What the sweep launched, in the order of launch; runs that it only points at have their own lines."""
    found = run_list(session, RunFilter(sweep=sweep_id), "id", MAX_CELLS)
    return tuple(run for run in found.items if run.sweep_id == sweep_id)


def shared_dataset(runs: Sequence[RunSummary]) -> str:
    """The data set of all these runs; "" where there are several, or none."""
    names = {str(run.config["data"]["dataset"]) for run in runs}
    return names.pop() if len(names) == 1 else ""


def _act(session: Session, run_id: int, action: str) -> None:
    try:
        actions.act(session, min(run_id, LARGEST_ID), action)
    except IllegalMoveError as error:
        hint = f"{error.hint} Nothing was changed; untick run {run_id} and try again."
        raise ConflictError(f"Run {run_id}: {error.message}", hint) from error


def _add_tag(session: Session, run_id: int, tag: str) -> None:
    if not tag.strip():
        raise InvalidError("The tag is empty.", fields=[FieldProblem("tag", "must hold at least one letter")])
    tags = {*tags_of(session, [run_id])[run_id], tag.strip()}
    actions.change(session, run_id, read(PatchBody, {"tags": sorted(tags)}))
