"""/sweeps and /sweeps/{id}: the list of sweeps, one sweep as a grid of cells, and what can be done to it."""

from http import HTTPStatus
from statistics import fmean
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from app import sweep_actions
from app.deps import LARGEST_ID, DatabaseDep, ReadSession, SettingsDep
from app.figures.colours import setting_style
from app.pages.axis_words import axes_in_words, baseline_in_words
from app.pages.config_table import ConfigRow, config_table
from app.store.series import last_event_id
from app.templating import render
from app.urls import API, sweep_api, sweep_page
from app.views.sweep_views import sweep_detail, sweep_list
from app.views.sweeps import SweepDetail, SweepRow

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 50

SweepId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/sweeps")
def show_all(
    request: Request, session: ReadSession, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """The list, newest first."""
    page = sweep_list(session, PAGE_SIZE, cursor)
    context = {
        "sweeps": page,
        "axes": {sweep.id: axes_in_words(sweep.axes) for sweep in page.items},
        "cursor": cursor,
        "twin": f"{API}/sweeps?limit={PAGE_SIZE}" + (f"&cursor={cursor}" if cursor else ""),
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/sweeps",
    }
    return render(request, "sweeps.html", context)


@router.get("/sweeps/{sweep_id}")
def show(request: Request, session: ReadSession, sweep_id: SweepId) -> Response:
    """The grid: settings down, seeds across."""
    sweep = sweep_detail(session, sweep_id)
    base, fixed = base_rows(sweep)
    context = {
        "sweep": sweep,
        "axes": axes_in_words(sweep.axes),
        "baselines": [baseline_in_words(overrides) for overrides in sweep.baselines],
        "base": base,
        "fixed": fixed,
        "styles": {row.setting_hash: setting_style(row.config) for row in sweep.rows},
        "means": {row.setting_hash: mean_accuracy(row) for row in sweep.rows},
        "twin": sweep_api(sweep_id),
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/sweeps",
    }
    return render(request, "sweep.html", context)


@router.post("/sweeps/{sweep_id}/act")
def act(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    sweep_id: SweepId,
    action: Annotated[Literal["cancel", "retry"], Form()],
) -> Response:
    """Cancel the rest, or run what is missing and failed."""
    if action == "retry":
        sweep_actions.retry_sweep(database, settings, sweep_id)
    else:
        with database.write() as session:
            sweep_actions.cancel_sweep(session, sweep_id)
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(root + sweep_page(sweep_id), HTTPStatus.SEE_OTHER)


def base_rows(sweep: SweepDetail) -> tuple[str, tuple[ConfigRow, ...]]:
    """What all runs of the grid share: the nearest base by name, and what is fixed and differs from it."""
    first = next((row for row in sweep.rows if not row.baseline), None)
    if first is None:
        return "the defaults", ()
    table = config_table(first.config)
    rows = (row for group in table.groups for row in group.rows)
    return table.base, tuple(row for row in rows if row.differs and row.path not in sweep.axes)


def mean_accuracy(row: SweepRow) -> tuple[float | None, int]:
    """Mean accuracy of the row's completed cells, and how many there are."""
    done = [
        cell.accuracy
        for cell in row.cells
        if cell and cell.state == "completed" and cell.accuracy is not None
    ]
    return (fmean(done) if done else None), len(done)
