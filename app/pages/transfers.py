"""/transfer: which of my networks is the best start for these images: the list, the form, one comparison."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import InvalidError
from app.known import check_names
from app.lifecycle import ENDED
from app.runs.actions import ACTIONS, act
from app.runs.transfers import launch_transfer
from app.schema_types import LARGEST_ID
from app.schemas import read
from app.settings import Settings
from app.store.runs import RunFilter
from app.store.series import last_event_id
from app.task_transfers.duration import about_seconds, whole_minutes
from app.task_transfers.fill import task_transfer_list
from app.transfer_schemas import TransferBody
from app.transfers.fill import get_transfer, transfer_list, transfer_view
from app.urls import API, transfer_api, transfer_page
from app.views.runs.fill import Lines, legal_moves
from app.views.runs.telling import tell_apart
from app.views.system.fill import datasets
from app.web.deps import DatabaseDep, LinesDep, ReadSession, SettingsDep, WriteSession
from app.web.templating import render, see_other
from trainer.errors import ConfigError, FieldProblem
from trainer.stages import NONE
from trainer.sweep_text import parse_axis
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.config import MOST_SOURCES, RANDOM

router = APIRouter(include_in_schema=False)
TransferId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_FIELDS = ("source", "dataset", "images", "mode", "seeds")
_USUAL = {"images": "300", "mode": "linear", "seeds": "0..4", "dataset": ""}


async def typed_fields(request: Request) -> dict[str, list[str]]:
    """What the form sent: each field's values."""
    form = await request.form()
    check_names("form", form.keys(), _FIELDS)
    return {name: [str(value) for value in form.getlist(name)] for name in form}


Typed = Annotated[dict[str, list[str]], Depends(typed_fields)]


@router.get("/transfer")
def show_all(request: Request, session: ReadSession) -> Response:
    """What networks are worth elsewhere: comparisons of own ones, matrices between tasks, newest first."""
    context = {
        "transfers": transfer_list(session).items,
        "task_transfers": task_transfer_list(session).items,
        "usual_seconds": whole_minutes(about_seconds(TaskTransferConfig())),
        "twin": f"{API}/transfers",
        "here": "/datasets",
    }
    return render(request, "transfers.html", context | _live(session))


@router.get("/transfer/new")
def new(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    lines: LinesDep,
    dataset: str = "",
    run: Annotated[Sequence[int], Query(max_length=MOST_SOURCES)] = (),
) -> Response:
    """The form: which networks, on which images; `run` are ticked."""
    typed = {"dataset": [dataset], "source": [RANDOM, *map(str, run)]}
    return _form(request, session, settings, lines, typed)


@router.post("/transfer/new")
def launch(
    request: Request,
    session: ReadSession,
    database: DatabaseDep,
    settings: SettingsDep,
    lines: LinesDep,
    typed: Typed,
) -> Response:
    """Queue the comparison and go to its page; the form again where it is refused."""
    try:
        job_id, _ = launch_transfer(database, settings, _asked(typed))
    except InvalidError as error:
        return _form(request, session, settings, lines, typed, error)
    return see_other(request, transfer_page(job_id))


@router.get("/transfer/{job_id}")
def show(request: Request, session: ReadSession, settings: SettingsDep, job_id: TransferId) -> Response:
    """One comparison: the recommendation, the table, what the estimates would have guessed."""
    view = transfer_view(session, settings, job_id)
    moves = [move for move in legal_moves(view.state, False) if move in ACTIONS and move != "archive"]
    context = {"transfer": view, "moves": moves, "twin": transfer_api(job_id), "here": "/datasets"}
    return render(request, "transfer.html", context | ({} if view.state in ENDED else _live(session)))


@router.post("/transfer/{job_id}/act")
def move(
    request: Request,
    session: WriteSession,
    job_id: TransferId,
    action: Annotated[str, Form(pattern=f"^({'|'.join(ACTIONS)})$")],
) -> Response:
    """One of the moves that the page offers."""
    act(session, get_transfer(session, job_id), action)
    return see_other(request, transfer_page(job_id))


def _asked(typed: dict[str, list[str]]) -> TransferBody:
    """What was typed. Raises InvalidError naming each field."""
    one = {name: values[-1].strip() for name, values in typed.items() if values}
    sources = [int(text) if text.isascii() and text.isdigit() else text for text in typed.get("source", [])]
    try:
        seeds = parse_axis("seed", one.get("seeds", ""))
    except ConfigError as error:
        problems = [FieldProblem("seeds", problem.message) for problem in error.fields]
        raise InvalidError("The form was refused: seeds.", error.hint, problems) from error
    images = one.get("images", "")
    body = {
        "sources": sources,
        "dataset": one.get("dataset", ""),
        "images": int(images) if images.isascii() and images.isdigit() else images,
        "mode": one.get("mode", "linear"),
        "seeds": seeds,
    }
    return read(TransferBody, body)


def _form(
    request: Request,
    session: Session,
    settings: Settings,
    lines: Lines,
    typed: dict[str, list[str]],
    refusal: InvalidError | None = None,
) -> Response:
    runs = lines.page(session, RunFilter(states=("completed",)), limit=MOST_SOURCES).items
    refused = refusal.fields if refusal else ()
    problems = {re.split(r"[.\[]", problem.path)[0]: problem.message for problem in refused}
    sources = [run for run in runs if run.config["second_stage"]["name"] == NONE]
    context = {
        "runs": sources,
        "differences": tell_apart(sources),
        "datasets": datasets(settings).items,
        "typed": _USUAL | {name: values[-1] for name, values in typed.items() if values},
        "ticked": typed.get("source", []),
        "problems": problems,
        "refusal": refusal,
        "here": "/datasets",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "transfer_new.html", context, status)


def _live(session: Session) -> dict[str, str]:
    return {"stream": f"{API}/stream?after={last_event_id(session)}"}
