"""/transfer/tasks/new: which tasks are measured, from how many images, how often; and how long that takes."""

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.datastructures import FormData, QueryParams
from starlette.responses import Response

from app.errors import InvalidError
from app.formats import gather
from app.known import check_names, reads_query
from app.runs.task_transfers import launch_task_transfer
from app.schemas import read
from app.task_transfers.duration import about_seconds, whole_minutes
from app.transfer_schemas import TaskTransferBody
from app.urls import API, task_transfer_page
from app.web.deps import DatabaseDep, SettingsDep
from app.web.templating import render, see_other
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep_text import parse_axis
from trainer.transfer.between_tasks.config import FEWEST_IMAGES, MOST_IMAGES, TaskTransferConfig
from trainer.transfer.tasks import TASKS

router = APIRouter(include_in_schema=False)
Values = dict[str, list[str]]
FIELDS = ("source", "target", "sizes", "order", "finetune", "seeds", "name")
MOST_DIGITS = 9
"""Of a number that is read: Python refuses to convert thousands of digits."""
_USUAL = {"sizes": "100, 300, 1000", "order": "2", "finetune": "", "seeds": "0", "name": ""}


def _values(given: FormData | QueryParams) -> Values:
    check_names("form", given.keys(), FIELDS)
    return {name: [str(value) for value in given.getlist(name)] for name in given}


async def _sent(request: Request) -> Values:
    """What the form sent: each field's values."""
    return _values(await request.form())


@router.get("/transfer/tasks/new")
@reads_query(*FIELDS)
def new(request: Request) -> Response:
    """The form, filled from the address; an empty address ticks every task."""
    return _form(request, _values(request.query_params))


@router.post("/transfer/tasks/new")
def launch(
    request: Request, database: DatabaseDep, settings: SettingsDep, typed: Annotated[Values, Depends(_sent)]
) -> Response:
    """Queue the job and go to its page; the form again where it is refused."""
    try:
        asked = read(TaskTransferBody, body_of(typed))
        job_id, _ = launch_task_transfer(database, asked, settings.datasets_dir)
    except InvalidError as error:
        return _form(request, typed, error)
    return see_other(request, task_transfer_page(job_id))


def body_of(typed: Values) -> dict[str, Any]:
    """What was typed as the request. Raises InvalidError naming the seeds."""
    one = _USUAL | {name: values[-1].strip() for name, values in typed.items() if values}
    try:
        seeds = parse_axis("seed", one["seeds"])
    except ConfigError as error:
        problems = [FieldProblem("seeds", problem.message) for problem in error.fields]
        raise InvalidError("The form was refused: seeds.", error.hint, problems) from error
    body = {
        "sources": typed.get("source", []),
        "targets": typed.get("target", []),
        "sizes": [_whole(part.strip()) for part in one["sizes"].split(",")],
        "order": _whole(one["order"]),
        "finetune": one["finetune"] == "on",
        "seeds": seeds,
    }
    return body | ({"name": one["name"]} if one["name"] else {})


def _whole(text: str) -> int | str:
    """A number where it may be one; text, which is then refused by name, where it is none or far too long."""
    is_short = len(text) <= MOST_DIGITS
    return int(text) if is_short and text.isascii() and text.isdigit() else text


def _estimate(typed: Values) -> float | None:
    """None where the form would be refused."""
    try:
        body = body_of(typed)
        body.pop("name", None)
        return whole_minutes(about_seconds(TaskTransferConfig.model_validate(body)))
    except (InvalidError, ValidationError):
        return None


def _form(request: Request, typed: Values, refusal: InvalidError | None = None) -> Response:
    complete = typed or {"source": list(TASKS.names), "target": list(TASKS.names)}
    refused = refusal.fields if refusal else ()
    context = {
        "levels": gather((task.level, task) for task in TASKS),
        "ticked": {name: complete.get(name, []) for name in ("source", "target")},
        "typed": _USUAL | {name: values[-1] for name, values in complete.items() if values},
        "seconds": _estimate(complete),
        "bounds": (FEWEST_IMAGES, MOST_IMAGES),
        "problems": {re.split(r"[.\[]", problem.path)[0]: problem.message for problem in refused},
        "refusal": refusal,
        "twin": f"{API}/task-transfers",
        "here": "/datasets",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "task_transfer_new.html", context, status)
