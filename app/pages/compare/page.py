"""/compare: the chosen runs or a sweep, setting by setting; without runs, what there is to choose from."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.figures.registry import OF_FIELDS, figures_of
from app.comparing.figures.source import Source
from app.comparing.images.query import OF_COMPARISON
from app.comparing.kin import kin_of
from app.comparing.parts import parting_note
from app.comparing.query import OF_EFFECTS, OF_FIGURES, OF_TABLE, CompareQuery, compare_query, source_of
from app.comparing.table.caption import recipe
from app.comparing.table.sheet import answer_word, sheet, told_once
from app.comparing.table.words import glosses, legend
from app.comparing.unfinished import TO_COME
from app.errors import InvalidError
from app.figures.colours import setting_style
from app.known import reads_query
from app.pages.compare.controls import choices, controls, silhouette
from app.pages.compare.table import table_rows
from app.pages.sweeps.extend_form import sent_extension
from app.pages.sweeps.words import AddedQuery, added_to, with_added
from app.runs import sweep_actions
from app.schemas import run_ids
from app.store.runs import RunFilter
from app.urls import API, compare_page
from app.views.runs.fill import Lines
from app.views.sweeps.fill import sweep_list
from app.web.deps import DatabaseDep, FiguresDep, LinesDep, ReadSession, SettingsDep
from app.web.panels import panels
from app.web.templating import render, see_other
from trainer.errors import FieldProblem

router = APIRouter(include_in_schema=False)

FORMATS = (("csv", "CSV"), ("json", "JSON"), ("markdown", "Markdown"), ("latex", "LaTeX"))


@router.get("/compare")
@reads_query("choose")
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    lines: LinesDep,
    query: Annotated[CompareQuery, Depends(compare_query)],
    added: AddedQuery = None,
) -> Response:
    """The comparison; without runs, what there is to choose from. ?runs=1&runs=2 becomes ?runs=1,2."""
    if not query.names_runs:
        return choose(request, session, lines)
    if len(request.query_params.getlist("runs")) > 1:
        return see_other(request, f"/compare?{query.text}")
    source = source_of(query, session, settings, cache)
    told = {"added": added_to(session, query.sweep, added)}
    return render(request, "compare.html", {**_context(source, query), **told})


def _context(source: Source, query: CompareQuery) -> Mapping[str, Any]:
    view = source.comparison
    table = sheet(view, query.columns, query.mode, query.order, query.sort, query.marks)
    is_open = view.unfinished is not None or any({*TO_COME} & set(row.states) for row in view.rows)
    alone = view.rows[0].run_ids[0] if len(view.rows) == 1 else None
    drawn = [figure.name for figure in figures_of(view.rows)]
    return {
        **around_run(source.session, alone),
        "comparison": view,
        "query": query,
        "of_images": OF_COMPARISON,
        "of_effects": OF_EFFECTS,
        "elsewhere": OF_FIELDS if len(view.differences) > 1 else (),
        "columns": table.columns,
        "heights": silhouette(table.columns),
        "legend": legend(table),
        "rows": table_rows(view, table, source.runs.steps),
        "key_notes": [*filter(None, [parting_note(row.delta for row in view.rows)]), *glosses(table.columns)],
        "answer_word": answer_word,
        "reasons": [one for one in told_once(view.verdicts) if one.detail],
        "controls": controls(source, query),
        "choices": choices(query.columns),
        "usual_columns": ",".join(choice.key for choice in choices(()) if choice.chosen),
        "panels": panels(source, drawn, query.only(OF_FIGURES)),
        "exports": [(word, f"{API}/compare?{query.only(OF_TABLE)}&format={name}") for name, word in FORMATS],
        "recipe": recipe([row.config for row in view.rows]),
        "run_count": len({run_id for row in view.rows for run_id in row.run_ids}),
        "twin": f"{API}/compare?{query.only(OF_TABLE)}",
        "stream": f"{API}/stream" if is_open else None,
        "here": "/compare",
    }


@router.post("/compare/extend")
def extend(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    runs: Annotated[str, Query(description="Numbers of runs, such as 1,2,5.")],
    body: Annotated[str, Form()],
) -> Response:
    """Launch a sweep of these runs' settings (or those of the body), and compare it with them."""
    ids = run_ids(runs)
    sweep_id, added = sweep_actions.extend_runs(database, settings, ids, sent_extension(body))
    return see_other(request, with_added(f"{compare_page(ids)}&sweep={sweep_id}", added))


RECENT, RECENT_SWEEPS = 30, 10
MOST_TICKED = 20
"""Settings that are compared at once; the browser counts the same (static/ticks.js)."""


def choose(request: Request, session: Session, lines: Lines) -> Response:
    """The page. Raises InvalidError for a `choose` that is no number, and NotFoundError."""
    chosen = _number(request.query_params.get("choose", ""))
    around = around_run(session, chosen)
    page = lines.page(session, RunFilter(), limit=RECENT)
    listed = {run_id for one in around["kin"] for run_id in one.run_ids}
    others = [run for run in page.items if run.id not in listed]
    context = {
        **around,
        "runs": page,
        "others": others,
        "styles": {run.id: setting_style(run.config) for run in others},
        "sweeps": sweep_list(session, RECENT_SWEEPS).items,
        "here": "/compare",
        "twin": f"{API}/runs?limit={RECENT}",
    }
    return render(request, "compare_choose.html", context)


def around_run(session: Session, chosen: int | None) -> dict[str, Any]:
    """What the ticks around a run are drawn from; none without a run. Raises NotFoundError."""
    kin = kin_of(session, chosen) if chosen is not None else ()
    styles = {one.setting_hash: setting_style(one.config) for one in kin}
    return {"chosen": chosen, "kin": kin, "ticked": MOST_TICKED, "kin_styles": styles}


def _number(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    problem = FieldProblem("choose", "must be the number of a run")
    raise InvalidError("The comparison was refused: choose.", fields=[problem])
