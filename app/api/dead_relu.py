"""/theory/dead-relu: dead units by setting and layer of chosen runs, and the figure of its page."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.comparing.dead_relu.figure import dead_relu_rate
from app.comparing.dead_relu.fill import UnitsQuery, units_query
from app.comparing.dead_relu.view import DeadUnits
from app.errors import NotFoundError
from app.figures.theme import LIGHT, THEMES
from app.urls import API
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/theory/dead-relu", tags=["theory"])

Asked = Annotated[UnitsQuery, Depends(units_query)]


@router.get("", response_model=DeadUnits)
@may_raise(NotFoundError)
def show(session: ReadSession, query: Asked) -> Response:
    """Of these runs or this sweep; of the newest sweep of the preset where neither is named."""
    return answer(query.settled(session).units(session))


@router.get("/figures/rate", response_model=PlotlyFigure)
@may_raise(NotFoundError)
def draw(session: ReadSession, query: Asked, theme: ThemeName = "light") -> Response:
    """Dead units against the learning rate, as Plotly takes it."""
    return as_plotly(dead_relu_rate(query.settled(session).units(session), THEMES[theme]))


@router.get("/figures/rate/table.csv", response_class=Response)
@may_raise(NotFoundError)
def table(session: ReadSession, query: Asked) -> Response:
    """The data of the figure."""
    return as_table(dead_relu_rate(query.settled(session).units(session), LIGHT), "dead-relu-rate")
