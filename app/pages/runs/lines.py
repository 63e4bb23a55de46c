"""Lines of the list: a sweep that stands for its runs, and what the bar may do to each run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.pages.sweeps.words import Axis, axes_in_words
from app.runs.waiting import pauses
from app.store.runs import OwnRun, RunFilter, own_runs
from app.views.runs.fill import Lines, legal_moves
from app.views.runs.view import RunSummary
from app.views.sweeps.fill import sweep_summaries
from app.views.sweeps.view import SweepCounts, SweepSummary
from trainer.sweep import MAX_CELLS


@dataclass(frozen=True)
class SweepLine:
    """A sweep as one line of the list, and its own runs where it is open.

    marks: its own runs as the bar of the list reads them, `run_marks` joined by semicolons.
    """

    sweep: SweepSummary
    axes: tuple[Axis, ...]
    state: str
    runs: tuple[RunSummary, ...]
    marks: str


def lines_of_sweeps(
    session: Session, lines: Lines, runs: Sequence[RunSummary], opened: Sequence[int]
) -> dict[int, SweepLine]:
    """The sweeps that stand for their runs in this list, by the id of the run that holds their place.

    opened: those whose runs are listed below them.
    """
    places = {run.id: run.sweep_id for run in runs if run.sweep_id is not None}
    sweeps = sweep_summaries(session, places.values())
    own: dict[int, list[str]] = {}
    for run in own_runs(session, places.values()):
        own.setdefault(run.sweep_id, []).append(run_marks(run, is_archived=False))
    found = {}
    for run_id, sweep_id in places.items():
        if sweep := sweeps.get(sweep_id):
            runs = _own_runs(session, lines, sweep_id) if sweep_id in opened else ()
            axes, state = axes_in_words(sweep.axes), overall_state(sweep.counts)
            found[run_id] = SweepLine(sweep, axes, state, runs, ";".join(own.get(sweep_id, [])))
    return found


def overall_state(counts: SweepCounts) -> str:
    """One state for a sweep: what moves first, then what needs a person."""
    numbers = {
        State.RUNNING: counts.running,
        State.QUEUED: counts.queued,
        State.FAILED: counts.failed,
        State.CANCELED: counts.canceled + counts.missing,
    }
    return next((state for state, number in numbers.items() if number), State.COMPLETED)


def _own_runs(session: Session, lines: Lines, sweep_id: int) -> tuple[RunSummary, ...]:
    """What the sweep launched, in the order of launch; runs that it only points at have their own lines."""
    found = lines.page(session, RunFilter(sweep=sweep_id), "id", MAX_CELLS)
    return tuple(run for run in found.items if run.sweep_id == sweep_id)


def all_marks(runs: Sequence[RunSummary]) -> Mapping[int, str]:
    """`run_marks` of each, by id."""
    return {run.id: run_marks(run, bool(run.archived_at)) for run in runs}


def run_marks(run: RunSummary | OwnRun, is_archived: bool) -> str:
    """A run for the bar of the list, "id:setting:action,action": what may be done to it now."""
    may = legal_moves(run.state, is_archived, pauses(run.state, run.not_before))
    return f"{run.id}:{run.setting_hash[:12]}:{','.join(may)}"


def shared_dataset(runs: Sequence[RunSummary]) -> str:
    """The data set of all these runs; "" where there are several, or none."""
    names = {str(run.config["data"]["dataset"]) for run in runs}
    return names.pop() if len(names) == 1 else ""
