"""/datasets/{name}: one data set whole; rename, delete, fetch it, look for its duplicates."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.dataset_schemas import DatasetPatchBody, RunsToo
from app.errands.about import fetch, give_up_fetch, search
from app.errors import ConflictError
from app.runs.datasets import delete_dataset, rename_dataset
from app.urls import API
from app.views.datasets.fill import dataset_detail
from app.views.datasets.view import DatasetDetail
from app.web.answers import answer
from app.web.deps import DatabaseDep, ReadSession, SettingsDep
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/datasets", tags=["data sets"])

Name = Annotated[str, Path(max_length=80, description="Such as cifar10, or folder:NAME.")]
Runs = Annotated[RunsToo, Query(description="What becomes of the runs that used it.")]


@router.get("/{name}", response_model=DatasetDetail)
def show(name: Name, session: ReadSession, settings: SettingsDep) -> Response:
    """The data set with the report of its import, its duplicates, and the runs that used it."""
    return answer(dataset_detail(session, settings, name))


@router.patch("/{name}", response_model=DatasetDetail)
@may_raise(ConflictError)
def rename(name: Name, body: DatasetPatchBody, session: ReadSession, settings: SettingsDep) -> Response:
    """Give an imported data set another name. Runs that were launched under the former one still find it."""
    return answer(dataset_detail(session, settings, rename_dataset(settings, name, body.name)))


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT)
@may_raise(ConflictError)
def delete(name: Name, database: DatabaseDep, settings: SettingsDep, runs: Runs = "refuse") -> None:
    """Delete an imported data set: 409 while a job needs it, and, unless `runs` says what becomes of them,
    where any run used it.
    """
    delete_dataset(database, settings, name, runs)


@router.post("/{name}/fetch", response_model=DatasetDetail, status_code=HTTPStatus.ACCEPTED)
@may_raise(ConflictError)
def begin_fetch(name: Name, session: ReadSession, settings: SettingsDep) -> Response:
    """Download or draw a data set that is not on this disk yet; `work` says how far that is."""
    fetch(settings, name)
    return answer(dataset_detail(session, settings, name), HTTPStatus.ACCEPTED)


@router.delete("/{name}/fetch", response_model=DatasetDetail)
def end_fetch(name: Name, session: ReadSession, settings: SettingsDep) -> Response:
    """Give the download up."""
    give_up_fetch(settings, name)
    return answer(dataset_detail(session, settings, name))


@router.post("/{name}/duplicates", response_model=DatasetDetail, status_code=HTTPStatus.ACCEPTED)
@may_raise(ConflictError)
def begin_search(name: Name, session: ReadSession, settings: SettingsDep) -> Response:
    """Look for duplicates among its images; what is found is kept with it."""
    search(settings, name)
    return answer(dataset_detail(session, settings, name), HTTPStatus.ACCEPTED)
