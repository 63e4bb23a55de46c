"""/task-transfers/ID/figures and /pictures: what the page of a matrix draws, as Plotly JSON, CSV and PNG."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.theme import LIGHT, THEMES
from app.schema_types import LARGEST_ID
from app.task_transfers.asked import Asked, shown
from app.task_transfers.figures.matrix import matrix
from app.task_transfers.figures.sizes import by_size
from app.task_transfers.fill import task_transfer_view
from app.task_transfers.pictures import known_task, samples_of, sheet
from app.task_transfers.readings import Show, Way
from app.urls import API
from app.web.answers import PlotlyFigure, ThemeName, as_plotly, as_table
from app.web.deps import ReadSession, SettingsDep
from trainer.transfer.between_tasks.store import TransferStore

router = APIRouter(prefix=f"{API}/task-transfers", tags=["task transfers"])
MatrixWay = Annotated[
    Way,
    Query(
        description="finetune: each source trained on as a whole, which is measured by the most images only."
    ),
]
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the matrix.")]


@router.get("/{job_id}/figures/matrix", response_model=PlotlyFigure)
def draw_matrix(
    session: ReadSession,
    settings: SettingsDep,
    job_id: JobId,
    show: Show = "affinity",
    images: int | None = None,
    way: MatrixWay = "frozen",
    theme: ThemeName = "light",
) -> Response:
    """Affinities, or other figures, of all single sources by target, as Plotly takes them."""
    view = task_transfer_view(session, settings, job_id)
    chosen = shown(view, Asked(show, images, way=way))
    return as_plotly(matrix(view, chosen.show, chosen.matrix_images, THEMES[theme], chosen.way))


@router.get("/{job_id}/figures/matrix/table.csv", response_class=Response)
def table_of_matrix(
    session: ReadSession,
    settings: SettingsDep,
    job_id: JobId,
    show: Show = "affinity",
    images: int | None = None,
    way: MatrixWay = "frozen",
) -> Response:
    """The data of the figure."""
    view = task_transfer_view(session, settings, job_id)
    chosen = shown(view, Asked(show, images, way=way))
    drawn = matrix(view, chosen.show, chosen.matrix_images, LIGHT, chosen.way)
    tuned = "-finetune" if chosen.way == "finetune" else ""
    return as_table(drawn, f"{_stem(job_id)}-{show}-{chosen.matrix_images}{tuned}")


@router.get("/{job_id}/figures/sizes", response_model=PlotlyFigure)
def draw_sizes(
    session: ReadSession, settings: SettingsDep, job_id: JobId, target: str = "", theme: ThemeName = "light"
) -> Response:
    """Gain over scratch of a target's best sources by labelled images, as Plotly takes it."""
    view = task_transfer_view(session, settings, job_id)
    return as_plotly(by_size(view, shown(view, Asked(target=target)).target, THEMES[theme]))


@router.get("/{job_id}/figures/sizes/table.csv", response_class=Response)
def table_of_sizes(session: ReadSession, settings: SettingsDep, job_id: JobId, target: str = "") -> Response:
    """The data of the figure."""
    view = task_transfer_view(session, settings, job_id)
    of = shown(view, Asked(target=target)).target
    return as_table(by_size(view, of, LIGHT), f"{_stem(job_id)}-sizes-{of}")


@router.get("/{job_id}/pictures/{target}.png", response_class=Response)
def picture(
    session: ReadSession,
    settings: SettingsDep,
    job_id: JobId,
    target: str,
    images: int | None = None,
    done: int = 0,
) -> Response:
    """The first test images for a target, one row each: input; for a map also truth and predictions.

    done: of the pieces, so that a browser asks again when there are more.
    """
    view = task_transfer_view(session, settings, job_id)
    task = known_task(target)
    if task is None:
        raise NotFoundError(f"There is no task {target[:40]!r}.", "The job's tasks stand in its JSON.")
    chosen = shown(view, Asked(images=images, target=target))
    samples = samples_of(view, settings.datasets_dir, target, chosen.images)
    examples = TransferStore(settings.datasets_dir).shown(target)
    if examples is None or all(one.values is None for one in samples):
        raise NotFoundError(
            f"No network has answered for {target} yet.", "Its pictures come with its pieces."
        )
    drawn = sheet(task, examples, samples)
    headers = {"Cache-Control": "private, max-age=3600" if done == view.done else "no-cache"}
    return Response(drawn, headers=headers, media_type="image/png")


def _stem(job_id: int) -> str:
    return f"task-transfers-{job_id}"
