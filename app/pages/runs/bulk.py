"""/runs/bulk: one action on all ticked runs, and its undoing. What does not allow it is left and named."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from pydantic import Field, ValidationError
from starlette.responses import JSONResponse, Response

from app.errors import ConflictError, InvalidError
from app.formats import size
from app.keeping.usage import taken
from app.pages.runs.bulk_actions import Asked, BulkAction, Outcome, Undo, carry_out, take_back
from app.schema_types import LARGEST_ID
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import listed_runs, own_runs
from app.urls import compare_page
from app.views.runs.fill import moves
from app.web.deps import DatabaseDep, SettingsDep
from app.web.login import local_path
from app.web.rights import asks_right
from app.web.templating import render, see_other
from trainer.errors import FieldProblem

router = APIRouter(include_in_schema=False)

Ticked = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Runs = Annotated[Sequence[Ticked], Form(max_length=500)]
Sweeps = Annotated[Sequence[Ticked], Form(max_length=100)]


@router.post("/runs/bulk")
def bulk(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    action: Annotated[BulkAction | Literal["compare"], Form()],
    runs: Runs = (),
    sweeps: Sweeps = (),
    tag: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    to: Annotated[str, Form(max_length=20)] = "",
    sure: Annotated[bool, Form()] = False,
    back: Annotated[str, Form()] = "/runs",
) -> Response:
    """Carry it out on the ticked runs and the own runs of ticked sweeps; JSON where that is asked for.

    to: the sweep that runs are moved to. sure: a page asks before it deletes. Raises InvalidError where
    nothing is ticked or what the action needs is missing, ConflictError where no run allows it.
    """
    ids = _ticked(database, runs, sweeps)
    if action == "compare":
        return see_other(request, compare_page(ids))
    wants_json = _wants_json(request)
    if action == "delete" and not (sure or wants_json):
        about = {"ids": ids, **_room(database, settings, ids), "back": local_path(back), "here": "/runs"}
        return render(request, "delete_ask.html", about)
    outcome = carry_out(database, settings, ids, Asked(action, tag.strip(), note.strip(), _number(to)))
    return _answer(request, outcome, back, wants_json)


@router.post("/runs/bulk/undo")
def undo(
    request: Request,
    database: DatabaseDep,
    was: Annotated[str, Form(max_length=2_000_000)],
    back: Annotated[str, Form()] = "/runs",
) -> Response:
    """Take back what was done; `was` is what the answer to that held.

    Raises InvalidError for anything else.
    """
    try:
        asked = Undo.model_validate_json(was)
    except ValidationError as error:
        problem = FieldProblem("was", "is not what the answer to an action held")
        raise InvalidError("There is nothing to undo.", fields=[problem]) from error
    return _answer(request, take_back(database, asked), back, _wants_json(request))


@router.post("/runs/bulk/room")
@asks_right("read")
def room(database: DatabaseDep, settings: SettingsDep, runs: Runs = (), sweeps: Sweeps = ()) -> Response:
    """{runs, of, freed_bytes, freed}: how many of the ticked ones can be deleted, and what that frees."""
    return JSONResponse(_room(database, settings, _ticked(database, runs, sweeps)))


@router.get("/runs/bulk")
def bulk_again(request: Request) -> Response:
    """The address of a page that said what was left, asked for again: the list."""
    return see_other(request, "/runs")


def _answer(request: Request, outcome: Outcome, back: str, wants_json: bool) -> Response:
    if not outcome.done:
        raise ConflictError(outcome.message, "Nothing was changed.")
    if wants_json:
        left = [{"run": run_id, "why": why} for run_id, why in outcome.left]
        taken_back = outcome.undo.model_dump(mode="json") if outcome.undo else None
        told = {"done": outcome.done, "left": left, "message": outcome.message, "undo": taken_back}
        return JSONResponse(told)
    if outcome.left:
        return render(request, "left.html", {"outcome": outcome, "back": local_path(back), "here": "/runs"})
    return see_other(request, local_path(back))


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _ticked(database: Database, runs: Sequence[int], sweeps: Sequence[int]) -> list[int]:
    with database.read() as session:
        of_sweeps = own_runs(session, sweeps)
    found = [*runs, *(run.id for run in of_sweeps)]
    if not found:
        raise InvalidError("No run is ticked.", "Tick the runs first.")
    return list(dict.fromkeys(found))


def _room(database: Database, settings: Settings, ids: Sequence[int]) -> dict[str, Any]:
    """What is told before runs are deleted. It looks at their folders, so at no run that stays."""
    with database.read() as session:
        going = [run.id for run in listed_runs(session, ids) if "delete" in moves(run)]
    freed = sum(taken(settings.run_dir(run_id)) for run_id in going)
    return {"runs": len(going), "of": len(ids), "freed_bytes": freed, "freed": size(freed)}


def _number(text: str) -> int | None:
    """Of a sweep, as people write it: 3 or #3."""
    plain = text.strip().removeprefix("#")
    return int(plain) if plain.isascii() and plain.isdigit() and 0 < int(plain) <= LARGEST_ID else None
