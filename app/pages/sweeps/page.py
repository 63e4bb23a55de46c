"""/sweeps and /sweeps/{id}: the list of sweeps, one sweep as a grid of cells, and what can be done to it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.parts import mean_accuracy
from app.errors import AllThereError, ConflictError, InvalidError
from app.figures.colours_apart import settings_styles
from app.pages.edit_form import Edit, as_patch, edit_of, typed_words
from app.pages.runs.config_table import ConfigRow, config_table
from app.pages.sweeps.extend_form import ExtendForm, ExtendTyped, extend_form, sent_extension, typed_extension
from app.pages.sweeps.words import AddedQuery, added_to, axes_in_words, baseline_in_words, with_added
from app.runs import sweep_actions
from app.schema_types import LARGEST_ID
from app.schemas import SweepPatchBody, read
from app.settings import Settings
from app.store.engine import Database
from app.store.series import last_event_id
from app.store.sweeps import cells_of
from app.urls import API, sweep_api, sweep_page
from app.views.sweeps.fill import sweep_detail, sweep_list
from app.views.sweeps.view import SweepDetail
from app.web.deps import DatabaseDep, ReadSession, SettingsDep, WriteSession
from app.web.login import local_path
from app.web.templating import render, see_other
from trainer.config_meaning import title_of

router = APIRouter(include_in_schema=False)

PAGE_SIZE = 50
MOST_TOLD = 6
"""Settings whose seeds are told one by one."""

SweepId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/sweeps")
def show_all(
    request: Request, session: ReadSession, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """The list, newest first."""
    page = sweep_list(session, PAGE_SIZE, cursor)
    context = {
        "sweeps": page,
        "axes": {sweep.id: axes_in_words(sweep.axes) for sweep in page.items},
        "cursor": cursor,
        "twin": f"{API}/sweeps?limit={PAGE_SIZE}" + (f"&cursor={cursor}" if cursor else ""),
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/sweeps",
    }
    return render(request, "sweeps.html", context)


@router.get("/sweeps/{sweep_id}")
def show(
    request: Request, session: ReadSession, settings: SettingsDep, sweep_id: SweepId, added: AddedQuery = None
) -> Response:
    """The grid: settings down, seeds across."""
    sweep = sweep_detail(session, sweep_id)
    context = {**_context(session, sweep, extend_form(session, settings, sweep))}
    return render(request, "sweep.html", context | {"added": added_to(session, sweep_id, added)})


@router.post("/sweeps/{sweep_id}/extend")
def extend(
    request: Request,
    session: ReadSession,
    database: DatabaseDep,
    settings: SettingsDep,
    sweep_id: SweepId,
    typed: ExtendTyped,
) -> Response:
    """Let more join: `body` as JSON from an action, or what was typed; the page again for a look or refusal.

    An action goes `back` where it was clicked, if it says so. Sent twice, it adds nothing the second time.
    """
    if typed.get("body"):
        back = local_path(typed["back"]) if typed.get("back") else sweep_page(sweep_id)
        try:
            added = sweep_actions.extend_sweep(database, settings, sweep_id, sent_extension(typed["body"]))
        except AllThereError:
            added = 0
        return see_other(request, with_added(back, added))
    sweep, refusal = sweep_detail(session, sweep_id), None
    if typed.get("do") != "preview":
        try:
            asked = typed_extension(session, sweep, typed)
            added = sweep_actions.extend_sweep(database, settings, sweep_id, asked)
            return see_other(request, with_added(sweep_page(sweep_id), added))
        except (InvalidError, ConflictError) as error:
            if isinstance(error, AllThereError) and _has_grown(database, sweep_id, typed.get("cells", "")):
                return see_other(request, with_added(sweep_page(sweep_id), 0))
            refusal = error
    form = extend_form(session, settings, sweep, typed, refusal)
    return render(request, "sweep.html", _context(session, sweep, form), refusal.status if refusal else 200)


@router.get("/sweeps/{sweep_id}/extend")
def extend_again(request: Request, sweep_id: SweepId) -> Response:
    """The address of a page that was looked at or refused, asked for again."""
    return see_other(request, sweep_page(sweep_id))


@router.post("/sweeps/{sweep_id}/edit")
def edit(
    request: Request,
    session: WriteSession,
    settings: SettingsDep,
    sweep_id: SweepId,
    name: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Set tags (commas between), notes and a name that is sent; as it was typed where one is refused."""
    return _changed(request, session, settings, sweep_id, typed_words(name, tags, notes))


@router.post("/sweeps/{sweep_id}/rename")
def rename(
    request: Request,
    session: WriteSession,
    settings: SettingsDep,
    sweep_id: SweepId,
    name: Annotated[str, Form()] = "",
) -> Response:
    """Set the name alone; the page again, as it was typed, where it is refused."""
    return _changed(request, session, settings, sweep_id, {"name": name})


def _changed(
    request: Request, session: Session, settings: Settings, sweep_id: int, typed: Mapping[str, str]
) -> Response:
    try:
        sweep_actions.change_sweep(session, sweep_id, read(SweepPatchBody, as_patch(typed)))
    except InvalidError as error:
        sweep = sweep_detail(session, sweep_id)
        form = extend_form(session, settings, sweep)
        context = _context(session, sweep, form, edit_of(sweep, typed, error))
        return render(request, "sweep.html", context, error.status)
    return see_other(request, sweep_page(sweep_id))


@router.post("/sweeps/{sweep_id}/act")
def act(
    request: Request,
    database: DatabaseDep,
    settings: SettingsDep,
    sweep_id: SweepId,
    action: Annotated[Literal["cancel", "retry"], Form()],
) -> Response:
    """Cancel the rest, or run what is missing and failed."""
    if action == "retry":
        sweep_actions.retry_sweep(database, settings, sweep_id)
    else:
        with database.write() as session:
            sweep_actions.cancel_sweep(session, sweep_id)
    return see_other(request, sweep_page(sweep_id))


def _has_grown(database: Database, sweep_id: int, cells: str) -> bool:
    """Whether the sweep has another number of cells than for whoever sent the form."""
    with database.read() as session:
        return bool(cells) and cells != str(len(cells_of(session, sweep_id)))


def _context(
    session: Session, sweep: SweepDetail, extending: ExtendForm, typed: Edit | None = None
) -> Mapping[str, Any]:
    base, fixed = base_rows(sweep)
    return {
        "sweep": sweep,
        "edit": typed or edit_of(sweep),
        "extend": extending,
        "axes": axes_in_words(sweep.axes),
        "baselines": [baseline_in_words(overrides) for overrides in sweep.baselines],
        "tuned": [title_of(path) for path in sweep.tuned],
        "base": base,
        "fixed": fixed,
        "to_come": to_come(sweep),
        "added": None,
        "styles": settings_styles({row.setting_hash: row.config for row in sweep.rows}),
        "means": {row.setting_hash: mean_accuracy(row) for row in sweep.rows},
        "twin": sweep_api(sweep.id),
        "stream": f"{API}/stream?after={last_event_id(session)}",
        "here": "/sweeps",
    }


def to_come(sweep: SweepDetail) -> str:
    """While runs wait or train, the seeds that each setting lacks: "Seeds so far: CE: 2 of 3"."""
    if not (sweep.counts.queued or sweep.counts.running):
        return ""
    words = []
    for row in sweep.rows:
        done, asked = mean_accuracy(row)[2], sum(cell is not None for cell in row.cells)
        words += [f"{row.label}: {done or 'none'} of {asked}"] if done < asked else []
    more, whole = len(words) - MOST_TOLD, len(sweep.rows) - len(words)
    shown = words[:MOST_TOLD] + ([f"and {more} more settings"] if more > 0 else [])
    ready = f"{whole} of {len(sweep.rows)} settings {'has' if whole == 1 else 'have'} all seeds"
    return ". ".join([*([ready] if whole else []), "Seeds so far: " + "; ".join(shown)])


def base_rows(sweep: SweepDetail) -> tuple[str, tuple[ConfigRow, ...]]:
    """What all runs of the grid share: the nearest base by name, and what is fixed and differs from it."""
    first = next((row for row in sweep.rows if not row.baseline), None)
    if first is None:
        return "the defaults", ()
    table = config_table(first.config)
    rows = (row for group in table.groups for row in group.rows)
    return table.base, tuple(
        row for row in rows if row.differs and row.has_effect and row.path not in sweep.axes
    )
