"""Quarters: in which of eight orders the quarters of the image were put."""

import numpy as np
from numpy.typing import NDArray

from trainer.data.cache import Images
from trainer.data.scenes import Scenes
from trainer.transfer.tasks.entry import Examples, Task
from trainer.transfer.tasks.measures import ACCURACY
from trainer.transfer.tasks.objectives import CROSS_ENTROPY

ORDERS = (
    (0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0),
    (0, 2, 3, 1), (2, 0, 1, 3), (3, 1, 0, 2), (1, 3, 2, 0),
)  # fmt: skip
"""Which quarter (0 and 1 above, 2 and 3 below) comes to each place. Even permutations: any two differ in
three places or more, no eight can in four, and each quarter comes to each place in two of them."""

TILE = 12
"""Pixels of a quarter's side that are shown."""
GRAY = 128
_HALF = 16


def _make(scenes: Scenes, random: np.random.Generator) -> Examples:
    """Each tile is cut out of its quarter at random, into a gray frame: no line goes on across a border."""
    orders = random.permutation(np.arange(len(scenes.images)) % len(ORDERS))
    corners = random.integers(0, _HALF - TILE + 1, (len(orders), 4, 2))
    put = np.full_like(scenes.images, GRAY)
    margin = (_HALF - TILE) // 2
    for place in range(4):
        tiles = _tiles(scenes.images, np.array(ORDERS)[orders, place], corners[:, place])
        top, left = (_HALF * half + margin for half in divmod(place, 2))
        put[:, top : top + TILE, left : left + TILE] = tiles
    return Examples(put, orders)


def _tiles(images: Images, quarters: NDArray[np.int64], corners: NDArray[np.int64]) -> Images:
    """Of each image the tile of this quarter [N] that begins so far in it, from above and left [N, 2]."""
    top, left = (_HALF * half + corners[:, axis] for axis, half in enumerate(divmod(quarters, 2)))
    row, rows, columns = np.ix_(np.arange(len(images)), np.arange(TILE), np.arange(TILE))
    tiles: Images = images[row, rows + top[:, None, None], columns + left[:, None, None]]
    return tiles


TASK = Task(
    name="quarters",
    title="order of the quarters",
    short="quarters",
    about="quarters: in which of eight orders the quarters of an image lie",
    source="Noroozi and Favaro 2016",
    level="self-supervised",
    kind="classes",
    outputs=tuple("".join(str(1 + quarter) for quarter in order) for order in ORDERS),
    make=_make,
    own_inputs=True,
    needs_labels=False,
    objective=CROSS_ENTROPY,
    measure=ACCURACY,
    ceiling=1.0,
    ceiling_why="all images, as far as one knows: the shape's middle tells each quarter's corner",
)
