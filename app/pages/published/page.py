"""/published: results of others, the form that adds one's own, and the way from there to Compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app.errors import ConflictError, InvalidError
from app.known import check_names
from app.pages.published.tables import published_tables
from app.published import fill
from app.published.fill import published
from app.published.upload import EXAMPLE, Problem, decode, read_upload
from app.urls import API
from app.web.deps import ReadSession, WriteSession
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class RefusedUpload:
    """What was sent, the problem with it as a whole, and each wrong line: number, text, problems."""

    text: str = ""
    message: str = ""
    lines: tuple[tuple[int, str, tuple[Problem, ...]], ...] = ()


async def _form(request: Request) -> tuple[bytes, str]:
    """A CSV file or, without one, the pasted text; and the compare page that somebody came from."""
    async with request.form() as form:
        check_names("form", form.keys(), ("file", "text", "compare"))
        file, text, compare = form.get("file"), form.get("text"), form.get("compare")
        chosen = await file.read() if isinstance(file, UploadFile) else b""
        pasted = text.encode("utf-8", "replace") if isinstance(text, str) else b""
        return chosen or pasted, compare if isinstance(compare, str) else ""


@router.get("/published")
def show(
    request: Request,
    session: ReadSession,
    compare: Annotated[str, Query(max_length=4000)] = "",
    added: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """All tables. `compare` is the query of the compare page from which somebody came to choose rows."""
    return _page(request, session, None, compare, added)


@router.post("/published")
def add(
    request: Request, session: WriteSession, form: Annotated[tuple[bytes, str], Depends(_form)]
) -> Response:
    """Add the rows of the form; the page again, with every problem beside its line, where one is wrong."""
    (csv, compare), text = form, ""
    try:
        text = decode(csv)
        upload = read_upload(text)
        if upload.problems:
            return _page(request, session, RefusedUpload(text, lines=_beside(text, upload.problems)), compare)
        rows = fill.add(session, upload.rows).items
    except InvalidError as error:
        return _page(request, session, RefusedUpload(text, f"The file {error.fields[0].message}."), compare)
    except ConflictError as error:
        return _page(request, session, RefusedUpload(text, f"{error.message} {error.hint}"), compare)
    words = {"added": len(rows)} | ({"compare": compare} if compare else {})
    return see_other(request, f"/published?{urlencode(words)}#{rows[0].id}")


@router.post("/published/{row_id}/delete")
def delete(request: Request, row_id: str, session: WriteSession) -> Response:
    """Forget an added row."""
    fill.delete(session, row_id)
    return see_other(request, "/published")


@router.get("/published/use")
def use(
    request: Request,
    published: Annotated[Sequence[str], Query(max_length=50)] = (),
    compare: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """To the compare page with the ticked rows as references, its view otherwise as it was."""
    kept = [(name, value) for name, value in parse_qsl(compare) if name != "published"]
    chosen = [("published", ",".join(published))] if published else []
    return see_other(request, f"/compare?{urlencode(kept + chosen)}")


def _page(
    request: Request, session: Session, refused: RefusedUpload | None, compare: str, added: int | None = None
) -> Response:
    view = published(session)
    context = {
        "published": view,
        "tables": published_tables(view.items),
        "refused": refused,
        "example": EXAMPLE,
        "compare": compare,
        "ticked": dict(parse_qsl(compare)).get("published", "").split(","),
        "added": added,
        "twin": f"{API}/published",
        "here": "/published",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "published.html", context, status)


def _beside(text: str, problems: Sequence[Problem]) -> tuple[tuple[int, str, tuple[Problem, ...]], ...]:
    """The problems of each line beside its text."""
    lines = dict(enumerate(text.splitlines(), start=1))
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    return tuple((line, lines.get(line, ""), tuple(found)) for line, found in by_line.items())
