"""Views as JSON answers, written once by pydantic and not checked a second time by FastAPI."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from app.figures.drawn import Drawn, as_csv
from app.views.base import View

ThemeName = Annotated[Literal["light", "dark"], Query()]


def answer(view: View, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """`view` as strict JSON: a figure that is not finite is null."""
    return answer_json(view.model_dump_json(), status, headers)


def answer_json(text: str, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    """The JSON of a view."""
    return Response(text, status, headers, media_type="application/json")


def answer_items(items: Iterable[View]) -> Response:
    """The JSON of a view with these `items`, written one by one: no more than one of them is in memory."""
    return StreamingResponse(_listed(items), media_type="application/json")


def _listed(items: Iterable[View]) -> Iterator[str]:
    between = '{"items":['
    for item in items:
        yield between + item.model_dump_json()
        between = ","
    yield "]}" if between == "," else between + "]}"


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
