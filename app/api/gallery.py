"""/runs/{id}/images: the images behind a run's figures, as JSON and as CSV."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.figures.drawn import as_csv
from app.figures.gallery import gallery_table
from app.urls import API
from app.views.gallery.fill import asked_images, gallery
from app.views.gallery.query import GalleryQuery
from app.views.gallery.view import Gallery
from app.web.answers import answer
from app.web.deps import ReadSession, RunId, SettingsDep

router = APIRouter(prefix=f"{API}/runs/{{run_id}}", tags=["images"])

Asked = Annotated[GalleryQuery, Depends()]


@router.get("/images", response_model=Gallery)
def show(run_id: RunId, session: ReadSession, settings: SettingsDep, asked: Asked) -> Response:
    """A page of the images asked for, with what the network said to each; 404 says why that was not kept."""
    return answer(gallery(session, settings, run_id, asked))


@router.get("/images.csv", response_class=Response)
def table(run_id: RunId, session: ReadSession, settings: SettingsDep, asked: Asked) -> Response:
    """All images asked for, with the network's answer to each."""
    content = as_csv(gallery_table(asked_images(session, settings, run_id, asked)))
    headers = {"Content-Disposition": f'attachment; filename="run-{run_id}-images.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
