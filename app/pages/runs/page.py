"""/runs/{id}: one run whole, its actions, and the form for its name, tags and notes."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.dead_relu.view import LayerUnits
from app.comparing.figures.source import FigureRequest, Source
from app.errors import InvalidError
from app.figures.class_axis import ClassOrder
from app.figures.colours import setting_style
from app.figures.theme import LIGHT
from app.lifecycle import ACTIVE, ENDED, State
from app.pages.edit_form import Edit
from app.pages.runs import parts as run_parts
from app.pages.runs.config_table import config_table
from app.pages.runs.parts import epoch_context, run_words
from app.pages.runs.recipes import recipes
from app.runs import actions
from app.schemas import PatchBody, read
from app.settings import Settings
from app.store.runs import delete_run
from app.store.series import last_event_id
from app.urls import run_api, run_page
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from app.views.series import fill as series_views
from app.web.deps import DatabaseDep, ReadSession, RunId, SettingsDep, WriteSession
from app.web.panels import Panel, panels
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)
router.routes.extend(run_parts.router.routes)

FIGURES = ("accuracy", "loss", "class-recall", "class-curves", "confusion")


@router.get("/runs/{run_id}")
def show(
    request: Request,
    run_id: RunId,
    session: ReadSession,
    settings: SettingsDep,
    order: Annotated[ClassOrder, Query()] = "count",
) -> Response:
    """The run, classes by training count or in the data set's own order."""
    run = run_detail(session, run_id)
    edit = Edit(run.name, ", ".join(run.tags), run.notes)
    return render(request, "run.html", _context(request, session, settings, run, order, edit))


@router.post("/runs/{run_id}/act")
def act(
    request: Request,
    run_id: RunId,
    session: WriteSession,
    action: Annotated[str, Form(pattern=f"^({'|'.join(actions.ACTIONS)})$")],
) -> Response:
    """One of the moves that the page offers."""
    actions.act(session, run_id, action)
    return see_other(request, run_page(run_id))


@router.post("/runs/{run_id}/delete")
def delete(request: Request, run_id: RunId, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Remove the run and everything it wrote."""
    delete_run(database, settings, run_id)
    return see_other(request, "/runs")


@router.post("/runs/{run_id}/edit")
def edit(
    request: Request,
    run_id: RunId,
    session: WriteSession,
    settings: SettingsDep,
    name: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Set name, tags (commas between) and notes; the page again, as it was typed, where one is refused."""
    words = [word.strip() for word in tags.split(",") if word.strip()]
    try:
        actions.change(session, run_id, read(PatchBody, {"name": name, "tags": words, "notes": notes}))
    except InvalidError as error:
        form = Edit(name, tags, notes, tuple(f"{field.path} {field.message}" for field in error.fields))
        context = _context(request, session, settings, run_detail(session, run_id), "count", form)
        return render(request, "run.html", context, HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(request, run_page(run_id))


def _context(
    request: Request, session: Session, settings: Settings, run: RunDetail, order: ClassOrder, form: Edit
) -> Mapping[str, Any]:
    source = Source(session, FigureRequest((run.id,), LIGHT, order))
    changing = epoch_context(session, source)
    state = State(run.state)
    return {
        **changing,
        "run": run,
        "edit": form,
        "style": setting_style(run.config),
        "order": order,
        "panels": _panels(source, changing["layers"]) if run.last or state in ACTIVE else {},
        "log": series_views.log(session, settings, run.id),
        "config": config_table(run.config),
        "recipes": recipes(run, str(request.base_url).rstrip("/")),
        "twin": run_api(run.id),
        "stream": None if state in ENDED else run_api(run.id, f"stream?after={last_event_id(session)}"),
        "here": "/runs",
    }


def _panels(source: Source, layers: Sequence[LayerUnits]) -> dict[str, Panel]:
    """Empty ones hold the room of those to come. A run that measured no dead units has no figure of them."""
    has_units = bool(layers) or not source.run.last
    names = (*FIGURES, *(("dead-relu",) if has_units else ()))
    return panels(source, names, run_words(source.run_id, source.request.order))
