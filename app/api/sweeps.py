"""/sweeps: launch, validate, list, show, extend, change, cancel, retry."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.api.runs import IdempotencyKey
from app.errors import ConflictError
from app.runs import sweep_actions
from app.runs.recipes import whole_sweep
from app.schema_types import LARGEST_ID
from app.schemas import ExtendBody, SweepBody, SweepPatchBody
from app.urls import API, sweep_api
from app.views.sweeps.fill import sweep_detail, sweep_list
from app.views.sweeps.previews import extension_preview, sweep_preview
from app.views.sweeps.view import ExtensionPreview, SweepDetail, SweepList, SweepPreview
from app.web.answers import answer
from app.web.deps import DatabaseDep, ReadSession, SettingsDep, WriteSession
from app.web.refusals import may_raise
from app.web.rights import asks_right

router = APIRouter(prefix=f"{API}/sweeps", tags=["sweeps"])

LARGEST_PAGE = 200

SweepId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the sweep.")]


@router.post("", response_model=SweepDetail, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def launch(
    body: SweepBody,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a sweep of at most 500 runs: 201, or 200 where the idempotency key has launched it before."""
    with database.read() as session:
        body = whole_sweep(session, body)
    sweep_id, is_new = sweep_actions.launch_sweep(database, settings, body, idempotency_key)
    with database.read() as session:
        view = sweep_detail(session, sweep_id)
    location = request.scope.get("root_path", "").rstrip("/") + sweep_api(sweep_id)
    return answer(view, HTTPStatus.CREATED if is_new else HTTPStatus.OK, {"Location": location})


@router.post("/validate", response_model=SweepPreview)
@asks_right("read")
def validate(body: SweepBody, session: ReadSession, settings: SettingsDep) -> Response:
    """What a sweep would do, and which runs it would use again; 422 with each refused field otherwise."""
    return answer(sweep_preview(session, settings, whole_sweep(session, body)))


@router.get("", response_model=SweepList)
def list_sweeps(
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Response:
    """A page of sweeps, newest first."""
    return answer(sweep_list(session, limit, cursor))


@router.get("/{sweep_id}", response_model=SweepDetail)
def show(sweep_id: SweepId, session: ReadSession) -> Response:
    """One sweep as a grid: settings down, seeds across."""
    return answer(sweep_detail(session, sweep_id))


@router.patch("/{sweep_id}", response_model=SweepDetail)
@may_raise(ConflictError)
def change(sweep_id: SweepId, body: SweepPatchBody, session: WriteSession) -> Response:
    """Change name, notes or tags; margin and looks, too, until the first run starts (409 afterwards)."""
    sweep_actions.change_sweep(session, sweep_id, body)
    session.flush()
    return answer(sweep_detail(session, sweep_id))


@router.post("/{sweep_id}/extend", response_model=SweepDetail | ExtensionPreview)
@may_raise(ConflictError)
def extend(
    sweep_id: SweepId,
    body: ExtendBody,
    database: DatabaseDep,
    settings: SettingsDep,
    dry_run: Annotated[bool, Query(description="Only say what it would cost.")] = False,
) -> Response:
    """Let values, baselines or settings join the sweep; 409 where it has all of them already."""
    if dry_run:
        with database.read() as session:
            return answer(extension_preview(session, settings, sweep_id, body))
    sweep_actions.extend_sweep(database, settings, sweep_id, body)
    with database.read() as session:
        return answer(sweep_detail(session, sweep_id))


@router.post("/{sweep_id}/cancel", response_model=SweepDetail)
@may_raise(ConflictError)
def cancel(sweep_id: SweepId, session: WriteSession) -> Response:
    """Cancel the sweep's own queued and running runs; 409 where there are none."""
    sweep_actions.cancel_sweep(session, sweep_id)
    session.flush()
    return answer(sweep_detail(session, sweep_id))


@router.post("/{sweep_id}/retry", response_model=SweepDetail)
@may_raise(ConflictError)
def retry(sweep_id: SweepId, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Launch missing cells, and queue failed, crashed and canceled ones again; 409 where there are none."""
    sweep_actions.retry_sweep(database, settings, sweep_id)
    with database.read() as session:
        return answer(sweep_detail(session, sweep_id))
