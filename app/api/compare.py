"""/compare: several runs side by side."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.answers import answer
from app.deps import ReadSession
from app.errors import BadRequestError
from app.schemas import run_ids
from app.views.compare import Comparison
from app.views.compare_views import At, comparison

router = APIRouter(tags=["compare"])


@router.get("/compare", response_model=Comparison)
def compare(
    session: ReadSession,
    runs: Annotated[str, Query(description="Numbers of runs, such as 1,2,5.")],
    baseline: Annotated[str | None, Query(description="Label of the row to compare with.")] = None,
    epoch: At = "last",
    form: Annotated[str, Query(alias="format")] = "json",
) -> Response:
    """A row a run: metrics and recall by class, with what makes the rows not comparable."""
    if form != "json":
        raise BadRequestError(f"This version compares as json only, not as {form!r}.", "Leave out format.")
    return answer(comparison(session, run_ids(runs), baseline, epoch))
