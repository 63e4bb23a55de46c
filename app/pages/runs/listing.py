"""/ and /runs: the list of runs. What can be done to several at once is bulk's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import InvalidError
from app.figures.colours import setting_style
from app.figures.sketches import sparklines
from app.lifecycle import State
from app.pages.sweeps.words import Axis, axes_in_words
from app.refusals import shown
from app.runs.waiting import pauses
from app.schema_types import LARGEST_ID
from app.store.runs import OwnRun, RunFilter, count_runs, own_runs
from app.store.series import last_event_id
from app.urls import API
from app.views.runs.fill import Lines, legal_moves
from app.views.runs.telling import tell_apart
from app.views.runs.view import RunSummary
from app.views.sweeps.fill import sweep_summaries
from app.views.sweeps.view import SweepCounts, SweepSummary
from app.views.system.fill import other_jobs
from app.web.deps import LinesDep, ReadSession
from app.web.templating import render
from trainer.errors import FieldProblem
from trainer.sweep import MAX_CELLS

PAGE_SIZE = 100


@dataclass(frozen=True)
class RunQuery:
    """What the address of the list says. Methods give the query part of other addresses.

    sweep: only its runs. open: sweeps whose runs are listed below their line.
    """

    q: str = ""
    state: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    archived: bool = False
    sweep: int | None = None
    open: tuple[int, ...] = ()
    sort: str = "-id"
    cursor: str | None = None

    @property
    def is_folded(self) -> bool:
        """Whether a sweep is one line: in the plain list by age. Filters and other orders see each run."""
        return not self.is_filtered and self.sort.removeprefix("-") == "id"

    @property
    def wanted(self) -> RunFilter:
        """As the store takes it."""
        chosen = RunFilter(q=self.q.strip(), states=self.state, tags=self.tag, sweep=self.sweep)
        return replace(chosen, archived=self.archived, folded=self.is_folded)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q.strip() or self.state or self.tag or self.archived or self.sweep)

    @property
    def text(self) -> str:
        """This query, without what is at its default."""
        usual = RunQuery()
        said = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        return urlencode(said, doseq=True)

    @property
    def twin(self) -> str:
        """The same list for the API."""
        said = {name: value for name, value in vars(self).items() if value and name != "open"}
        folded = {"folded": "true"} if self.is_folded else {}
        return urlencode({"limit": PAGE_SIZE, **said, **folded}, doseq=True)

    def but(self, **words: Any) -> str:
        """The query with these words changed, from its first page."""
        return replace(self, cursor=None, **words).text

    def with_tag(self, tag: str) -> str:
        """Narrowed to runs with this tag, too."""
        return self.but(tag=tuple(dict.fromkeys((*self.tag, tag))))

    def without_tag(self, tag: str) -> str:
        """No longer narrowed by this tag."""
        return self.but(tag=tuple(word for word in self.tag if word != tag))

    def toggled(self, sweep_id: int) -> str:
        """The same page with this sweep's runs listed, or no longer."""
        opened = tuple(one for one in self.open if one != sweep_id)
        return replace(self, open=opened if sweep_id in self.open else (*opened, sweep_id)).text

    def after(self, cursor: str) -> str:
        """The query of the next page."""
        return replace(self, cursor=cursor).text

    def sorted_by(self, key: str) -> str:
        """Largest first; the other way round where it is sorted so already."""
        return self.but(sort=key if self.sort == f"-{key}" else f"-{key}")

    def direction(self, key: str) -> str:
        """ "descending", "ascending", or "" where the list is sorted by something else."""
        return {f"-{key}": "descending", key: "ascending"}.get(self.sort, "")


def run_query(
    q: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[Sequence[str], Query(max_length=50)] = (),
    tag: Annotated[Sequence[str], Query(max_length=20)] = (),
    archived: bool = False,
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    open: Annotated[Sequence[int], Query(max_length=50)] = (),
    sort: str = "-id",
    cursor: str | None = None,
) -> RunQuery:
    """The address as a form writes it: an empty choice is none. Raises InvalidError for an unknown state."""
    try:
        states = tuple(State(word) for word in state if word)
    except ValueError as error:
        typed = ", ".join(map(shown, state))
        problem = FieldProblem("state", f"must be one of {', '.join(State)}, got {typed}")
        raise InvalidError("The filter was refused.", fields=[problem]) from error
    tags = tuple(word for word in tag if word)
    return RunQuery(q, states, tags, archived, sweep, tuple(open), sort, cursor)


router = APIRouter(include_in_schema=False)


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


@router.get("/")
@router.get("/runs")
def show(
    request: Request,
    session: ReadSession,
    lines: LinesDep,
    query: Annotated[RunQuery, Depends(run_query)],
) -> Response:
    """The list, newest first, 100 a page."""
    page = lines.page(session, query.wanted, query.sort, PAGE_SIZE, query.cursor)
    sweep_lines = lines_of_sweeps(session, lines, page.items, query)
    shown = [*page.items, *(run for line in sweep_lines.values() for run in line.runs)]
    marks = {run.id: run_marks(run, bool(run.archived_at)) for run in shown}
    context = {
        "runs": page,
        "total": count_runs(session, replace(query.wanted, folded=False)),
        "sweep_lines": sweep_lines,
        "sweep": sweep_summaries(session, [query.sweep]).get(query.sweep) if query.sweep else None,
        "query": query,
        "states": tuple(State),
        "styles": {run.id: setting_style(run.config) for run in shown},
        "sparklines": sparklines({run.id: run.sparkline for run in shown}),
        "differences": tell_apart({run.id: (run.name, run.config) for run in shown}),
        "marks": marks,
        "on": shared_dataset(shown),
        "has_tags": any(run.tags for run in shown) or any(line.sweep.tags for line in sweep_lines.values()),
        "others": other_jobs(session),
        "is_busy": bool(sweep_lines) or any(run.state in ("queued", "running") for run in shown),
        "twin": f"{API}/runs?{query.twin}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/runs",
    }
    return render(request, "runs.html", context)


def lines_of_sweeps(
    session: Session, lines: Lines, runs: Sequence[RunSummary], query: RunQuery
) -> dict[int, SweepLine]:
    """The sweeps that stand for their runs in this list, by the id of the run that holds their place."""
    if not query.is_folded:
        return {}
    places = {run.id: run.sweep_id for run in runs if run.sweep_id is not None}
    sweeps = sweep_summaries(session, places.values())
    own: dict[int, list[str]] = {}
    for run in own_runs(session, places.values()):
        own.setdefault(run.sweep_id, []).append(run_marks(run, is_archived=False))
    found = {}
    for run_id, sweep_id in places.items():
        if sweep := sweeps.get(sweep_id):
            runs = _own_runs(session, lines, sweep_id) if sweep_id in query.open else ()
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


def run_marks(run: RunSummary | OwnRun, is_archived: bool) -> str:
    """A run for the bar of the list, "id:setting:action,action": what may be done to it now."""
    may = legal_moves(run.state, is_archived, pauses(run.state, run.not_before))
    return f"{run.id}:{run.setting_hash[:12]}:{','.join(may)}"


def shared_dataset(runs: Sequence[RunSummary]) -> str:
    """The data set of all these runs; "" where there are several, or none."""
    names = {str(run.config["data"]["dataset"]) for run in runs}
    return names.pop() if len(names) == 1 else ""
