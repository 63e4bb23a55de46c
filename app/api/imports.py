"""/datasets and /datasets/imports: importing images through the server, chunk by chunk, after a look."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from app.dataset_schemas import ImportBody, LookBody, TakeBody
from app.errands import importing
from app.errands.place import errand_of
from app.errors import ConflictError, NotFoundError, TooLargeError
from app.urls import API, import_api
from app.views.datasets.imports import import_list, import_view
from app.views.datasets.view import ImportList, ImportView
from app.web.answers import answer
from app.web.deps import SettingsDep
from app.web.refusals import may_raise
from trainer.data.tree import Limits

router = APIRouter(prefix=f"{API}/datasets", tags=["data sets"])

ImportId = Annotated[str, Path(max_length=64, description="Of the import, as it was answered when it began.")]
Offset = Annotated[int, Query(ge=0, le=Limits.total_bytes, description="Where in the archive they belong.")]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("", response_model=ImportView, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def begin(body: ImportBody, request: Request, settings: SettingsDep) -> Response:
    """Begin the import of an archive (.zip, .tar, .tar.gz), whose bytes follow: 201, or 200 and the import
    that was begun with the same key and goes on.
    """
    place, is_new = importing.begin(settings, body)
    location = request.scope.get("root_path", "").rstrip("/") + import_api(place.id)
    status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
    return answer(import_view(settings, place.id), status, {"Location": location})


@router.get("/imports", response_model=ImportList)
def imports(settings: SettingsDep) -> Response:
    """Imports that have not ended, newest first."""
    return answer(import_list(settings))


@router.get("/imports/{import_id}", response_model=ImportView)
def show(import_id: ImportId, settings: SettingsDep) -> Response:
    """How far it is, and what it was understood as."""
    return answer(import_view(settings, import_id))


@router.put("/imports/{import_id}/content", response_model=ImportView, openapi_extra=_BODY)
@may_raise(ConflictError, TooLargeError)
async def send(import_id: ImportId, offset: Offset, request: Request, settings: SettingsDep) -> Response:
    """Send the next bytes of the archive, at most 16 MB; 409 where they do not begin at `received`.

    What of them has arrived counts, also where the connection breaks. After the last ones it is looked at.
    """
    receiving = importing.receiving(settings, import_id, offset)
    append = await run_in_threadpool(receiving.__enter__)
    try:
        async for data in request.stream():
            await run_in_threadpool(append, data)
    finally:
        await run_in_threadpool(receiving.__exit__, None, None, None)
    return answer(await run_in_threadpool(import_view, settings, import_id))


@router.get("/imports/{import_id}/samples.png", response_class=FileResponse)
def samples(import_id: ImportId, settings: SettingsDep) -> Response:
    """Images of some classes, a row a class."""
    place, _ = errand_of(settings, import_id, "import")
    if not place.samples.exists():
        raise NotFoundError("It has not been looked at yet.", "Ask for the import: it says how far it is.")
    return FileResponse(place.samples, media_type="image/png")


@router.post("/imports/{import_id}/look", response_model=ImportView)
@may_raise(ConflictError)
def look(import_id: ImportId, body: LookBody, settings: SettingsDep) -> Response:
    """Have it read anew, with this level of folders as classes; 0 takes every folder that holds images."""
    importing.look_again(settings, import_id, body)
    return answer(import_view(settings, import_id))


@router.post("/imports/{import_id}/take", response_model=ImportView)
@may_raise(ConflictError)
def take(import_id: ImportId, body: TakeBody, settings: SettingsDep) -> Response:
    """Import it as it was understood."""
    importing.take(settings, import_id, body)
    return answer(import_view(settings, import_id))


@router.delete("/imports/{import_id}", status_code=HTTPStatus.NO_CONTENT)
def cancel(import_id: ImportId, settings: SettingsDep) -> None:
    """Give it up; nothing of it stays."""
    importing.cancel(settings, import_id)
