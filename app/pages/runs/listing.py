"""/ and /runs: the list of runs. What can be done to several at once is bulk's."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import SearchError
from app.figures.colours import style_of
from app.figures.sketches import sparklines
from app.lifecycle import State
from app.pages.runs.columns import COLUMNS, USUAL, WIDEST, shown_columns, width_of
from app.pages.runs.lines import all_marks, lines_of_sweeps, shared_dataset
from app.pages.runs.query import PAGE_SIZE, RunQuery, run_query
from app.schema_types import By
from app.search.fields import names_one
from app.search.parser import parse
from app.search.tree import words_of
from app.store.attempts import hosts_of
from app.store.runs import count_runs
from app.store.series import last_event_id
from app.store.vocabulary import StoredVocabulary
from app.urls import API
from app.views.named_views import named_views
from app.views.runs.configured import Configured
from app.views.runs.fill import Lines
from app.views.runs.telling import tell_apart
from app.views.sweeps.fill import sweep_summaries
from app.views.system.fill import other_jobs
from app.web.deps import LinesDep, ReadSession, SettingsDep
from app.web.templating import render

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
    """The list, newest first, 100 a page. A search that cannot be read is told, above the list as it is."""
    typed = query.q
    query, bare_fields, problem = _readable(session, query)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    frame = {
        "query": query,
        "typed": typed,
        "problem": problem,
        "states": tuple(State),
        "sweep": sweep_summaries(session, [query.sweep]).get(query.sweep) if query.sweep else None,
        "views": named_views(session).items,
        "all_columns": COLUMNS,
        "usual_columns": USUAL,
        "bare_fields": bare_fields,
        "others": other_jobs(session),
        "twin": f"{API}/runs{query.twin}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/runs",
    }
    if query.group in get_args(By):
        from app.pages.runs import grouped  # brings what compares, which the web starts without

        total = {"total": count_runs(session, query.wanted)}
        groups = grouped.groups_context(session, settings, query)
        return render(request, "run_groups.html", frame | total | groups, status)
    shown = _runs(session, lines, query) | _beside(session, query.show)
    return render(request, "runs.html", frame | shown, status)


def _readable(session: Session, query: RunQuery) -> tuple[RunQuery, Sequence[str], SearchError | None]:
    """The query without a search that cannot be read, of which it tells.

    Beside it names of fields that stand in the search as words, so that they are looked for in names.
    """
    try:
        node = parse(query.q, StoredVocabulary(session))
    except SearchError as error:
        return replace(query, q="", cursor=None), (), error
    return query, [*dict.fromkeys(filter(names_one, words_of(node)))] if node else (), None


def _runs(session: Session, lines: Lines, query: RunQuery) -> dict[str, Any]:
    page = lines.page(session, query.wanted, query.sort, PAGE_SIZE, query.cursor)
    sweep_lines = lines_of_sweeps(session, lines, page.items, query.open) if query.is_folded else {}
    shown = [*page.items, *(run for line in sweep_lines.values() for run in line.runs)]
    has_tags = any(run.tags for run in shown) or any(line.sweep.tags for line in sweep_lines.values())
    columns = shown_columns(query.columns, has_tags)
    whole = replace(query.wanted, folded=False)
    return {
        "runs": page,
        "total": count_runs(session, whole) if query.is_folded else page.total,
        "sweep_lines": sweep_lines,
        "styles": {run.id: style_of(Configured(run.config_hash, run.config)) for run in shown},
        "sparklines": sparklines({run.id: run.sparkline for run in shown}),
        "differences": tell_apart(shown),
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
