"""/compare/images: test images behind two settings, by who gets them right."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.comparing.figures.source import Source
from app.comparing.images.figure import confidence_scatter
from app.comparing.images.fill import asked_images, compared_images
from app.comparing.images.query import OF_COMPARISON, ImagesQuery, images_query
from app.comparing.images.view import ComparedImages
from app.figures.colours import setting_style
from app.figures.theme import LIGHT
from app.formats import count
from app.pages.image_ways import ways
from app.urls import API
from app.views.gallery.query import SIZE
from app.web.deps import ReadSession, SettingsDep
from app.web.panels import panel
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)

RANKS = (
    ("-gain", "B surer of the truth"),
    ("gain", "A surer of the truth"),
    ("-confidence", "most confident"),
    ("confidence", "least confident"),
    ("index", "number"),
)
RIGHTS = (
    ("", "any"),
    ("a", "A alone"),
    ("b", "B alone"),
    ("both", "both"),
    ("neither", "neither"),
)


@router.get("/compare/images")
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    query: Annotated[ImagesQuery, Depends(images_query)],
) -> Response:
    """The images that the address asks for; where it names no runs, those to choose."""
    if not query.compared.names_runs:
        return see_other(request, "/compare")
    source = query.source(session, settings)
    them = asked_images(source, settings, query.asked)
    view = compared_images(source, settings, them)
    address = f"{API}/compare/images"
    drawn = confidence_scatter(them, LIGHT)
    tiles = view.sheet.tiles if view.sheet else (None,) * SIZE
    context = {
        "view": view,
        "query": query,
        "asked": query.asked,
        "style": {side.label: _style(source, side.label) for side in (view.a, view.b)},
        "settings": [row.label for row in source.compared.rows if row.kind == "setting"],
        "hidden": _kept(query),
        "choices": _choices(view),
        "ranks": RANKS,
        "rights": RIGHTS,
        "shots": tuple(zip(view.items, tiles, strict=False)),
        "hard": tuple(zip(view.hard, tiles, strict=False)),
        "back": f"/compare?{query.compared.text}",
        "panel": panel(
            "compare-confidence", "Who is surer", drawn, f"{address}/figures/confidence", query.text
        ),
        "csv_url": f"{address}/figures/confidence/table.csv?{query.text}",
        "here": "/compare",
        "twin": f"{address}?{query.text}",
        **ways(query.but, query.asked.start, view.opened, view.next_from),
    }
    return render(request, "compare_images.html", context)


def _style(source: Source, label: str) -> Any:
    return next(setting_style(row.config) for row in source.compared.rows if row.label == label)


def _kept(query: ImagesQuery) -> dict[str, str]:
    """Words that the form carries on as they are."""
    shown = {"a", "b", "epoch"}
    return {name: text for name, text in query.compared.words.items() if name in OF_COMPARISON - shown}


def _choices(view: ComparedImages) -> Mapping[str, list[tuple[str, str]]]:
    return {
        side: [
            ("", "any class"),
            *((one.name, f"{one.name} ({count(getattr(one, side))})") for one in view.choices),
        ]
        for side in ("true", "predicted")
    }
