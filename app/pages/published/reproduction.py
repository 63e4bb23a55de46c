"""/published/NAME: a publication that was run again, and which of its claims hold."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.figures.theme import LIGHT
from app.reproduction.compose import compose, summary
from app.reproduction.figure import NAME, TITLE, accuracy_figure
from app.reproduction.worked import worked
from app.urls import API
from app.web.panels import panel
from app.web.templating import render

router = APIRouter(include_in_schema=False)


@router.get("/published/{name}")
def show(request: Request, name: str) -> Response:
    """The report of a reproduction that comes with betaboard."""
    view = worked(name)
    twin = f"{API}/published/reproductions/{name}"
    _, *blocks = compose(view)  # the page has the title in its head
    context = {
        "view": view,
        "summary": summary(view),
        "blocks": blocks,
        "panel": panel(NAME, TITLE, accuracy_figure(view, LIGHT), f"{twin}/figures/{NAME}", ""),
        "twin": twin,
        "here": "/published",
    }
    return render(request, "published_reproduction.html", context)
