"""/tasks: the tasks on scenes between which transfers are measured."""

from fastapi import APIRouter
from starlette.responses import Response

from app.task_transfers.tasks import task_list
from app.task_transfers.view import TaskList
from app.urls import API
from app.web.answers import answer

router = APIRouter(prefix=f"{API}/tasks", tags=["transfers"])


@router.get("", response_model=TaskList)
def list_tasks() -> Response:
    """What each asks of an image, how it is judged, and the level of features it was expected to need."""
    return answer(task_list())
