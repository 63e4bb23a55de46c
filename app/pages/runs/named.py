"""/runs/views: what the menu of named views does: keep the list as it is, rename one, delete one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from app.schemas import read
from app.store.named_views import add_view, change_view, delete_view
from app.views.named_view_bodies import ViewBody
from app.views.named_views import plain_query
from app.web.deps import WriteSession
from app.web.login import local_path
from app.web.templating import see_other

router = APIRouter(include_in_schema=False)


@router.post("/runs/views")
def keep(
    request: Request,
    session: WriteSession,
    name: Annotated[str, Form()] = "",
    query: Annotated[str, Form()] = "",
) -> Response:
    """Keep the list as it is under a name. Raises InvalidError and ConflictError as the API does."""
    asked = read(ViewBody, {"name": name.strip(), "query": query})
    kept = add_view(session, asked.name, plain_query(asked.query))
    return see_other(request, f"/runs?{kept.query}" if kept.query else "/runs")


@router.post("/runs/views/change")
def change(
    request: Request,
    session: WriteSession,
    do: Annotated[Literal["rename", "delete"], Form()],
    name: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/runs",
) -> Response:
    """Rename or delete the view of this name. Raises NotFoundError, InvalidError and ConflictError."""
    if do == "delete":
        delete_view(session, name)
    else:
        change_view(session, name, read(ViewBody, {"name": to.strip(), "query": ""}).name)
    return see_other(request, local_path(back))
