"""/compare/images: the images behind two settings, their table as CSV, and the figure of their confidence."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.images.figure import confidence_scatter
from app.comparing.images.fill import asked_images, compared_images
from app.comparing.images.query import ImagesQuery, images_query
from app.comparing.images.view import ComparedImages
from app.errors import NotFoundError
from app.figures.drawn import Drawn
from app.figures.opening import opening_one
from app.figures.theme import LIGHT, THEMES, Theme
from app.settings import Settings
from app.urls import API
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession, SettingsDep
from app.web.refusals import may_raise

router = APIRouter(prefix=f"{API}/compare/images", tags=["compare"])

Query = Annotated[ImagesQuery, Depends(images_query)]


@router.get("", response_model=ComparedImages)
@may_raise(NotFoundError)
def show(session: ReadSession, settings: SettingsDep, query: Query) -> Response:
    """Test images with the answers of A and B, counted by who is right, with McNemar's exact test by class.

    A setting answers by the mean softmax of its networks, of which both sides have equally many.
    """
    source = query.source(session, settings)
    return answer(compared_images(source, settings, asked_images(source, settings, query.asked)))


@router.get("/figures/confidence", response_model=PlotlyFigure)
@may_raise(NotFoundError)
def draw(session: ReadSession, settings: SettingsDep, query: Query, theme: ThemeName = "light") -> Response:
    """What A and B give the true class of each image asked for, as Plotly takes it."""
    return as_plotly(_drawn(session, settings, query, THEMES[theme]))


@router.get("/figures/confidence/table.csv", response_class=Response)
@may_raise(NotFoundError)
def table(session: ReadSession, settings: SettingsDep, query: Query) -> Response:
    """All images asked for, with both answers."""
    return as_table(_drawn(session, settings, query, LIGHT), "compare-images")


def _drawn(session: Session, settings: Settings, query: ImagesQuery, theme: Theme) -> Drawn:
    them = asked_images(query.source(session, settings), settings, query.asked)
    return opening_one(confidence_scatter(them, theme), f"/compare/images?{query.but(image=None)}")
