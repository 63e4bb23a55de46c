"""/ and /runs: the list of runs. What can be done to several at once is bulk's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import InvalidError
from app.figures.colours import setting_style
from app.figures.sketches import sparklines
from app.lifecycle import State
from app.pages.runs.columns import COLUMNS, USUAL, WIDEST, chosen_columns, shown_columns, width_of
from app.pages.runs.lines import all_marks, lines_of_sweeps, shared_dataset
from app.refusals import shown
from app.schema_types import LARGEST_ID, By
from app.store.attempts import hosts_of
from app.store.runs import RunFilter, count_runs
from app.store.series import last_event_id
from app.urls import API
from app.views.named_views import named_views, plain_query
from app.views.runs.fill import Lines
from app.views.runs.telling import tell_apart
from app.views.sweeps.fill import sweep_summaries
from app.views.system.fill import other_jobs
from app.web.deps import LinesDep, ReadSession, SettingsDep
from app.web.templating import render
from trainer.errors import FieldProblem

ListBy = Literal["", "none", "setting", "sweep", "dataset", "tag"]
PAGE_SIZE = 100


@dataclass(frozen=True)
class RunQuery:
    """What the address of the list says. Methods give the query part of other addresses.

    sweep, dataset, setting (its hash): only its runs. open: sweeps whose runs are listed below their line.
    group: what the runs of a line share; "none": each has its own; "": sweeps of the plain list are folded.
    baseline: hash of the setting that others are held against. show: the run beside the list.
    """

    q: str = ""
    state: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    archived: bool = False
    sweep: int | None = None
    dataset: str = ""
    setting: str = ""
    open: tuple[int, ...] = ()
    group: ListBy = ""
    baseline: str = ""
    sort: str = "-id"
    columns: tuple[str, ...] = ()
    show: int | None = None
    cursor: str | None = None

    @property
    def is_folded(self) -> bool:
        """Whether a sweep is one line: in the plain list by age. Filters and other orders see each run."""
        return not (self.is_filtered or self.group) and self.sort.removeprefix("-") == "id"

    @property
    def wanted(self) -> RunFilter:
        """As the store takes it."""
        chosen = RunFilter(q=self.q.strip(), states=self.state, tags=self.tag, sweep=self.sweep)
        also = replace(chosen, dataset=self.dataset or None, setting=self.setting)
        return replace(also, archived=self.archived, folded=self.is_folded)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        words = (self.q.strip(), self.state, self.tag, self.archived, self.sweep, self.dataset, self.setting)
        return any(words)

    @property
    def said(self) -> dict[str, Any]:
        """Each word that is not at its default."""
        usual = RunQuery()
        found = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        found |= {"archived": "true"} if self.archived else {}
        return found | ({"columns": ",".join(self.columns)} if self.columns else {})

    @property
    def text(self) -> str:
        """This query, without what is at its default."""
        return urlencode(self.said, doseq=True, safe=",")

    def carried(self, *but: str) -> list[tuple[str, str]]:
        """What a form carries along that has fields of its own for these words; from the first page."""
        plain = replace(self, cursor=None, **{word: getattr(RunQuery(), word) for word in but}).text
        return parse_qsl(plain)

    @property
    def twin(self) -> str:
        """The same list for the API, below its runs."""
        ours = {"open", "columns", "show", "group", "baseline"}
        said = {name: value for name, value in self.said.items() if name not in ours}
        if self.group in get_args(By):
            against = {"baseline": self.baseline} if self.baseline else {}
            asked = {"by": self.group, **against, **said}
            asked.pop("sort", None)
            return f"/groups?{urlencode(asked, doseq=True)}"
        folded = {"folded": "true"} if self.is_folded else {}
        return f"?{urlencode({'limit': PAGE_SIZE, 'sort': self.sort, **said, **folded}, doseq=True)}"

    def but(self, **words: Any) -> str:
        """The query with these words changed, from its first page."""
        return replace(self, **{"cursor": None, **words}).text

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

    def beside(self, run_id: int | None) -> str:
        """The same page with this run beside it, or without one."""
        return replace(self, show=run_id).text

    @property
    def kept(self) -> str:
        """What a view of this list is kept as."""
        return plain_query(self.text)

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
    dataset: Annotated[str, Query(max_length=200)] = "",
    setting: Annotated[str, Query(max_length=64)] = "",
    open: Annotated[Sequence[int], Query(max_length=50)] = (),
    group: ListBy = "",
    baseline: Annotated[str, Query(max_length=64)] = "",
    sort: str = "-id",
    columns: Annotated[Sequence[str], Query(max_length=50)] = (),
    show: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    cursor: str | None = None,
) -> RunQuery:
    """The address as a form writes it: an empty choice is none.

    Raises InvalidError for an unknown state, and for a column that there is not.
    """
    try:
        states = tuple(State(word) for word in state if word)
    except ValueError as error:
        typed = ", ".join(map(shown, state))
        problem = FieldProblem("state", f"must be one of {', '.join(State)}, got {typed}")
        raise InvalidError("The filter was refused.", fields=[problem]) from error
    tags = tuple(word for word in tag if word)
    return RunQuery(
        q, states, tags, archived, sweep, dataset, setting, tuple(open), group, baseline, sort,
        chosen_columns(columns), show, cursor,
    )  # fmt: skip


router = APIRouter(include_in_schema=False)


@router.get("/")
@router.get("/runs")
def show(
    request: Request,
    session: ReadSession,
    lines: LinesDep,
    settings: SettingsDep,
    query: Annotated[RunQuery, Depends(run_query)],
) -> Response:
    """The list, newest first, 100 a page."""
    frame = {
        "query": query,
        "states": tuple(State),
        "total": count_runs(session, replace(query.wanted, folded=False)),
        "sweep": sweep_summaries(session, [query.sweep]).get(query.sweep) if query.sweep else None,
        "views": named_views(session).items,
        "all_columns": COLUMNS,
        "usual_columns": USUAL,
        "others": other_jobs(session),
        "twin": f"{API}/runs{query.twin}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/runs",
    }
    if query.group in get_args(By):
        from app.pages.runs.grouped import (
            groups_context,
        )  # brings what compares, which the web starts without

        return render(request, "run_groups.html", frame | groups_context(session, settings, query))
    return render(request, "runs.html", frame | _runs(session, lines, query) | _beside(session, query.show))


def _runs(session: Session, lines: Lines, query: RunQuery) -> dict[str, Any]:
    page = lines.page(session, query.wanted, query.sort, PAGE_SIZE, query.cursor)
    sweep_lines = lines_of_sweeps(session, lines, page.items, query.open) if query.is_folded else {}
    shown = [*page.items, *(run for line in sweep_lines.values() for run in line.runs)]
    has_tags = any(run.tags for run in shown) or any(line.sweep.tags for line in sweep_lines.values())
    columns = shown_columns(query.columns, has_tags)
    return {
        "runs": page,
        "sweep_lines": sweep_lines,
        "styles": {run.id: setting_style(run.config) for run in shown},
        "sparklines": sparklines({run.id: run.sparkline for run in shown}),
        "differences": tell_apart({run.id: (run.name, run.config) for run in shown}),
        "marks": all_marks(shown),
        "on": shared_dataset(shown),
        "columns": columns,
        "width": width_of(columns),
        "is_wide": bool(query.columns) and width_of(columns) > WIDEST,
        "hosts": hosts_of(session, [run.id for run in shown]) if "worker" in query.columns else {},
        "is_busy": bool(sweep_lines) or any(run.state in ("queued", "running") for run in shown),
    }


def _beside(session: Session, run_id: int | None) -> dict[str, Any]:
    """The run beside the list, if the address names one."""
    if run_id is None:
        return {"beside": None}
    from app.pages.runs.beside import beside  # brings the figures, which the web starts without

    return {"beside": beside(session, run_id)}
