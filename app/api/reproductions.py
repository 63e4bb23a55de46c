"""/published/reproductions: publications that were run again, and which of their claims hold."""

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.theme import LIGHT, THEMES
from app.reproduction.figure import NAME, accuracy_figure
from app.reproduction.report import Reproduction
from app.reproduction.worked import worked, worked_names
from app.urls import API
from app.views.base import View
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/published/reproductions", tags=["published"])


class ReproductionList(View):
    """All that come with betaboard."""

    items: tuple[Reproduction, ...]


@router.get("", response_model=ReproductionList)
def list_reproductions() -> Response:
    """Reports of all reproductions that come with betaboard."""
    return answer(ReproductionList(items=tuple(map(worked, worked_names()))))


@router.get("/{name}", response_model=Reproduction)
@may_raise(NotFoundError)
def show(name: str) -> Response:
    """Published figures beside those that came out here, and the claims with their answers."""
    return answer(worked(name))


@router.get(f"/{{name}}/figures/{NAME}", response_model=PlotlyFigure)
@may_raise(NotFoundError)
def draw(name: str, theme: ThemeName = "light") -> Response:
    """Published accuracy and ours by setting, as Plotly takes it."""
    return as_plotly(accuracy_figure(worked(name), THEMES[theme]))


@router.get(f"/{{name}}/figures/{NAME}/table.csv", response_class=Response)
@may_raise(NotFoundError)
def table(name: str) -> Response:
    """The data of the figure."""
    return as_table(accuracy_figure(worked(name), LIGHT), f"{name}-{NAME}")
