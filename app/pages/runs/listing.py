"""/ and /runs: the list of runs. What can be done to several at once is bulk's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.figures.colours import setting_style
from app.figures.sketches import sparklines
from app.lifecycle import State
from app.pages.runs.query import PAGE_SIZE, RunQuery, run_query
from app.pages.sweeps.words import Axis, axes_in_words
from app.store.runs import RunFilter, count_runs, own_runs
from app.store.series import last_event_id
from app.urls import API
from app.views.runs.fill import Lines, legal_moves
from app.views.runs.telling import tell_apart
from app.views.runs.view import RunSummary
from app.views.sweeps.fill import sweep_summaries
from app.views.sweeps.view import SweepCounts, SweepSummary
from app.web.deps import LinesDep, ReadSession
from app.web.templating import render
from trainer.sweep import MAX_CELLS

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class SweepLine:
    """A sweep as one line of the list, and its own runs where it is open.

    marks: its own runs as the bar of the list reads them, `run_marks` joined by semicolons.
    """

    sweep: SweepSummary
    axes: tuple[Axis, ...]
    state: str
    runs: tuple[RunSummary, ...]
    marks: str


@router.get("/")
@router.get("/runs")
def show(
    request: Request,
    session: ReadSession,
    lines: LinesDep,
    query: Annotated[RunQuery, Depends(run_query)],
) -> Response:
    """The list, newest first, 100 a page."""
    page = lines.page(session, query.wanted, query.sort, PAGE_SIZE, query.cursor)
    sweep_lines = lines_of_sweeps(session, lines, page.items, query)
    shown = [*page.items, *(run for line in sweep_lines.values() for run in line.runs)]
    marks = {run.id: run_marks(run.id, run.setting_hash, run.state, bool(run.archived_at)) for run in shown}
    context = {
        "runs": page,
        "total": count_runs(session, replace(query.wanted, folded=False)),
        "sweep_lines": sweep_lines,
        "sweep": sweep_summaries(session, [query.sweep]).get(query.sweep) if query.sweep else None,
        "query": query,
        "states": tuple(State),
        "styles": {run.id: setting_style(run.config) for run in shown},
        "sparklines": sparklines({run.id: run.sparkline for run in shown}),
        "differences": tell_apart({run.id: (run.name, run.config) for run in shown}),
        "marks": marks,
        "on": shared_dataset(shown),
        "has_tags": any(run.tags for run in shown) or any(line.sweep.tags for line in sweep_lines.values()),
        "is_busy": bool(sweep_lines) or any(run.state in ("queued", "running") for run in shown),
        "twin": f"{API}/runs?{query.twin}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/runs",
    }
    return render(request, "runs.html", context)


def lines_of_sweeps(
    session: Session, lines: Lines, runs: Sequence[RunSummary], query: RunQuery
) -> dict[int, SweepLine]:
    """The sweeps that stand for their runs in this list, by the id of the run that holds their place."""
    if not query.is_folded:
        return {}
    places = {run.id: run.sweep_id for run in runs if run.sweep_id is not None}
    sweeps = sweep_summaries(session, places.values())
    own: dict[int, list[str]] = {}
    for run in own_runs(session, places.values()):
        own.setdefault(run.sweep_id, []).append(run_marks(run.id, run.setting_hash, run.state, False))
    found = {}
    for run_id, sweep_id in places.items():
        if sweep := sweeps.get(sweep_id):
            runs = _own_runs(session, lines, sweep_id) if sweep_id in query.open else ()
            axes, state = axes_in_words(sweep.axes), overall_state(sweep.counts)
            found[run_id] = SweepLine(sweep, axes, state, runs, ";".join(own.get(sweep_id, [])))
    return found


def overall_state(counts: SweepCounts) -> str:
    """One state for a sweep: what moves first, then what needs a person."""
    numbers = {
        State.RUNNING: counts.running,
        State.QUEUED: counts.queued,
        State.FAILED: counts.failed,
        State.CANCELED: counts.canceled + counts.missing,
    }
    return next((state for state, number in numbers.items() if number), State.COMPLETED)


def _own_runs(session: Session, lines: Lines, sweep_id: int) -> tuple[RunSummary, ...]:
    """What the sweep launched, in the order of launch; runs that it only points at have their own lines."""
    found = lines.page(session, RunFilter(sweep=sweep_id), "id", MAX_CELLS)
    return tuple(run for run in found.items if run.sweep_id == sweep_id)


def run_marks(run_id: int, setting: str, state: str, is_archived: bool) -> str:
    """A run for the bar of the list, "id:setting:action,action": what may be done to it now."""
    return f"{run_id}:{setting[:12]}:{','.join(legal_moves(state, is_archived))}"


def shared_dataset(runs: Sequence[RunSummary]) -> str:
    """The data set of all these runs; "" where there are several, or none."""
    names = {str(run.config["data"]["dataset"]) for run in runs}
    return names.pop() if len(names) == 1 else ""
