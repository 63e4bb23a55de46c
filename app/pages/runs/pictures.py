"""/runs/{id}/predict: pictures of one's own shown to a run's network, and the probabilities as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import InvalidError, NotFoundError, UnavailableError
from app.store.engine import Database
from app.urls import run_api
from app.views.pictures import PicturesView, PictureView, ranked
from app.views.predictions import check_asked
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from app.web.deps import DatabaseDep, NetworkDep, RunId
from app.web.rights import asks_right
from app.web.sent_pictures import PicturesDep
from app.web.templating import render
from trainer.errors import FieldProblem
from trainer.run_dir import EpochName

router = APIRouter(include_in_schema=False)

MOST_BARS = 10


@dataclass(frozen=True)
class Shown:
    """A picture and its most probable classes: name, training images, probability; the rest together."""

    picture: PictureView
    bars: tuple[tuple[str, int, float], ...]
    others: int
    rest: float


@router.get("/runs/{run_id}/predict")
def form(request: Request, run_id: RunId, database: DatabaseDep) -> Response:
    """The form alone."""
    return _page(request, _run(database, run_id), {})


@router.post("/runs/{run_id}/predict")
@asks_right("read")
def predict(
    request: Request, run_id: RunId, pictures: PicturesDep, database: DatabaseDep, network: NetworkDep
) -> Response:
    """What it says; the form with the reason where it cannot be asked."""
    run, asked = _run(database, run_id), pictures.fields.get("epoch", "last")
    at = _epoch(asked)
    try:
        with database.read() as session:
            check_asked(session, run_id, at)
        view = network.ask(run_id, at, pictures.items, seen=True)
    except (NotFoundError, UnavailableError) as error:
        refused = {"problem": f"{error.message} {error.hint}".strip(), "at": at}
        return _page(request, run, refused, error.status)
    return _page(request, run, {"view": view, "shown": shown(run, view), "at": at})


def shown(run: RunDetail, view: PicturesView) -> Sequence[Shown]:
    """Each picture with its bars."""
    counts = {cls.name: cls.train_count for cls in run.classes}
    return [_bars(view, picture, counts) for picture in view.items]


def _bars(view: PicturesView, picture: PictureView, counts: Mapping[str, int]) -> Shown:
    if picture.error:
        return Shown(picture, (), 0, 0.0)
    most = MOST_BARS if len(view.classes) > MOST_BARS + 1 else len(view.classes)
    top = tuple((name, counts.get(name, 0), share) for name, share in ranked(view, picture, most))
    return Shown(picture, top, len(view.classes) - len(top), max(0.0, 1 - sum(share for *_, share in top)))


def _run(database: Database, run_id: int) -> RunDetail:
    with database.read() as session:
        return run_detail(session, run_id)


def _epoch(typed: str) -> EpochName:
    if typed in ("last", "best"):
        return cast(EpochName, typed)
    raise InvalidError("The form was refused.", fields=[FieldProblem("epoch", "must be last or best")])


def _page(
    request: Request, run: RunDetail, found: Mapping[str, Any], status: int = HTTPStatus.OK
) -> Response:
    usual = {"view": None, "shown": (), "problem": "", "at": "last"}
    shared = {"run": run, "twin": run_api(run.id), "here": "/runs"}
    return render(request, "predict.html", usual | shared | dict(found), status)
