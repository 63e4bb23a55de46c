"""/runs/new: the form of a new run or sweep with a preview of what will happen, and the launch."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app import actions, sweep_actions
from app.deps import LARGEST_ID, DatabaseDep, ReadSession, SettingsDep
from app.errors import InvalidError
from app.pages.form import as_typed, build_form, preset_names
from app.pages.form_body import homed, parts, read_form
from app.pages.outlook import outlook
from app.schemas import LaunchBody, SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.templating import render
from app.urls import API, run_page, sweep_page
from app.views.run_views import summary
from app.views.system_views import meta
from trainer.config import RunConfig, preset

router = APIRouter(include_in_schema=False)

ALSO = "also."
"""Before the path of a choice: another word that is run beside the one selected."""


async def typed_fields(request: Request) -> dict[str, str]:
    """What the form sent. Ticked boxes are listed with commas: baselines, and behind a choice its "also."."""
    form = await request.form()
    typed: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            path = name.removeprefix(ALSO)
            before = parts(typed.get(path, "")) if path != name or path == "baseline" else []
            typed[path] = ", ".join(dict.fromkeys((*before, value)))
    return typed


Typed = Annotated[dict[str, str], Depends(typed_fields)]


@router.get("/runs/new")
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    clone: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    preset: str | None = None,
    vary: str = "",
) -> Response:
    """The form, filled with the defaults, a preset, or another run's configuration; `vary` has the focus."""
    return _page(request, session, settings, _filled(session, clone, preset), focus=vary)


@router.post("/runs/new")
def launch(
    request: Request, session: ReadSession, database: DatabaseDep, settings: SettingsDep, typed: Typed
) -> Response:
    """Queue run or sweep and go to its page; the form again, as it was typed, for a preview or a refusal."""
    if typed.get("do") == "preview":
        return _page(request, session, settings, typed)
    try:
        page = _launched(database, settings, typed)
    except InvalidError as error:
        return _page(request, session, settings, typed, error)
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(root + page, HTTPStatus.SEE_OTHER)


def _launched(database: Database, settings: Settings, typed: Mapping[str, str]) -> str:
    """Path of the page of what was launched. Raises InvalidError."""
    body = read_form(typed)
    key = _key(typed, body)
    if isinstance(body, SweepBody):
        return sweep_page(sweep_actions.launch_sweep(database, settings, body, key)[0])
    return run_page(actions.launch(database, settings, body, key)[0])


def _key(typed: Mapping[str, str], body: LaunchBody | SweepBody) -> str:
    """The same form sent twice launches once; changed and sent again, it launches again."""
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return f"{typed.get('key', '')[:64]}-{digest[:16]}"


def _filled(session: Session, clone: int | None, named: str | None) -> dict[str, str]:
    """What stands in the form at first. Raises NotFoundError and ConfigError for what does not exist."""
    fresh = {"key": uuid4().hex}
    if clone is not None:
        run = summary(session, clone)
        return fresh | as_typed(run.config) | {"tags": ", ".join(run.tags), "clone": str(run.id)}
    return fresh | as_typed(preset(named) if named else RunConfig())


def _page(
    request: Request,
    session: Session,
    settings: Settings,
    typed: Mapping[str, str],
    refusal: InvalidError | None = None,
    focus: str = "",
) -> Response:
    view = outlook(session, settings, typed)
    facts = meta(session, settings)
    problems = homed(refusal.fields) if refusal else view.problems
    context = {
        "form": build_form(facts.fields, typed, problems, facts.datasets),
        "presets": preset_names(),
        "clone": typed.get("clone", ""),
        "focus": focus,
        "preview": view.run,
        "sweep": view.sweep,
        "counts": view.counts,
        "rates": view.rates,
        "launch_refused": refusal is not None,
        "twin": f"{API}/meta",
        "here": "/runs",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "launch.html", context, status)
