"""/views: addresses of the list of runs under a name; list, keep, rename, change, delete."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import ConflictError
from app.store.named_views import add_view, change_view, delete_view
from app.urls import API
from app.views.named_view_bodies import ViewBody, ViewPatchBody
from app.views.named_views import (
    NamedViewLine,
    NamedViews,
    named_view,
    named_views,
    plain_query,
)
from app.web.answers import answer
from app.web.deps import ReadSession, WriteSession
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/views", tags=["views"])


@router.get("", response_model=NamedViews)
def list_views(session: ReadSession) -> Response:
    """The named views of the list of runs, by name."""
    return answer(named_views(session))


@router.post("", response_model=NamedViewLine, status_code=HTTPStatus.CREATED)
@may_raise(ConflictError)
def keep(body: ViewBody, session: WriteSession) -> Response:
    """Keep the words of an address of the list under a name; 409 where there is one of that name already."""
    return answer(named_view(add_view(session, body.name, plain_query(body.query))), HTTPStatus.CREATED)


@router.patch("/{name}", response_model=NamedViewLine)
@may_raise(ConflictError)
def change(name: str, body: ViewPatchBody, session: WriteSession) -> Response:
    """Another name, another query, or both; 409 where the name is taken."""
    query = None if body.query is None else plain_query(body.query)
    return answer(named_view(change_view(session, name, body.name, query)))


@router.delete("/{name}", status_code=HTTPStatus.NO_CONTENT)
def delete(name: str, session: WriteSession) -> None:
    """Forget the name; runs stay as they are."""
    delete_view(session, name)
