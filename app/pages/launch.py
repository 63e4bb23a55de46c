"""/runs/new: the form of a new run with a preview of what will happen, and the launch."""

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app import actions
from app.deps import LARGEST_ID, DatabaseDep, ReadSession, SettingsDep
from app.errors import InvalidError
from app.figures.order import class_order
from app.figures.sketches import CountsSketch, counts_sketch, rates_sketch
from app.pages.form import as_typed, build_form, preset_names, read_form
from app.schemas import LaunchBody
from app.settings import Settings
from app.templating import render
from app.urls import API, run_page
from app.views.preview import Preview
from app.views.preview_views import preview
from app.views.run_views import summary
from app.views.system_views import meta
from trainer.config import RunConfig, preset
from trainer.errors import FieldProblem

router = APIRouter(include_in_schema=False)


async def typed_fields(request: Request) -> dict[str, str]:
    """What the form sent; the last of several values counts (a switch sends false before true)."""
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed_fields)]


@router.get("/runs/new")
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    clone: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    preset: str | None = None,
) -> Response:
    """The form, filled with the defaults, a preset, or the configuration of another run."""
    return _page(request, session, settings, _filled(session, clone, preset))


@router.post("/runs/new")
def launch(
    request: Request, session: ReadSession, database: DatabaseDep, settings: SettingsDep, typed: Typed
) -> Response:
    """Queue the run and go to its page; the form again, as it was typed, for a preview or a refusal."""
    if typed.get("do") == "preview":
        return _page(request, session, settings, typed)
    try:
        body = read_form(typed)
        run_id, _ = actions.launch(database, settings, body, _key(typed, body))
    except InvalidError as error:
        return _page(request, session, settings, typed, error)
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return RedirectResponse(root + run_page(run_id), HTTPStatus.SEE_OTHER)


def _key(typed: Mapping[str, str], body: LaunchBody) -> str:
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
) -> Response:
    view, problems = _previewed(session, settings, typed)
    facts = meta(session, settings)
    context = {
        "form": build_form(facts.fields, typed, refusal.fields if refusal else problems),
        "meta": facts,
        "presets": preset_names(),
        "clone": typed.get("clone", ""),
        "preview": view,
        "counts": _counts(view) if view else None,
        "rates": rates_sketch(view.learning_rates) if view else None,
        "launch_refused": refusal is not None,
        "twin": f"{API}/meta",
        "here": "/runs",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "launch.html", context, status)


def _previewed(
    session: Session, settings: Settings, typed: Mapping[str, str]
) -> tuple[Preview | None, Sequence[FieldProblem]]:
    """What a run of this would do, or what is wrong with it."""
    try:
        return preview(session, settings, read_form(typed).config), ()
    except InvalidError as error:
        return None, error.fields


def _counts(view: Preview) -> CountsSketch:
    order = class_order([cls.train_count for cls in view.classes], "count")
    return counts_sketch([view.classes[index] for index in order])
