"""/task-transfers: what one task's network is worth to another; launch, list, show, move, policy, file."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.errors import ConflictError
from app.runs.actions import Action, act
from app.runs.task_transfers import launch_task_transfer
from app.schema_types import LARGEST_ID
from app.task_transfers.fill import (
    get_task_transfer,
    task_policy,
    task_transfer_list,
    task_transfer_view,
    task_transfers_of,
)
from app.task_transfers.report import BUDGETS, report
from app.task_transfers.table import as_csv
from app.task_transfers.view import TaskPolicyView, TaskTransferList, TaskTransferView
from app.transfer_schemas import TaskTransferBody
from app.urls import API, task_transfer_api, task_transfer_page
from app.web.answers import answer
from app.web.deps import DatabaseDep, ReadSession, SettingsDep
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/task-transfers", tags=["transfers"])
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the matrix.")]
Budget = Annotated[
    float, Query(ge=0, le=1000, allow_inf_nan=False, description="Each task that people must label costs 1.")
]
Importance = Annotated[
    str, Query(max_length=2000, description="Of targets, such as shape:2,edges:0; 1 where none is said.")
]


@router.get("", response_model=TaskTransferList)
def list_task_transfers(session: ReadSession) -> Response:
    """Matrices of transfers between tasks, newest first."""
    return answer(task_transfer_list(session))


@router.post("", response_model=TaskTransferView, status_code=HTTPStatus.CREATED)
def launch(
    body: TaskTransferBody, request: Request, database: DatabaseDep, settings: SettingsDep
) -> Response:
    """Queue a matrix: 201, or 200 and the equal one that is there."""
    job_id, is_new = launch_task_transfer(database, body, settings.datasets_dir)
    with database.read() as session:
        view = task_transfer_view(session, settings, job_id)
    location = request.scope.get("root_path", "").rstrip("/") + task_transfer_api(job_id)
    return answer(view, HTTPStatus.CREATED if is_new else HTTPStatus.OK, {"Location": location})


@router.get("/{job_id}", response_model=TaskTransferView)
def show(job_id: JobId, session: ReadSession, settings: SettingsDep) -> Response:
    """One matrix, as far as every seed has measured it, with its answers once all sources are read out."""
    return answer(task_transfer_view(session, settings, job_id))


@router.get("/{job_id}/policy", response_model=TaskPolicyView)
def policy(
    job_id: JobId,
    session: ReadSession,
    settings: SettingsDep,
    budget: Budget = 4.0,
    importance: Importance = "",
) -> Response:
    """Which source tasks to label so that all targets are served best; 404 until all are measured."""
    return answer(task_policy(session, settings, job_id, budget, importance))


@router.get("/{job_id}/transfers.csv", response_class=Response)
def table(job_id: JobId, session: ReadSession, settings: SettingsDep) -> Response:
    """All transfers, a line each."""
    text = as_csv(task_transfers_of(session, settings, job_id))
    headers = {"Content-Disposition": f'attachment; filename="task-transfers-{job_id}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{job_id}/report.md", response_class=Response)
def show_report(job_id: JobId, request: Request, session: ReadSession, settings: SettingsDep) -> Response:
    """What was measured and what follows from it, as Markdown."""
    view = task_transfer_view(session, settings, job_id)
    budgets = BUDGETS if view.answers else ()
    policies = [task_policy(session, settings, job_id, budget) for budget in budgets]
    address = request.scope.get("root_path", "").rstrip("/") + task_transfer_page(job_id)
    headers = {"Content-Disposition": f'attachment; filename="task-transfers-{job_id}.md"'}
    text = report(view, policies, address)
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)


@router.post("/{job_id}/{action}", response_model=TaskTransferView)
@may_raise(ConflictError)
def move(job_id: JobId, action: Action, database: DatabaseDep, settings: SettingsDep) -> Response:
    """cancel, pause, resume, retry, archive or restore it, as a run; 409 where it cannot."""
    with database.write() as session:
        act(session, get_task_transfer(session, job_id), action)
    with database.read() as session:  # nothing is written for as long as the figures take
        return answer(task_transfer_view(session, settings, job_id))
