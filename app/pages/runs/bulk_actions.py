"""What is done to several runs at once: to each what it allows, and what undoes it again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidError, NotFoundError
from app.runs import actions
from app.runs.sweep_moves import Moved, move_back, move_to_sweep
from app.schema_types import LARGEST_ID
from app.schemas import PatchBody, read
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run, listed_runs, tags_of
from app.store.sweeps import get_sweep
from app.store.tables import Run
from app.views.runs.fill import moves
from trainer.errors import FieldProblem

BulkAction = Literal["archive", "restore", "retry", "cancel", "delete", "tag", "untag", "note", "move"]
DONE = {
    "archive": "Archived",
    "restore": "Restored",
    "retry": "Queued again",
    "cancel": "Canceled",
    "delete": "Deleted",
    "tag": "Tagged",
    "untag": "Tag taken off",
    "note": "Noted",
    "move": "Moved",
}
_TAKING_ALONG = ("cancel", "retry")
"""What is done to a run's other stage, too, which may be ticked as well."""
MOST_NAMED = 6
"""Runs that a message names one by one."""
RunNumber = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Undo(BaseModel):
    """What takes back something that was done: of each run what it was and what it became."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["archive", "restore", "tag", "untag", "note", "move"]
    """What was done."""
    tag: str = Field(default="", max_length=50)
    runs: list[RunNumber] = Field(default=[], max_length=500)
    notes: dict[int, tuple[str, str]] = {}
    moves: dict[int, Moved] = {}


@dataclass(frozen=True)
class Outcome:
    """What was done to which runs, why each of the others was left, and what undoes it, if anything does."""

    action: str
    done: tuple[int, ...]
    left: tuple[tuple[int, str], ...]
    undo: Undo | None = None

    @property
    def message(self) -> str:
        """Such as "Queued again: 3 of 4 runs. Left: run 9 is completed."."""
        whole = len(self.done) + len(self.left)
        said = (
            f"{DONE.get(self.action, 'Undone')}: {len(self.done)} of {whole} run{'s' if whole != 1 else ''}."
        )
        if not self.left:
            return said
        why = [text.rstrip(".") for _, text in self.left[:MOST_NAMED]]
        more = len(self.left) - len(why)
        return f"{said} Left: {'; '.join([*why, *([f'and {more} more'] if more else [])])}."


@dataclass(frozen=True)
class Asked:
    """An action, and the word or number that it needs."""

    action: str
    tag: str = ""
    note: str = ""
    sweep: int | None = None

    def check(self, s: Session) -> None:
        """Raises InvalidError where what it needs is missing, NotFoundError for an unknown sweep."""
        if self.action in ("tag", "untag") and not self.tag:
            raise InvalidError(
                "The tag is empty.", fields=[FieldProblem("tag", "must hold at least one letter")]
            )
        if self.action == "note" and not self.note:
            raise InvalidError("The note is empty.", fields=[FieldProblem("note", "must hold some text")])
        if self.action == "move":
            if self.sweep is None:
                problem = FieldProblem("sweep", "must be the number of a sweep")
                raise InvalidError("No sweep was named.", "Name the sweep that the runs go to.", [problem])
            get_sweep(s, self.sweep)


@dataclass
class _Was:
    """What runs were before, as far as that is needed to undo it."""

    notes: dict[int, tuple[str, str]] = field(default_factory=dict)
    moves: dict[int, Moved] = field(default_factory=dict)


def carry_out(database: Database, settings: Settings, ids: Sequence[int], asked: Asked) -> Outcome:
    """Do it to each run that allows it, the others are left and named. Raises as `Asked.check` does."""
    left: dict[int, str] = {}
    was = _Was()
    with database.write() as session:
        asked.check(session)
        before = {run.id: run.state for run in listed_runs(session, ids)}
        for run_id in ids:
            try:
                if asked.action not in _TAKING_ALONG or get_run(session, run_id).state == before.get(run_id):
                    _act(session, get_run(session, run_id), asked, was)
            except (ConflictError, NotFoundError) as error:
                left[run_id] = error.message
    if asked.action == "delete":
        for run_id in sorted((one for one in ids if one not in left), reverse=True):  # upon others first
            try:
                delete_run(database, settings, run_id)
            except (ConflictError, NotFoundError) as error:
                left[run_id] = error.message
    done = tuple(one for one in ids if one not in left)
    undo = None
    if done and asked.action in get_args(Undo.model_fields["action"].annotation):
        undo = Undo(action=asked.action, tag=asked.tag, runs=list(done), notes=was.notes, moves=was.moves)
    return Outcome(asked.action, done, tuple(left.items()), undo)


def _act(session: Session, run: Run, asked: Asked, was: _Was) -> None:
    """Raises ConflictError where the run does not allow it. Deleting is only allowed here, not done."""
    if asked.action in ("tag", "untag"):
        _tag(session, run, asked.tag, asked.action == "tag")
    elif asked.action == "note":
        after = f"{run.notes}\n\n{asked.note}" if run.notes.strip() else asked.note
        was.notes[run.id] = (run.notes, after)
        _note(session, run, after)
    elif asked.action == "move":
        was.moves[run.id] = move_to_sweep(session, run, asked.sweep or 0)
    elif asked.action not in moves(run):
        raise ConflictError(f"run {run.id} is {'archived' if run.archived_at else run.state}")
    elif asked.action != "delete":
        actions.act(session, run, asked.action)


def _tag(session: Session, run: Run, tag: str, wanted: bool) -> None:
    tags = {*tags_of(session, [run.id])[run.id]}
    if (tag in tags) == wanted:
        raise ConflictError(
            f"run {run.id} has {'' if wanted else 'not '}the tag {tag!r}{' already' if wanted else ''}"
        )
    _patch(session, run, {"tags": sorted(tags | {tag} if wanted else tags - {tag})})


def _note(session: Session, run: Run, text: str) -> None:
    _patch(session, run, {"notes": text})


def _patch(session: Session, run: Run, changed: dict[str, Any]) -> None:
    """As a PATCH would; what it refuses for this run, as a note that grew too long, leaves it."""
    try:
        actions.change(session, run.id, read(PatchBody, changed))
    except InvalidError as error:
        [problem, *_] = error.fields
        raise ConflictError(f"run {run.id}: {problem.path} {problem.message}") from error


def take_back(database: Database, undo: Undo) -> Outcome:
    """Make of each run what it was, unless it was changed again since."""
    left: dict[int, str] = {}
    with database.write() as session:
        for run_id in undo.runs:
            try:
                _back(session, get_run(session, run_id), undo)
            except (ConflictError, NotFoundError) as error:
                left[run_id] = error.message
    return Outcome("undo", tuple(one for one in undo.runs if one not in left), tuple(left.items()))


def _back(session: Session, run: Run, undo: Undo) -> None:
    if undo.action in ("archive", "restore"):
        reverse = "restore" if undo.action == "archive" else "archive"
        if reverse not in moves(run):
            raise ConflictError(f"run {run.id} is {'archived' if run.archived_at else run.state}")
        actions.act(session, run, reverse)
    elif undo.action in ("tag", "untag"):
        _tag(session, run, undo.tag, undo.action == "untag")
    elif undo.action == "note" and run.id in undo.notes:
        was, became = undo.notes[run.id]
        if run.notes != became:
            raise ConflictError(f"the note of run {run.id} was changed since")
        _note(session, run, was)
    elif undo.action == "move" and run.id in undo.moves:
        move_back(session, run, undo.moves[run.id])
