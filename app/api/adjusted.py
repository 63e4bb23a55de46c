"""/runs/{id}/adjusted: a run's kept logits adjusted without training, as JSON, figures and their tables."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.adjusted import FIGURES
from app.figures.drawn import Drawn
from app.figures.theme import LIGHT, THEMES, Theme
from app.urls import API
from app.views.adjusted.fill import adjusted
from app.views.adjusted.query import Asked
from app.views.adjusted.view import Adjusted
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession, RunId, SettingsDep

router = APIRouter(prefix=f"{API}/runs/{{run_id}}/adjusted", tags=["adjusted"])
Name = Annotated[str, Path(description=f"One of {', '.join(FIGURES)}.")]


@router.get("", response_model=Adjusted)
def show(run_id: RunId, session: ReadSession, settings: SettingsDep, query: Asked) -> Response:
    """Figures on test before and after; 404 says why a run keeps no logits."""
    return answer(adjusted(session, settings, run_id, query.point, query.epoch))


@router.get("/figures/{name}", response_model=PlotlyFigure)
def draw(
    run_id: RunId,
    name: Name,
    session: ReadSession,
    settings: SettingsDep,
    query: Asked,
    theme: ThemeName = "light",
) -> Response:
    """A figure of the page as Plotly takes it."""
    return as_plotly(
        _drawn(name, adjusted(session, settings, run_id, query.point, query.epoch), THEMES[theme])
    )


@router.get("/figures/{name}/table.csv", response_class=Response)
def table(run_id: RunId, name: Name, session: ReadSession, settings: SettingsDep, query: Asked) -> Response:
    """The data of the figure."""
    view = adjusted(session, settings, run_id, query.point, query.epoch)
    return as_table(_drawn(name, view, LIGHT), f"run-{run_id}-adjusted-{name}")


def _drawn(name: str, view: Adjusted, theme: Theme) -> Drawn:
    if name not in FIGURES:
        raise NotFoundError(f"There is no figure {name[:40]!r}.", f"There are: {', '.join(FIGURES)}.")
    return FIGURES[name][1](view, theme)
