"""/runs/{id}/predict: what a run's network says to pictures that a caller sends. Nothing of them is kept."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.urls import API
from app.views.pictures import PicturesView
from app.views.predictions import check_asked
from app.web.answers import answer
from app.web.deps import DatabaseDep, NetworkDep, RunId
from app.web.rights import asks_right
from app.web.sent_pictures import BODY, PicturesDep
from trainer.run_dir import EpochName

router = APIRouter(prefix=f"{API}/runs/{{run_id}}/predict", tags=["series"])


@router.post("", response_model=PicturesView, openapi_extra=BODY)
@asks_right("read")
def predict(
    run_id: RunId,
    pictures: PicturesDep,
    database: DatabaseDep,
    network: NetworkDep,
    epoch: Annotated[EpochName, Query(description="The last finished epoch, or the best one.")] = "last",
    seen: Annotated[bool, Query(description="With each picture as the network got it, a PNG.")] = False,
) -> Response:
    """Probabilities of each class, as the network sees the pictures; one that cannot be read says why.

    One picture as the body, or up to 100 as files of a form under the name `picture`; 24 MB in all. 404 says
    why a run cannot be asked: no checkpoint of it is on the server's disk, say.
    """
    with database.read() as session:
        check_asked(session, run_id, epoch)
    return answer(network.ask(run_id, epoch, pictures.items, seen))
