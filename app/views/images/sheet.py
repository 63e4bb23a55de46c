"""Fills sheets of images, and writes images as PNG."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from app.errors import InvalidError
from app.known import problem_of
from app.urls import API
from app.views.images.arrays import Pool
from app.views.images.view import SheetTile, SheetView
from trainer.errors import FieldProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_TILE = 64
"""Pixels; what is larger is reduced to it in a sheet, and whole by itself."""
MOST_TILES = 256
COLUMNS = 16


@dataclass(frozen=True)
class Chosen:
    """Images of a sheet in their order, and how many there are to choose from; see SheetView."""

    indices: tuple[int, ...]
    class_name: str | None
    total: int
    next_from: int | None = None


def of_numbers(pool: Pool, indices: Sequence[int]) -> Chosen:
    """The images of these numbers. Raises NotFoundError for a number of none, InvalidError for too many."""
    if len(indices) > MOST_TILES:
        problem = FieldProblem("indices", f"must be at most {MOST_TILES} numbers")
        raise InvalidError("The request was refused: indices.", fields=[problem])
    for index in indices:
        pool.check(index)
    return Chosen(tuple(indices), None, len(pool.labels))


def of_class(pool: Pool, class_name: str | None, start: int, count: int) -> Chosen:
    """`count` images from the one at place `start` on, of one class or of all, in the split's order.

    Raises InvalidError for a class that the data set does not have.
    """
    import numpy as np

    if class_name is None:
        members: NDArray[Any] = np.arange(len(pool.labels))
    else:
        members = np.flatnonzero(pool.labels == class_number(pool, class_name))
    end = start + count
    indices = tuple(members[start:end].tolist())
    return Chosen(indices, class_name, len(members), end if end < len(members) else None)


def class_number(pool: Pool, name: str) -> int:
    """Raises InvalidError for a class that the data set does not have, with the nearest."""
    names = pool.info.class_names
    if name not in names:
        unknown = problem_of(name, names)
        problem = FieldProblem("class", f"{unknown.path} {unknown.message}")
        raise InvalidError("The request was refused: class.", fields=[problem])
    return names.index(name)


def sheet_view(pool: Pool, chosen: Chosen) -> SheetView:
    """Where each image lies, and where the picture is."""
    side, names = _side(pool), pool.info.class_names
    columns = max(1, min(COLUMNS, len(chosen.indices)))
    rows = -(-len(chosen.indices) // columns)
    tiles = (
        SheetTile(
            index=index,
            class_name=names[int(pool.labels[index])],
            x=side * (at % columns),
            y=side * (at // columns),
        )
        for at, index in enumerate(chosen.indices)
    )
    return SheetView(
        dataset=pool.info.name,
        source=pool.info.source,
        split=pool.split,
        class_name=chosen.class_name,
        total=chosen.total,
        next_from=chosen.next_from,
        side=side,
        width=side * columns,
        height=side * rows,
        image=_address(pool, chosen.indices),
        tiles=tuple(tiles),
    )


def image_address(pool: Pool, index: int) -> str:
    """Where one image lies, below the root; it may be kept for ever."""
    below = f"images/{pool.split}/{index}.png"
    return f"{API}/datasets/{quote(pool.info.name)}/{below}?{urlencode({'source': pool.info.source})}"


def _address(pool: Pool, indices: Sequence[int]) -> str:
    words = {"split": pool.split, "indices": ",".join(map(str, indices)), "source": pool.info.source}
    return f"{API}/datasets/{quote(pool.info.name)}/sheet.png?{urlencode(words, safe=',')}"


def sheet_png(pool: Pool, indices: Sequence[int]) -> bytes:
    """The images side by side, 16 in a row; those of more than 64 pixels reduced."""
    import numpy as np

    side = _side(pool)
    columns = max(1, min(COLUMNS, len(indices)))
    rows = max(1, -(-len(indices) // columns))
    canvas = np.zeros((rows, side, columns, side, 3), np.uint8)
    for at, index in enumerate(indices):
        canvas[at // columns, :, at % columns] = _reduced(pool.images[index], side)
    return _png(canvas.reshape(rows * side, columns * side, 3))


def image_png(pool: Pool, index: int) -> bytes:
    """One image, pixel by pixel."""
    return _png(pool.images[index])


def _side(pool: Pool) -> int:
    return min(pool.info.image_size, LARGEST_TILE)


def _reduced(pixels: "NDArray[Any]", side: int) -> "NDArray[Any]":
    import numpy as np
    from PIL import Image

    if len(pixels) == side:
        return pixels
    return np.asarray(Image.fromarray(np.asarray(pixels)).resize((side, side), Image.Resampling.BOX))


def _png(pixels: "NDArray[Any]") -> bytes:
    import numpy as np
    from PIL import Image

    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(written, "PNG", compress_level=3)
    return written.getvalue()
