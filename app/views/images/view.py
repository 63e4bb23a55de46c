"""What a sheet of a data set's images holds, and where each lies in it."""

from typing import Literal

from app.views.base import View

PoolSplit = Literal["train", "test"]
"""Of a data set; "train" are all images that runs draw their training and validation images from."""


class SheetTile(View):
    """One image: its number in the split, its class, and its upper left corner in the sheet, in pixels."""

    index: int
    class_name: str
    x: int
    y: int


class SheetView(View):
    """Images of a split in one picture. `image` is its address below the root; it may be kept for ever.

    source: identity of the data. total: images of the split, of `class_name` alone where it is not null.
    side: height and width of each tile, in pixels: the image as it is stored, or reduced to 64.
    next_from: where the next sheet begins; null after the last, and for chosen images.
    """

    dataset: str
    source: str
    split: PoolSplit
    class_name: str | None
    total: int
    next_from: int | None
    side: int
    width: int
    height: int
    image: str
    tiles: tuple[SheetTile, ...]
