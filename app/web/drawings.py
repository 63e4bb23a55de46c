"""A figure as an endpoint answers it: what Plotly takes as strict JSON, or its data as CSV."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from app.figures.drawn import Drawn, as_csv
from app.views.base import View
from app.web.answers import answer

ThemeName = Annotated[Literal["light", "dark"], Query()]


class PlotlyFigure(View):
    """What Plotly.react takes."""

    data: list[dict[str, object]]
    layout: dict[str, object]


def as_plotly(drawn: Drawn) -> Response:
    """The figure; a number that is not finite is null."""
    return answer(PlotlyFigure(**drawn.figure))


def as_table(drawn: Drawn, stem: str) -> Response:
    """The figure's data as a file of the name `stem`.csv."""
    headers = {"Content-Disposition": f'attachment; filename="{stem}.csv"'}
    return Response(as_csv(drawn.table), media_type="text/csv; charset=utf-8", headers=headers)
