"""Turned images and mixed quarters: by Pillow, by search, and what no one can tell of them."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from tests.trainer.transfer.drawn import examples, masks, some_scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks import TASKS
from trainer.transfer.tasks.quarters import ORDERS

pytestmark = pytest.mark.slow


def test_images_are_turned_against_the_clock() -> None:
    scenes = some_scenes()
    made = examples("turns", scenes)
    for image, turned, quarters in zip(scenes.images, made.inputs, made.targets, strict=True):
        assert np.array_equal(np.asarray(Image.fromarray(image).rotate(90 * int(quarters))), turned)
    assert np.bincount(made.targets).tolist() == [50] * 4


@pytest.mark.parametrize(("name", "alike"), [("disc", 4), ("ring", 4), ("square", 4), ("frame", 4),
                                             ("cross", 4), ("bars", 2)])  # fmt: skip
def test_some_shapes_look_alike_turned(name: str, alike: int) -> None:
    """A quarter of a turn is the opposite stretch, which is as likely; half a turn is nothing at all."""
    scene = some_scenes().at(np.array([list(SHAPES).index(name)]))
    turn, stretch = float(scene.turn[0]), float(scene.stretch[0])
    before = masks(scene, 100, x=0.0, y=0.0)
    half = masks(scene, 100, x=0.0, y=0.0, turn=turn + np.pi)
    quarter = masks(scene, 100, x=0.0, y=0.0, turn=turn + np.pi / 2, stretch=1 / stretch)
    assert (half != before).mean() < 0.002
    assert ((quarter != before).mean() < 0.002) == (alike == 4)


def test_the_ceiling_of_turns_is_what_these_shapes_leave() -> None:
    assert TASKS["turns"].ceiling == pytest.approx((5 * 1 / 4 + 1 * 1 / 2 + 4 * 1) / 10)


def test_each_tile_comes_from_the_quarter_that_its_order_says() -> None:
    scenes = some_scenes().at(np.arange(40))
    made = examples("quarters", scenes)
    for image, mixed, order in zip(scenes.images, made.inputs, made.targets, strict=True):
        found = []
        for top, left in ((2, 2), (2, 18), (18, 2), (18, 18)):
            tile = mixed[top : top + 12, left : left + 12]
            places = [(y, x) for y in range(21) for x in range(21)
                      if np.array_equal(image[y : y + 12, x : x + 12], tile)]  # fmt: skip
            [(y, x)] = places
            assert y % 16 <= 4
            assert x % 16 <= 4
            found.append(2 * (y // 16) + x // 16)
        assert tuple(found) == ORDERS[order]
        assert TASKS["quarters"].outputs[order] == "".join(str(1 + quarter) for quarter in found)


def test_tiles_lie_apart_in_gray_and_begin_anywhere() -> None:
    scenes = some_scenes()
    made = examples("quarters", scenes)
    mixed = made.inputs
    frame = np.ones((32, 32), bool)
    for rows in (slice(2, 14), slice(18, 30)):
        for columns in (slice(2, 14), slice(18, 30)):
            frame[rows, columns] = False
    assert (mixed[:, frame] == 128).all()
    assert (mixed[:, ~frame] != 128).any(-1).mean() > 0.9
    starts = [
        {(y, x) for y in range(5) for x in range(5)
         if np.array_equal(image[y : y + 12, x : x + 12], tiled[2:14, 2:14])}
        for image, tiled, order in zip(scenes.images, mixed, made.targets, strict=True)
        if ORDERS[order][0] == 0
    ]  # fmt: skip
    assert len(set.union(*starts)) > 15


def test_the_orders_are_far_apart_and_fair() -> None:
    for one, other in combinations(ORDERS, 2):
        assert sum(a != b for a, b in zip(one, other, strict=True)) >= 3
    for place in range(4):
        assert sorted(order[place] for order in ORDERS) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert np.bincount(examples("quarters", some_scenes()).targets).tolist() == [25] * 8
