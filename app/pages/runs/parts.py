"""/runs/{id}/parts and /tables: what an open page asks for after an epoch, in place of the whole page."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic_core import to_json
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from app.comparing.dead_relu.fill import layers_of_run
from app.comparing.figures.cache import CachedFigure, cached_figure
from app.comparing.figures.registry import FIGURES, figure_named
from app.comparing.figures.source import FigureRequest, Source
from app.errors import NotFoundError
from app.figures.class_axis import ClassOrder, class_axis
from app.figures.theme import LIGHT, THEMES
from app.views.series import fill as series_views
from app.web.deps import FiguresDep, ReadSession, RunId
from app.web.panels import panels
from app.web.templating import render_text, root_of

router = APIRouter(include_in_schema=False)

ThemeName = Annotated[str, Query(pattern=f"^({'|'.join(THEMES)})$")]


def epoch_context(session: Session, source: Source) -> Mapping[str, Any]:
    """What the parts that an epoch changes are rendered from."""
    run = source.run
    names, counts = [cls.name for cls in run.classes], [cls.train_count for cls in run.classes]
    axis = class_axis(names, counts, source.request.order)
    return {
        "run": run,
        "class_order": axis.order,
        "class_groups": axis.groups,
        "table": source.classes,
        "layers": layers_of_run(session, run.id, run.config["model"]["name"]),
        "checkpoints": series_views.checkpoints(session, run.id),
    }


@router.get("/runs/{run_id}/parts")
def parts(
    request: Request,
    run_id: RunId,
    session: ReadSession,
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
    html = render_text("run_parts.html", {"root": root_of(request), **epoch_context(session, source)})
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
    it = panels(Source(session, FigureRequest((run_id,), LIGHT, order)), (name,), run_words(run_id, order))
    (panel,) = it.values()
    context = {"table": panel.drawn.table, "title": panel.title, "csv_url": panel.csv_url}
    return HTMLResponse(render_text("run_table.html", {"root": root_of(request), **context}))


def run_words(run_id: int, order: ClassOrder) -> str:
    """The words under which the API draws the figures of a run."""
    return urlencode({"run": run_id, "order": order})
