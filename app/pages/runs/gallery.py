"""/runs/{id}/images: the images behind a run's figures, and one of them whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.formats import count
from app.pages.image_ways import ways
from app.urls import run_api
from app.views.gallery.fill import gallery
from app.views.gallery.query import GalleryQuery
from app.views.gallery.view import Gallery, GalleryImage, TypicalRow
from app.views.images.view import SheetTile
from app.web.deps import ReadSession, RunId, SettingsDep
from app.web.templating import render

router = APIRouter(include_in_schema=False)

SORTS = (
    ("-loss", "largest loss"),
    ("loss", "smallest loss"),
    ("-confidence", "most confident"),
    ("confidence", "least confident"),
    ("-margin", "largest margin"),
    ("margin", "smallest margin"),
    ("index", "number"),
)
PRESETS: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "Most confident mistakes",
        "wrong answers, the surest first",
        {"answer": "wrong", "sort": "-confidence"},
    ),
    ("Most doubtful hits", "right answers, the smallest margin first", {"answer": "right", "sort": "margin"}),
    ("Largest loss", "all images, the worst first", {}),
    (
        "Tail taken for head",
        "leakage: images of tail classes that were taken for head classes",
        {"true_group": "tail", "predicted_group": "head", "sort": "-confidence"},
    ),
    ("Typical of each class", "a row of middling images of each class", {"show": "typical"}),
)

Shot = tuple[GalleryImage, SheetTile | None]


@dataclass(frozen=True)
class Preset:
    """A way to look at the images, and where it leads."""

    word: str
    about: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class Typical:
    """A row of a class, its images beside their tiles, and where all of that class are."""

    row: TypicalRow
    shots: tuple[Shot, ...]
    query: str


@router.get("/runs/{run_id}/images")
def show(
    request: Request,
    run_id: RunId,
    session: ReadSession,
    settings: SettingsDep,
    query: Annotated[GalleryQuery, Depends()],
) -> Response:
    """The images that the address asks for."""
    view = gallery(session, settings, run_id, query)
    tiles = iter(view.sheet.tiles) if view.sheet else iter(())
    context = {
        "view": view,
        "query": query,
        "presets": _presets(query, view),
        "choices": {"true": _classes(view, "true"), "predicted": _classes(view, "predicted"), "sort": SORTS},
        "narrowed": _narrowed(query),
        "widened": query.but(true="", predicted="", true_group="", predicted_group="", answer=""),
        "shots": _shots(view.items, tiles),
        "typical": [_typical(row, tiles, query) for row in view.typical],
        "csv_url": f"{run_api(run_id, 'images.csv')}?{query.text}",
        "here": "/runs",
        "twin": f"{run_api(run_id, 'images')}?{query.text}",
        **ways(query.but, query.start, view.opened, view.next_from),
    }
    return render(request, "images.html", context)


def _shots(items: Iterable[GalleryImage], tiles: Iterator[SheetTile]) -> tuple[Shot, ...]:
    """Each image beside its tile, which come in the same order; without pictures beside none."""
    return tuple((one, next(tiles, None)) for one in items)


def _typical(row: TypicalRow, tiles: Iterator[SheetTile], query: GalleryQuery) -> Typical:
    return Typical(row, _shots(row.images, tiles), query.but(true=row.name, show="images"))


def _presets(query: GalleryQuery, view: Gallery) -> list[Preset]:
    """Each keeps split and epoch; leakage is one where classes differ in size alone."""
    kept = {"split": query.split, "epoch": query.epoch}
    has_groups = any(one.group for one in view.classes)
    found = []
    for word, about, words in PRESETS:
        asked = GalleryQuery(**kept, **words)  # type: ignore[arg-type]
        if has_groups or not asked.true_group:
            found.append(Preset(word, about, asked.text, query.but() == asked.text))
    return found


def _classes(view: Gallery, side: str) -> list[tuple[str, str]]:
    images = sum(getattr(one, side) for one in view.classes)
    rest = ((one.name, f"{one.name} ({count(getattr(one, side))})") for one in view.classes)
    return [("", f"any class ({count(images)})"), *rest]


def _narrowed(query: GalleryQuery) -> str:
    """What is asked for, in words; "" for all images."""
    words = (
        query.answer,
        f"{query.true_group} classes" if query.true_group else "",
        query.true,
        f"taken for {query.predicted_group} classes" if query.predicted_group else "",
        f"answered {query.predicted}" if query.predicted else "",
    )
    return ", ".join(filter(None, words))
