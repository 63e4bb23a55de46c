"""/runs: launch, validate, list, show, change, delete, and every action on a run."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from app.api.run_words import RunWords, SearchWord
from app.errors import ConflictError
from app.runs import actions
from app.runs.actions import Action
from app.runs.continuing import continue_run
from app.runs.recipes import config_over_preset, over_preset
from app.schemas import ContinueBody, LaunchBody, PatchBody, ValidateBody
from app.store.runs import delete_run, get_run
from app.urls import API, run_api
from app.views.preview.fill import preview
from app.views.preview.view import Preview
from app.views.runs.fill import run_detail, summary
from app.views.runs.view import RunDetail, RunList, RunSummary
from app.web.answers import answer, answer_json
from app.web.deps import DatabaseDep, LinesDep, ReadSession, RunId, SettingsDep, WriteSession
from app.web.refusals import may_raise
from app.web.rights import asks_right

router = APIRouter(prefix=f"{API}/runs", tags=["runs"])

LARGEST_PAGE = 500

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Your own key for this launch; with the same body it always answers with the same run."
    ),
]


@router.post("", response_model=RunSummary, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def launch(
    body: LaunchBody,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a run: 201, or 200 where the idempotency key has launched it before."""
    with database.read() as session:
        body = over_preset(session, body)
    return _launched(request, database, *actions.launch(database, settings, body, idempotency_key))


def _launched(request: Request, database: DatabaseDep, run_id: int, is_new: bool) -> Response:
    with database.read() as session:
        view = summary(session, run_id)
    location = request.scope.get("root_path", "").rstrip("/") + run_api(run_id)
    return answer(view, HTTPStatus.CREATED if is_new else HTTPStatus.OK, {"Location": location})


@router.post("/{run_id}/continue", response_model=RunSummary, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def go_on(
    run_id: RunId,
    body: ContinueBody,
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Queue a run that goes on from this completed one: 201, or 200 where the key has launched it before."""
    return _launched(request, database, *continue_run(database, settings, run_id, body, idempotency_key))


@router.post("/validate", response_model=Preview)
@asks_right("read")
def validate(body: ValidateBody, session: ReadSession, settings: SettingsDep) -> Response:
    """What a configuration would do; 422 with each refused field otherwise. Nothing is queued."""
    return answer(preview(session, settings, config_over_preset(session, body)))


@router.get("", response_model=RunList)
def list_runs(
    session: ReadSession,
    lines: LinesDep,
    words: RunWords,
    q: SearchWord = "",
    folded: Annotated[bool, Query(description="Of the runs that a sweep launched, only the newest.")] = False,
    sort: Annotated[str, Query(description="A sort key; - in front for descending.")] = "-id",
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Response:
    """A page of runs, as summaries."""
    wanted = replace(words, q=q, folded=folded)
    return answer_json(lines.page(session, wanted, sort, limit, cursor).as_json)


@router.get("/{run_id}", response_model=RunDetail)
def show(run_id: RunId, session: ReadSession) -> Response:
    """One run, whole, but for its series."""
    return answer(run_detail(session, run_id))


@router.patch("/{run_id}", response_model=RunDetail)
def change(run_id: RunId, body: PatchBody, session: WriteSession) -> Response:
    """Change name, tags, notes or priority."""
    actions.change(session, run_id, body)
    return answer(run_detail(session, run_id))


@router.delete("/{run_id}", status_code=HTTPStatus.NO_CONTENT)
@may_raise(ConflictError)
def delete(run_id: RunId, database: DatabaseDep, settings: SettingsDep) -> None:
    """Remove a run that is not running, with everything it wrote."""
    delete_run(database, settings, run_id)


@router.post("/{run_id}/{action}", response_model=RunDetail)
@may_raise(ConflictError)
def act(run_id: RunId, action: Action, session: WriteSession) -> Response:
    """Cancel, pause, resume, retry, archive or restore; 409 naming both states where that is illegal."""
    actions.act(session, get_run(session, run_id), action)
    return answer(run_detail(session, run_id))
