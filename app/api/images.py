"""/datasets/{name}/images and /sheet: a data set's images as PNG, one by one or many at once."""

from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import Response

from app.schema_types import LARGEST_ID
from app.schemas import numbers
from app.settings import Settings
from app.urls import API
from app.views.images.arrays import Pool, pool_of, stored_arrays
from app.views.images.sheet import (
    MOST_TILES,
    Chosen,
    image_png,
    of_class,
    of_numbers,
    sheet_png,
    sheet_view,
)
from app.views.images.view import PoolSplit, SheetView
from app.web.answers import answer
from app.web.deps import SettingsDep

router = APIRouter(prefix=f"{API}/datasets/{{name}}", tags=["images"])

FOR_EVER = "private, max-age=31536000, immutable"

Name = Annotated[str, Path(max_length=80, description="Such as cifar10, or folder:NAME.")]
Source = Annotated[
    str | None, Query(max_length=200, description="Which images are meant: their source, as /datasets tells.")
]
Index = Annotated[int, Path(ge=0, le=LARGEST_ID, description="Number in the split, from 0.")]
Held = Annotated[str, Header(alias="If-None-Match")]


@dataclass(frozen=True)
class SheetQuery:
    """Chosen images by their numbers; or those of a class, or all, from a place on."""

    split: PoolSplit = "test"
    class_name: Annotated[str | None, Query(alias="class", max_length=200, description="Its name.")] = None
    start: Annotated[int, Query(alias="from", ge=0, le=LARGEST_ID, description="Images to pass over.")] = 0
    count: Annotated[int, Query(ge=1, le=MOST_TILES, description="Images at most.")] = 64
    indices: Annotated[
        str, Query(max_length=4000, description="Numbers in the split, such as 5,0,17, in place of the rest.")
    ] = ""
    source: Source = None

    def chosen(self, settings: Settings, name: str) -> tuple[Pool, Chosen]:
        """The split, and the images meant. Raises NotFoundError and InvalidError."""
        pool = pool_of(stored_arrays(settings, name, self.source), self.split)
        if self.indices:
            return pool, of_numbers(pool, numbers(self.indices, "indices", "numbers of images"))
        return pool, of_class(pool, self.class_name, self.start, self.count)


Asked = Annotated[SheetQuery, Depends()]


@router.get("/images/{split}/{index}.png", response_class=Response)
def image(
    name: Name,
    split: PoolSplit,
    index: Index,
    settings: SettingsDep,
    source: Source = None,
    if_none_match: Held = "",
) -> Response:
    """One image as a network is shown it, pixel by pixel; to be kept for ever where `source` says which."""
    pool = pool_of(stored_arrays(settings, name, source), split)
    pool.check(index)
    headers = _kept(source, pool.info.source, split, index)
    if headers["ETag"] in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(image_png(pool, index), headers=headers, media_type="image/png")


@router.get("/sheet", response_model=SheetView)
def sheet(name: Name, settings: SettingsDep, asked: Asked) -> Response:
    """Which images a sheet holds, where each lies in it, and the address of the sheet itself."""
    return answer(sheet_view(*asked.chosen(settings, name)))


@router.get("/sheet.png", response_class=Response)
def sheet_image(name: Name, settings: SettingsDep, asked: Asked, if_none_match: Held = "") -> Response:
    """The sheet: tiles of at most 64 pixels, 16 in a row."""
    pool, chosen = asked.chosen(settings, name)
    headers = _kept(asked.source, pool.info.source, asked.split, *chosen.indices)
    if headers["ETag"] in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(sheet_png(pool, chosen.indices), headers=headers, media_type="image/png")


def _kept(asked: str | None, source: str, *which: object) -> dict[str, str]:
    """Headers of a picture that `source` and `which` say whole."""
    tag = sha256(repr((source, *which)).encode()).hexdigest()[:24]
    return {"ETag": f'"{tag}"', "Cache-Control": FOR_EVER if asked else "private, no-cache"}
