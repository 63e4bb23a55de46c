"""/imported: runs that were recorded elsewhere, and one of them whole: read-only, and marked as such."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.figures.imported import KINDS, kinds_of, metric_curves
from app.figures.theme import LIGHT
from app.published.imported import imported_id
from app.schema_types import LARGEST_ID
from app.store.imported import forget
from app.urls import API
from app.views.imported import imported_detail, imported_list
from app.web.deps import ReadSession, WriteSession
from app.web.panels import panel
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)
ImportedId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/imported")
def show_all(request: Request, session: ReadSession) -> Response:
    """The list."""
    context = {"imported": imported_list(session).items, "twin": f"{API}/imported", "here": "/published"}
    return render(request, "imported.html", context)


@router.get("/imported/{run_id}")
def show(request: Request, session: ReadSession, run_id: ImportedId) -> Response:
    """One run: its curves, its parameters, where it comes from."""
    run = imported_detail(session, run_id)
    twin = f"{API}/imported/{run_id}"
    drawn = {kind: metric_curves(run, kind, LIGHT) for kind in kinds_of(run)}
    figures = [
        panel(f"imported-{kind}", KINDS[kind], one, f"{twin}/figures/{kind}", "")
        for kind, one in drawn.items()
    ]
    context = {
        "run": run,
        "figures": figures,
        "row": imported_id(run.alike[0]),
        "twin": twin,
        "here": "/published",
    }
    return render(request, "imported_run.html", context)


@router.post("/imported/{run_id}/delete")
def delete(request: Request, session: WriteSession, run_id: ImportedId) -> Response:
    """Forget it."""
    forget(session, run_id)
    return see_other(request, "/imported")
