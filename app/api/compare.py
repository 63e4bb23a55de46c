"""/compare: settings side by side, as JSON or as a table to take away."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.comparing.figures.source import Source
from app.comparing.query import CompareQuery, compare_query
from app.comparing.table.sheet import sheet
from app.comparing.table.writers import WRITERS
from app.comparing.view import Comparison
from app.errors import InvalidError, NotFoundError
from app.figures.theme import LIGHT
from app.urls import API
from app.web.answers import answer
from app.web.deps import FiguresDep, ReadSession, SettingsDep
from app.web.refusals import may_raise
from trainer.errors import FieldProblem

router = APIRouter(prefix=f"{API}/compare", tags=["compare"])

Format = Literal["json", "csv", "markdown", "latex"]


@router.get("", response_model=Comparison)
@may_raise(NotFoundError)
def compare(
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    query: Annotated[CompareQuery, Depends(compare_query)],
    form: Annotated[
        Format, Query(alias="format", description="A table has columns, mode and sort.")
    ] = "json",
) -> Response:
    """A row a setting: metrics and recall by class over its seeds, and what it gains on the baseline.

    csv, markdown and latex hold the table as the page shows it: its columns, mode, order and rule of epochs.
    """
    if not query.names_runs:
        problem = FieldProblem("runs", "or sweep or q is missing")
        raise InvalidError("The comparison was refused.", fields=[problem])
    view = Source(session, query.figure_request(session, LIGHT), settings, cache).comparison
    if form == "json":
        return answer(view)
    writer = WRITERS[form]
    text = writer.write(sheet(view, query.columns, query.mode, query.order, query.sort, query.marks))
    numbers = (f"sweep-{query.sweep}",) if query.sweep is not None else map(str, query.ids(session))
    stem = f"compare-{'-'.join(numbers)}"[:80]
    headers = {"Content-Disposition": f'attachment; filename="{stem}.{writer.ending}"'}
    return Response(text, media_type=writer.media_type, headers=headers)
