"""/published: results of others to compare with, and users' own rows as CSV."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app.errors import ConflictError, InvalidError
from app.known import check_names
from app.published import fill
from app.published.fill import published
from app.published.result import PublishedList
from app.published.upload import EXAMPLE, decode, read_upload
from app.urls import API
from app.web.answers import answer
from app.web.deps import ReadSession, WriteSession
from app.web.refusals import may_raise
from trainer.errors import FieldProblem

router = APIRouter(prefix=f"{API}/published", tags=["published"])

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": EXAMPLE},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


async def _uploaded(request: Request) -> bytes:
    """The file of a form, or else the body itself."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        check_names("form", form.keys(), ("file",))
        file = form.get("file")
        if not isinstance(file, UploadFile):
            problem = FieldProblem("file", "is missing: send the CSV as a file under this name")
            raise InvalidError("The form was refused.", fields=[problem])
        return await file.read()


@router.get("", response_model=PublishedList)
def list_published(session: ReadSession) -> Response:
    """All rows with source, recipe and note; `inconsistent` says why a row contradicts itself."""
    return answer(published(session))


@router.post("", response_model=PublishedList, status_code=HTTPStatus.CREATED, openapi_extra=_BODY)
@may_raise(ConflictError)
def add(uploaded: Annotated[bytes, Depends(_uploaded)], session: WriteSession) -> Response:
    """Add rows of your own: all of them, or none where any line is wrong (422 names line and column).

    Columns: label, accuracy, unit (percent, fraction or error_percent; it holds for the whole row), source;
    also dataset, imbalance_ratio, recipe, note, and class:NAME for the recall of a class.
    """
    rows = read_upload(decode(uploaded)).checked()
    return answer(fill.add(session, rows), HTTPStatus.CREATED)


@router.delete("/{row_id}", status_code=HTTPStatus.NO_CONTENT)
@may_raise(ConflictError)
def delete(row_id: str, session: WriteSession) -> None:
    """Remove a row that was added here."""
    fill.delete(session, row_id)
