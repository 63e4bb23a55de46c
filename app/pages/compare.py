"""/compare: the chosen runs side by side, class by class."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.deps import ReadSession
from app.figures.class_axis import class_axis
from app.figures.colours import setting_style
from app.figures.order import ClassOrder
from app.figures.registry import Ask
from app.figures.theme import LIGHT
from app.pages.compare_table import best_of, log_heights
from app.pages.panels import panels
from app.schemas import run_ids
from app.store.runs import RunFilter
from app.templating import render
from app.urls import API, compare_page
from app.views.compare_views import comparison
from app.views.run_views import run_list

router = APIRouter(include_in_schema=False)

RECENT = 30


@router.get("/compare")
def show(
    request: Request,
    session: ReadSession,
    runs: Annotated[Sequence[str], Query()] = (),
    order: Annotated[ClassOrder, Query()] = "count",
    baseline: str | None = None,
) -> Response:
    """The table and figures; without runs, a list to choose from. ?runs=1&runs=2 becomes ?runs=1,2."""
    if not runs:
        return _choose(request, session)
    ids = run_ids(",".join(runs))
    if len(runs) > 1:
        root = str(request.scope.get("root_path", "")).rstrip("/")
        return RedirectResponse(root + compare_page(ids), HTTPStatus.SEE_OTHER)
    view = comparison(session, ids, baseline)
    axis = class_axis([cls.name for cls in view.classes], [cls.train_count for cls in view.classes], order)
    ask = Ask(tuple(ids), LIGHT, order, baseline)
    context = {
        "comparison": view,
        "ids": ",".join(map(str, ids)),
        "order": order,
        "class_order": axis.order,
        "class_groups": axis.groups,
        "heights": log_heights(axis.counts),
        "best": best_of(view),
        "styles": [setting_style(row.config) for row in view.rows],
        "panels": panels(session, ("compare-accuracy", "compare-recall"), ask),
        "twin": f"{API}/compare?runs={','.join(map(str, ids))}",
        "stream": f"{API}/stream"
        if any({"queued", "running"} & set(row.states) for row in view.rows)
        else None,
        "here": "/compare",
    }
    return render(request, "compare.html", context)


def _choose(request: Request, session: Session) -> Response:
    page = run_list(session, RunFilter(), limit=RECENT)
    styles = {run.id: setting_style(run.config) for run in page.items}
    context = {"runs": page, "styles": styles, "here": "/compare", "twin": f"{API}/runs?limit={RECENT}"}
    return render(request, "compare_choose.html", context)
