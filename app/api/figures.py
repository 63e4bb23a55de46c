"""/figures: every plot of the pages as Plotly JSON, and its data as CSV."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.figures.cache import FigureCache, cached_figure, key_of
from app.comparing.figures.registry import FIGURES, Figure, figure_named
from app.comparing.figures.source import FigureRequest, Source
from app.comparing.query import CompareQuery, compare_query
from app.errors import InvalidError
from app.figures.theme import THEMES
from app.schemas import run_ids
from app.settings import Settings
from app.urls import API
from app.views.base import View
from app.web.answers import PlotlyFigure, ThemeName, as_plotly, as_table
from app.web.deps import FiguresDep, ReadSession, SettingsDep
from trainer.errors import FieldProblem

router = APIRouter(prefix=f"{API}/figures", tags=["figures"])


class FigureName(View):
    """A figure that can be asked for: by `run` or by `runs`."""

    name: str
    title: str
    about: str


class FigureNames(View):
    """All figures."""

    items: tuple[FigureName, ...]


@dataclass(frozen=True)
class _Query:
    """A run for a figure of one run; runs or a sweep, and how the page shows them, for the others."""

    compared: Annotated[CompareQuery, Depends(compare_query)]
    run: Annotated[str | None, Query(description="Number of the run, for a figure of one run.")] = None
    theme: ThemeName = "light"


FigureQuery = Annotated[_Query, Depends()]


@router.get("", response_model=FigureNames)
def list_figures() -> FigureNames:
    """Names and titles."""
    items = (FigureName(name=f.name, title=f.title, about=f.about) for f in FIGURES.values())
    return FigureNames(items=tuple(items))


@router.get("/{name}", response_model=PlotlyFigure)
def draw(
    name: str,
    query: FigureQuery,
    session: ReadSession,
    settings: SettingsDep,
    figures: FiguresDep,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The figure that the page draws; that of epochs with an ETag, and 304 to who holds it already."""
    figure = figure_named(name)
    source = _source(figure, query, session, settings, figures)
    if not figure.drawn_from:
        return as_plotly(figure.drawn(source))
    tag = figures.tag(key_of(figure, source))
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    kept = cached_figure(figure, source)
    return Response(kept.body, headers=headers, media_type="application/json")


@router.get("/{name}/table.csv", response_class=Response)
def table(
    name: str, query: FigureQuery, session: ReadSession, settings: SettingsDep, figures: FiguresDep
) -> Response:
    """The data of the figure."""
    figure = figure_named(name)
    source = _source(figure, query, session, settings, figures)
    stem = f"{name}-{'-'.join(map(str, source.request.run_ids))}"[:80]
    return as_table(figure.drawn(source), stem)


def _source(
    figure: Figure, query: _Query, session: Session, settings: Settings, cache: FigureCache
) -> Source:
    theme = THEMES[query.theme]
    if figure.about == "runs":
        request = query.compared.figure_request(session, theme)
        if not request.run_ids:
            problem = FieldProblem("runs", "must name a run, or sweep a sweep with runs")
            raise InvalidError("The figure was refused.", fields=[problem])
        return Source(session, request, settings, cache)
    ids = run_ids(query.run or "")
    if len(ids) != 1:
        raise InvalidError("The figure was refused.", fields=[FieldProblem("run", "must be one run")])
    return Source(session, FigureRequest(tuple(ids), theme, query.compared.order), cache=cache)
