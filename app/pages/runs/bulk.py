"""/runs/bulk: one action on all ticked runs. Those that do not allow it are left and named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from app.errors import ConflictError, InvalidError, NotFoundError
from app.runs import actions
from app.schema_types import LARGEST_ID
from app.schemas import PatchBody, read
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run, listed_runs, own_runs, tags_of
from app.urls import compare_page
from app.views.runs.fill import moves
from app.web.deps import DatabaseDep, SettingsDep
from app.web.login import local_path
from app.web.templating import render, see_other
from trainer.errors import FieldProblem

router = APIRouter(include_in_schema=False)

BulkAction = Literal["archive", "restore", "retry", "cancel", "delete", "tag", "compare"]

_DONE = {"archive": "Archived", "restore": "Restored", "retry": "Queued again", "cancel": "Canceled"}
_DONE |= {"delete": "Deleted", "tag": "Tagged"}
Ticked = Annotated[int, Field(ge=1, le=LARGEST_ID)]
_TAKING_ALONG = ("cancel", "retry")
"""What is done to a run's other stage, too, which may be ticked as well."""
MOST_NAMED = 6
"""Runs that a message names one by one."""


@dataclass(frozen=True)
class Outcome:
    """What was done to which runs, and why each of the others was left."""

    action: str
    done: tuple[int, ...]
    left: tuple[tuple[int, str], ...]

    @property
    def message(self) -> str:
        """Such as "Queued again: 3 of 4 runs. Left: run 9 is completed."."""
        whole = len(self.done) + len(self.left)
        said = f"{_DONE[self.action]}: {len(self.done)} of {whole} run{'s' if whole != 1 else ''}."
        if not self.left:
            return said
        why = [text.rstrip(".") for _, text in self.left[:MOST_NAMED]]
        more = len(self.left) - len(why)
        return f"{said} Left: {'; '.join([*why, *([f'and {more} more'] if more else [])])}."


@router.post("/runs/bulk")
def bulk(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    action: Annotated[BulkAction, Form()],
    runs: Annotated[Sequence[Ticked], Form(max_length=500)] = (),
    sweeps: Annotated[Sequence[Ticked], Form(max_length=100)] = (),
    tag: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "/runs",
) -> Response:
    """Carry it out on the ticked runs and the own runs of ticked sweeps; JSON where that is asked for.

    Raises InvalidError where nothing is ticked or the tag is empty, ConflictError where no run allows it.
    """
    ids = _ticked(database, runs, sweeps)
    if action == "compare":
        return see_other(request, compare_page(ids))
    outcome = _carry_out(database, settings, ids, action, tag.strip())
    if not outcome.done:
        raise ConflictError(outcome.message, "Nothing was changed.")
    if "application/json" in request.headers.get("accept", ""):
        left = [{"run": run_id, "why": why} for run_id, why in outcome.left]
        return JSONResponse({"done": outcome.done, "left": left, "message": outcome.message})
    if outcome.left:
        return render(request, "left.html", {"outcome": outcome, "back": local_path(back), "here": "/runs"})
    return see_other(request, local_path(back))


@router.get("/runs/bulk")
def bulk_again(request: Request) -> Response:
    """The address of a page that said what was left, asked for again: the list."""
    return see_other(request, "/runs")


def _ticked(database: Database, runs: Sequence[int], sweeps: Sequence[int]) -> list[int]:
    with database.read() as session:
        of_sweeps = own_runs(session, sweeps)
    found = [*runs, *(run.id for run in of_sweeps)]
    if not found:
        raise InvalidError("No run is ticked.", "Tick the runs first.")
    return list(dict.fromkeys(found))


def _carry_out(database: Database, settings: Settings, ids: Sequence[int], action: str, tag: str) -> Outcome:
    if action == "tag" and not tag:
        raise InvalidError("The tag is empty.", fields=[FieldProblem("tag", "must hold at least one letter")])
    left: dict[int, str] = {}
    with database.write() as session:
        before = {run.id: run.state for run in listed_runs(session, ids)}
        for run_id in ids:
            try:
                if action not in _TAKING_ALONG or get_run(session, run_id).state == before.get(run_id):
                    _act(session, run_id, action, tag)
            except (ConflictError, NotFoundError) as error:
                left[run_id] = error.message
    if action == "delete":
        for run_id in sorted((one for one in ids if one not in left), reverse=True):  # upon others first
            try:
                delete_run(database, settings, run_id)
            except (ConflictError, NotFoundError) as error:
                left[run_id] = error.message
    return Outcome(action, tuple(one for one in ids if one not in left), tuple(left.items()))


def _act(session: Session, run_id: int, action: str, tag: str) -> None:
    """Raises ConflictError where the run does not allow it. Deleting is only allowed here, not done."""
    run = get_run(session, run_id)
    if action == "tag":
        tags = {*tags_of(session, [run_id])[run_id], tag}
        actions.change(session, run_id, read(PatchBody, {"tags": sorted(tags)}))
    elif action not in moves(run):
        raise ConflictError(f"run {run_id} is {run.state}")
    elif action != "delete":
        actions.act(session, run, action)
