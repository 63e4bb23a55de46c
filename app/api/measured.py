"""/measured: what many runs measured, a page of runs at a time, for what takes all of it away."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.errors import InvalidError
from app.schemas import run_ids
from app.urls import MEASURED
from app.views.series.fill import measured
from app.views.series.view import SeriesList
from app.web.answers import answer_items
from app.web.deps import DatabaseDep
from trainer.errors import FieldProblem

router = APIRouter(prefix=MEASURED, tags=["series"])

MOST_RUNS = 100


@router.get("", response_model=SeriesList)
def list_measured(
    database: DatabaseDep,
    runs: Annotated[str, Query(description="At most 100 numbers of runs, such as 1,2,5.")],
) -> Response:
    """Every epoch, and every class after every epoch, of these runs; one that is gone is left out."""
    ids = run_ids(runs)
    if len(ids) > MOST_RUNS:
        problem = FieldProblem("runs", f"names {len(ids)}; at most {MOST_RUNS} at a time")
        raise InvalidError("The request was refused: runs.", fields=[problem])
    return answer_items(measured(database, ids))
