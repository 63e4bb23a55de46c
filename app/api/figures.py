"""/figures: every plot of the pages as Plotly JSON, and its data as CSV."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.deps import ReadSession
from app.errors import InvalidError
from app.figures.drawn import as_csv
from app.figures.order import ClassOrder
from app.figures.registry import FIGURES, Ask, Figure, figure_named
from app.figures.theme import THEMES
from app.schemas import run_ids
from app.views.base import View
from trainer.errors import FieldProblem

router = APIRouter(prefix="/figures", tags=["figures"])


class FigureName(View):
    """A figure that can be asked for: by `run` or by `runs`."""

    name: str
    title: str
    about: str


class FigureNames(View):
    """All figures."""

    items: tuple[FigureName, ...]


class PlotlyFigure(View):
    """What Plotly.react takes."""

    data: list[dict[str, object]]
    layout: dict[str, object]


@dataclass(frozen=True)
class _Query:
    run: Annotated[str | None, Query(description="Number of the run, for a figure of one run.")] = None
    runs: Annotated[str | None, Query(description="Numbers of runs, such as 1,2, for the others.")] = None
    theme: Annotated[Literal["light", "dark"], Query()] = "light"
    order: Annotated[ClassOrder, Query(description="Order of classes.")] = "count"
    baseline: Annotated[str | None, Query(description="Label of the dashed run.")] = None


FigureQuery = Annotated[_Query, Depends()]


@router.get("", response_model=FigureNames)
def list_figures() -> FigureNames:
    """Names and titles."""
    items = (FigureName(name=f.name, title=f.title, about=f.about) for f in FIGURES.values())
    return FigureNames(items=tuple(items))


@router.get("/{name}", response_model=PlotlyFigure)
def draw(name: str, query: FigureQuery, session: ReadSession) -> Response:
    """The figure that the page draws."""
    figure = figure_named(name)
    drawn = figure.draw(session, _ask(figure, query))
    return Response(PlotlyFigure(**drawn.figure).model_dump_json(), media_type="application/json")


@router.get("/{name}/table.csv", response_class=Response)
def table(name: str, query: FigureQuery, session: ReadSession) -> Response:
    """The data of the figure."""
    figure = figure_named(name)
    ask = _ask(figure, query)
    stem = f"{name}-{'-'.join(map(str, ask.run_ids))}"[:80]
    headers = {"Content-Disposition": f'attachment; filename="{stem}.csv"'}
    text = as_csv(figure.draw(session, ask).table)
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _ask(figure: Figure, query: _Query) -> Ask:
    given = query.run if figure.about == "run" else query.runs
    ids = run_ids(given or "")
    if figure.about == "run" and len(ids) != 1:
        raise InvalidError("The figure was refused.", fields=[FieldProblem("run", "must be one run")])
    return Ask(tuple(ids), THEMES[query.theme], query.order, query.baseline)
