"""/compare/extend: what a comparison's actions send that are about runs of no one sweep."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from app.pages.sweeps.extend_form import sent_extension
from app.pages.sweeps.words import with_added
from app.runs import sweep_actions
from app.schemas import run_ids
from app.urls import compare_page
from app.web.deps import DatabaseDep, SettingsDep
from app.web.templating import see_other

router = APIRouter(include_in_schema=False)


@router.post("/compare/extend")
def extend(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    runs: Annotated[str, Query(description="Numbers of runs, such as 1,2,5.")],
    body: Annotated[str, Form()],
) -> Response:
    """Launch a sweep of these runs' settings (or those of the body), and compare it with them."""
    ids = run_ids(runs)
    sweep_id, added = sweep_actions.extend_runs(database, settings, ids, sent_extension(body))
    return see_other(request, with_added(f"{compare_page(ids)}&sweep={sweep_id}", added))
