"""/transfers: what networks are worth on other images; launch, list, show, and move along its life."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.errors import ConflictError
from app.runs.actions import Action, act
from app.runs.transfers import launch_transfer
from app.schema_types import LARGEST_ID
from app.transfer_schemas import TransferBody
from app.transfers.fill import get_transfer, transfer_list, transfer_view
from app.transfers.view import TransferList, TransferView
from app.urls import API, transfer_api
from app.web.answers import answer
from app.web.deps import DatabaseDep, ReadSession, SettingsDep, WriteSession
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/transfers", tags=["transfers"])
TransferId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the comparison.")]


@router.get("", response_model=TransferList)
def list_transfers(session: ReadSession) -> Response:
    """Comparisons of transfers, newest first."""
    return answer(transfer_list(session))


@router.post("", response_model=TransferView, status_code=HTTPStatus.CREATED)
def launch(body: TransferBody, request: Request, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Queue a comparison, each source with each seed a piece: 201, or 200 and the equal one that is there."""
    job_id, is_new = launch_transfer(database, settings, body)
    with database.read() as session:
        view = transfer_view(session, settings, job_id)
    location = request.scope.get("root_path", "").rstrip("/") + transfer_api(job_id)
    return answer(view, HTTPStatus.CREATED if is_new else HTTPStatus.OK, {"Location": location})


@router.get("/{job_id}", response_model=TransferView)
def show(job_id: TransferId, session: ReadSession, settings: SettingsDep) -> Response:
    """One comparison, its best source first, with the recommendation once all is measured."""
    return answer(transfer_view(session, settings, job_id))


@router.post("/{job_id}/{action}", response_model=TransferView)
@may_raise(ConflictError)
def move(job_id: TransferId, action: Action, session: WriteSession, settings: SettingsDep) -> Response:
    """cancel, pause, resume, retry, archive or restore it, as a run; 409 where it cannot."""
    act(session, get_transfer(session, job_id), action)
    session.flush()
    return answer(transfer_view(session, settings, job_id))
