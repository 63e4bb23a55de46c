"""/runs/{id}: one run whole, its actions, and the form for its name, tags and notes.

/parts and /tables below it: what an open page asks for after an epoch, in place of the whole page.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from pydantic_core import to_json
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from app.comparing.dead_relu.fill import layers_of_run
from app.comparing.dead_relu.view import LayerUnits
from app.comparing.figures.cache import CachedFigure, FigureCache, cached_figure
from app.comparing.figures.registry import FIGURES, figure_named
from app.comparing.figures.source import FigureRequest, Source
from app.errors import InvalidError, NotFoundError
from app.figures.class_axis import ClassOrder, class_axis
from app.figures.colours import setting_style
from app.figures.theme import LIGHT, THEMES
from app.lifecycle import ACTIVE, ENDED, State
from app.pages.edit_form import Edit, as_patch, edit_of, typed_words
from app.pages.runs.config_table import config_table, recipes
from app.runs import actions
from app.runs.continuing import continue_run
from app.schemas import ContinueBody, PatchBody, read
from app.settings import Settings
from app.store.predictions import kept_file
from app.store.runs import delete_run, get_run
from app.store.series import last_event_id
from app.urls import dataset_page, run_api, run_page
from app.views.series import fill as series_views
from app.web.deps import DatabaseDep, FiguresDep, ReadSession, RunId, SettingsDep, WriteSession
from app.web.panels import Panel, panels
from app.web.templating import render, render_text, root_of, see_other

router = APIRouter(include_in_schema=False)

ThemeName = Annotated[str, Query(pattern=f"^({'|'.join(THEMES)})$")]
SHOWN = ("accuracy", "loss", "class-recall", "class-curves", "confusion")


@router.get("/runs/{run_id}")
def show(
    request: Request,
    run_id: RunId,
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    order: Annotated[ClassOrder, Query()] = "count",
) -> Response:
    """The run, classes by training count or in the data set's own order."""
    source = _source(session, run_id, order, cache)
    return render(request, "run.html", _context(request, session, settings, source, edit_of(source.run)))


@router.post("/runs/{run_id}/act")
def act(
    request: Request,
    run_id: RunId,
    session: WriteSession,
    action: Annotated[str, Form(pattern=f"^({'|'.join(actions.ACTIONS)})$")],
) -> Response:
    """One of the moves that the page offers."""
    actions.act(session, get_run(session, run_id), action)
    return see_other(request, run_page(run_id))


@router.post("/runs/{run_id}/continue")
def go_on(
    request: Request,
    run_id: RunId,
    database: DatabaseDep,
    settings: SettingsDep,
    epochs: Annotated[int, Form()],
) -> Response:
    """Queue a run that goes on from this one, and show it."""
    new, _ = continue_run(database, settings, run_id, read(ContinueBody, {"epochs": epochs}))
    return see_other(request, run_page(new))


@router.post("/runs/{run_id}/delete")
def delete(request: Request, run_id: RunId, database: DatabaseDep, settings: SettingsDep) -> Response:
    """Remove the run and everything it wrote."""
    delete_run(database, settings, run_id)
    return see_other(request, "/runs")


@router.post("/runs/{run_id}/edit")
def edit(
    request: Request,
    run_id: RunId,
    session: WriteSession,
    settings: SettingsDep,
    name: Annotated[str, Form()] = "",
    tags: Annotated[str, Form()] = "",
    notes: Annotated[str, Form()] = "",
) -> Response:
    """Set tags (commas between), notes and a name that is sent; as it was typed where one is refused."""
    return _changed(request, run_id, session, settings, typed_words(name, tags, notes))


@router.post("/runs/{run_id}/rename")
def rename(
    request: Request,
    run_id: RunId,
    session: WriteSession,
    settings: SettingsDep,
    name: Annotated[str, Form()] = "",
) -> Response:
    """Set the name alone; the page again, as it was typed, where it is refused."""
    return _changed(request, run_id, session, settings, {"name": name})


def _changed(
    request: Request, run_id: int, session: Session, settings: Settings, typed: Mapping[str, str]
) -> Response:
    try:
        actions.change(session, run_id, read(PatchBody, as_patch(typed)))
    except InvalidError as error:
        source = _source(session, run_id, "count")
        context = _context(request, session, settings, source, edit_of(source.run, typed, error))
        return render(request, "run.html", context, HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(request, run_page(run_id))


def _context(
    request: Request, session: Session, settings: Settings, source: Source, form: Edit
) -> Mapping[str, Any]:
    run, changing = source.run, epoch_context(session, settings, source)
    state = State(run.state)
    return {
        **changing,
        "edit": form,
        "style": setting_style(run.config),
        "order": source.order,
        "panels": _panels(source, changing["layers"]) if run.last or state in ACTIVE else {},
        "log": series_views.log(session, settings, run.id),
        "config": config_table(run.config),
        "recipes": recipes(run, str(request.base_url).rstrip("/")),
        "dataset_path": dataset_page(run.config["data"]["dataset"]),
        "twin": run_api(run.id),
        "stream": None if state in ENDED else run_api(run.id, f"stream?after={last_event_id(session)}"),
        "here": "/runs",
    }


def _source(session: Session, run_id: int, order: ClassOrder, cache: FigureCache | None = None) -> Source:
    """The figures of the run as the page shows them first, in light."""
    return Source(session, FigureRequest((run_id,), LIGHT, order), cache=cache or FigureCache())


def _panels(source: Source, layers: Sequence[LayerUnits]) -> dict[str, Panel]:
    """Empty ones hold the room of those to come. What a run did not measure has no figure."""
    has_units = bool(layers) or not source.run.last
    is_measured = bool(source.usage.spans or source.usage.epochs) or State(source.run.state) in ACTIVE
    units, machine = ("dead-relu",) if has_units else (), ("epoch-time", "usage") if is_measured else ()
    names = (*SHOWN, *units, *machine)
    return panels(source, names, run_words(source.run_id, source.request.order))


def epoch_context(session: Session, settings: Settings, source: Source) -> Mapping[str, Any]:
    """What the parts that an epoch changes are rendered from."""
    run = source.run
    names, counts = [cls.name for cls in run.classes], [cls.train_count for cls in run.classes]
    axis = class_axis(names, counts, source.request.order)
    return {
        "run": run,
        "class_order": axis.order,
        "class_groups": axis.groups,
        "table": source.classes,
        "layers": layers_of_run(session, run.id, run.config["model"]),
        "checkpoints": series_views.checkpoints(session, run.id),
        "usage": source.usage,
        "has_images": kept_file(settings.runs_dir, run.id, "test", "last") is not None,
    }


@router.get("/runs/{run_id}/parts")
def parts(
    request: Request,
    run_id: RunId,
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    order: Annotated[ClassOrder, Query()] = "count",
    theme: ThemeName = "light",
    figures: str = "",
) -> Response:
    """{html: the changed parts, figures: {name: {label, note, figure}}} of the named (commas between)."""
    source = Source(session, FigureRequest((run_id,), THEMES[theme], order), cache=cache)
    named = {name: figure_named(name) for name in filter(None, figures.split(","))}
    of_run = {name: figure for name, figure in named.items() if figure.about == "run"}
    drawn = [to_json(name) + b":" + _as_json(cached_figure(one, source)) for name, one in of_run.items()]
    html = render_text(
        "run_parts.html", {"root": root_of(request), **epoch_context(session, settings, source)}
    )
    body = b'{"html":' + to_json(html) + b',"figures":{' + b",".join(drawn) + b"}}"
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _as_json(kept: CachedFigure) -> bytes:
    return b'{"label":%b,"note":%b,"figure":%b}' % (to_json(kept.label), to_json(kept.note), kept.body)


@router.get("/runs/{run_id}/tables/{name}")
def table(
    request: Request,
    run_id: RunId,
    name: str,
    session: ReadSession,
    order: Annotated[ClassOrder, Query()] = "count",
) -> Response:
    """The data of a figure as it stands under it. Raises NotFoundError for a figure of several runs."""
    if FIGURES.get(name) is None or FIGURES[name].about != "run":
        raise NotFoundError(f"A run has no figure {name!r}.", "Its page shows those that there are.")
    it = panels(_source(session, run_id, order), (name,), run_words(run_id, order))
    (panel,) = it.values()
    context = {"table": panel.drawn.table, "title": panel.title, "csv_url": panel.csv_url}
    return HTMLResponse(render_text("run_table.html", {"root": root_of(request), **context}))


def run_words(run_id: int, order: ClassOrder) -> str:
    """The words under which the API draws the figures of a run."""
    return urlencode({"run": run_id, "order": order})
