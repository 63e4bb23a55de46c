"""/runs/{id}/...: what a run measured, its log, its checkpoints and its predictions."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import FileResponse, Response

from app.schema_types import LARGEST_ID
from app.urls import API
from app.views import predictions as prediction_views
from app.views.predictions import PredictionsView
from app.views.series import fill as build
from app.views.series import view as views
from app.views.usage.fill import run_usage
from app.views.usage.view import RunUsage
from app.web.answers import answer
from app.web.deps import ReadSession, RunId, SettingsDep
from trainer.run_dir import EpochName, SplitName

router = APIRouter(prefix=f"{API}/runs/{{run_id}}", tags=["series"])

Epoch = Annotated[
    int | None, Query(ge=1, le=LARGEST_ID, description="A finished epoch; the last one by default.")
]
At = Annotated[EpochName, Query(description="The last finished epoch, or the best one.")]
After = Annotated[int, Query(ge=0, le=LARGEST_ID)]


@router.get("/epochs", response_model=views.EpochList)
def epochs(run_id: RunId, session: ReadSession) -> Response:
    """Figures of every finished epoch."""
    return answer(build.epochs(session, run_id))


@router.get("/classes", response_model=views.ClassTable)
def classes(run_id: RunId, session: ReadSession, epoch: Epoch = None) -> Response:
    """Recall and precision of every class."""
    return answer(build.class_table(session, run_id, epoch))


@router.get("/confusion", response_model=views.ConfusionView)
def confusion(run_id: RunId, session: ReadSession, epoch: Epoch = None) -> Response:
    """The confusion matrix on test: rows are true classes."""
    return answer(build.confusion(session, run_id, epoch))


@router.get("/scalars", response_model=views.ScalarList)
def scalars(run_id: RunId, session: ReadSession, key: str | None = None) -> Response:
    """Extra figures under slash names."""
    return answer(build.scalars(session, run_id, key))


@router.get("/logs", response_model=views.LogView)
def logs(run_id: RunId, session: ReadSession, settings: SettingsDep, after: After = 0) -> Response:
    """The run's raw output from byte `after` on, at most 256 KB at a time."""
    return answer(build.log(session, settings, run_id, after))


@router.get("/events", response_model=views.EventList)
def events(
    run_id: RunId,
    session: ReadSession,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=build.EVENTS_AT_ONCE)] = build.EVENTS_AT_ONCE,
) -> Response:
    """Events with an id above `after`; the stream sends the same."""
    return answer(build.events(session, after, run_id, limit))


@router.get("/checkpoints", response_model=views.CheckpointList)
def checkpoints(run_id: RunId, session: ReadSession) -> Response:
    """Checkpoints that can be downloaded."""
    return answer(build.checkpoints(session, run_id))


@router.get("/checkpoints/{name}", response_class=FileResponse)
def checkpoint(run_id: RunId, name: str, session: ReadSession, settings: SettingsDep) -> Response:
    """One checkpoint file, as PyTorch wrote it."""
    path = build.checkpoint_file(session, settings, run_id, name)
    return FileResponse(path, filename=f"run-{run_id}-{name}", media_type="application/octet-stream")


@router.get("/usage", response_model=RunUsage)
def usage(run_id: RunId, session: ReadSession) -> Response:
    """CPU, memory and speed over the run's time, and where the time of its epochs went."""
    return answer(run_usage(session, run_id))


@router.get("/predictions", response_model=PredictionsView)
def predictions(
    run_id: RunId, session: ReadSession, settings: SettingsDep, split: SplitName = "test", epoch: At = "last"
) -> Response:
    """What the network says to each image; 404 says why that was not kept."""
    return answer(prediction_views.predictions(session, settings, run_id, split, epoch))


@router.get("/predictions.npz", response_class=FileResponse)
def predictions_file(
    run_id: RunId, session: ReadSession, settings: SettingsDep, split: SplitName = "test", epoch: At = "last"
) -> Response:
    """The same as NumPy arrays, with the logits, the last layer's bias and the norms of its weights."""
    path = prediction_views.predictions_file(session, settings, run_id, split, epoch)
    name = f"run-{run_id}-{path.name}"
    return FileResponse(path, filename=name, media_type="application/octet-stream")
