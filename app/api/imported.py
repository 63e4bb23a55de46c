"""/imported: runs that were recorded elsewhere, as `betaboard import` has read them. Nothing runs them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.figures.imported import kind_named, metric_curves
from app.figures.theme import LIGHT, THEMES
from app.schema_types import LARGEST_ID
from app.store.imported import forget
from app.urls import API
from app.views.imported import ImportedDetail, ImportedList, imported_detail, imported_list
from app.web.answers import PlotlyFigure, ThemeName, answer, as_plotly, as_table
from app.web.deps import ReadSession, WriteSession

router = APIRouter(prefix=f"{API}/imported", tags=["imported"])
ImportedId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the imported run.")]


@router.get("", response_model=ImportedList)
def list_imported(session: ReadSession) -> Response:
    """All of them, newest first, without their series."""
    return answer(imported_list(session))


@router.get("/{imported_id}", response_model=ImportedDetail)
def show(imported_id: ImportedId, session: ReadSession) -> Response:
    """One, with every metric by step as it was recorded."""
    return answer(imported_detail(session, imported_id))


@router.delete("/{imported_id}", status_code=HTTPStatus.NO_CONTENT)
def delete(imported_id: ImportedId, session: WriteSession) -> None:
    """Forget it; what it was read from stays as it is."""
    forget(session, imported_id)


@router.get("/{imported_id}/figures/{kind}", response_model=PlotlyFigure)
def draw(imported_id: ImportedId, kind: str, session: ReadSession, theme: ThemeName = "light") -> Response:
    """Its accuracies, losses or other metrics by step, as Plotly takes them."""
    return as_plotly(metric_curves(imported_detail(session, imported_id), kind_named(kind), THEMES[theme]))


@router.get("/{imported_id}/figures/{kind}/table.csv", response_class=Response)
def table(imported_id: ImportedId, kind: str, session: ReadSession) -> Response:
    """The data of the figure."""
    drawn = metric_curves(imported_detail(session, imported_id), kind_named(kind), LIGHT)
    return as_table(drawn, f"imported-{imported_id}-{kind}")
