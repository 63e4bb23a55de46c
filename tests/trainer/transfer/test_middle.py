"""Targets of the middle tasks, each worked out once more: from masks, or by drawing again."""

import numpy as np
import pytest
from scipy import ndimage

from tests.trainer.transfer.drawn import examples, masks, some_scenes, where
from trainer.data.scenes import Scenes, draw_scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks import TASKS
from trainer.transfer.tasks.orientation import SYMMETRY

pytestmark = pytest.mark.slow

CENTRED = ("disc", "ring", "square", "frame", "cross", "triangle", "star", "bars")
"""Shapes whose centre is that of their area."""


def whole(scenes: Scenes) -> Scenes:
    """Those whose shape does not touch the border."""
    padded = np.pad(scenes.mask[:, 1:-1, 1:-1], ((0, 0), (1, 1), (1, 1)))
    return scenes.at((padded == scenes.mask).all((1, 2)))


def test_position_is_the_middle_of_the_mask() -> None:
    scenes = whole(some_scenes(40))
    centred = scenes.at(np.isin(scenes.labels, [list(SHAPES).index(name) for name in CENTRED]))
    assert len(centred.labels) > 250
    off = []
    for found, mask in zip(examples("placement", centred).targets, centred.mask, strict=True):
        down, right = ndimage.center_of_mass(mask)
        off.append(np.hypot(*found[:2] - [right - 15.5, down - 15.5]))
    assert np.mean(off) < 0.15
    assert np.max(off) < 0.8


def test_position_of_a_tee_and_a_crescent_by_their_boxes() -> None:
    """Upright and unstretched, both reach 0.9 half-widths from the centre; a crescent's right is eaten."""
    scenes = some_scenes()
    for name, sides in (("tee", (0.9, 0.9, 0.9, 0.9)), ("crescent", (0.9, None, 0.9, 0.9))):
        scene = scenes.at(np.array([list(SHAPES).index(name)]))
        right, down, half = examples("placement", scene).targets[0]
        upright = masks(scene, 320, turn=0.0, stretch=1.0)
        rows, columns = np.flatnonzero(upright.any(1)) / 10, np.flatnonzero(upright.any(0)) / 10
        edges = (16 + right - columns.min(), columns.max() - right - 16, 16 + down - rows.min(),
                 rows.max() - down - 16)  # fmt: skip
        for edge, side in zip(edges, sides, strict=True):
            assert side is None or edge == pytest.approx(side * half, abs=0.15)


def test_size_is_told_by_the_area() -> None:
    """A stretch leaves the area; that of half-width 1 times the square of the half-width."""
    axis = np.linspace(-1.5, 1.5, 901, dtype=np.float32)
    u, v = np.meshgrid(axis, axis)
    areas = np.array([(shape(u, v) < 0).sum() * (axis[1] - axis[0]) ** 2 for shape in SHAPES.values()])
    scenes = whole(some_scenes(40))
    told = np.sqrt(scenes.mask.sum((1, 2)) / areas[scenes.labels])
    found = examples("placement", scenes).targets[:, 2]
    assert found == pytest.approx(told, rel=0.12)
    assert np.mean(found / told) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("name", SHAPES)
def test_the_order_of_symmetry_is_the_most_turns_into_itself(name: str) -> None:
    scene = some_scenes().at(np.array([list(SHAPES).index(name)]))
    at_rest = {"x": 0.0, "y": 0.0, "stretch": 1.0}
    before = masks(scene, 200, turn=0.3, **at_rest)
    into_itself = [
        turns
        for turns in range(1, 13)
        if (masks(scene, 200, turn=0.3 + 2 * np.pi / turns, **at_rest) != before).mean() < 0.003
    ]
    assert into_itself[-1] == (12 if name in ("disc", "ring") else SYMMETRY[name])


def test_round_shapes_have_no_orientation() -> None:
    counted = examples("orientation", some_scenes()).counted
    assert counted is not None
    round_ones = np.isin(some_scenes().labels, [0, 9])
    assert np.array_equal(counted, ~round_ones)


def test_orientation_by_drawing_each_turn_again() -> None:
    """The turn whose mask is nearest to the one kept, of all turns that the shape can tell apart."""
    scenes = some_scenes()
    made = examples("orientation", scenes)
    for row in (*range(1, 9), *range(41, 49)):
        scene = scenes.at(np.array([row]))
        order = SYMMETRY[list(SHAPES)[row % 10]]
        turns = np.linspace(-np.pi, np.pi, 361)
        differ = [(masks(scene, turn=turn) != scene.mask[0]).sum() for turn in turns]
        best = turns[np.flatnonzero(differ == np.min(differ))]
        off = np.angle(np.exp(1j * order * best) / complex(*made.targets[row]))
        assert np.degrees(np.abs(off)).min() < order
        assert np.degrees(np.abs(off)).max() < 4 * order


def test_segmentation_is_the_mask_and_shows_in_the_colour() -> None:
    """Where nothing lies over the shape, its inner pixels have one colour, and nothing beside it has."""
    scenes = where(some_scenes(), lambda scribbles: scribbles == 0)
    for target, clean in zip(examples("segmentation", scenes).targets[:, 0], scenes.clean, strict=True):
        depth = ndimage.distance_transform_edt(target)
        colour = clean[np.unravel_index(depth.argmax(), depth.shape)].astype(int)
        same = np.abs(clean - colour).max(-1) <= 1
        assert target[same].mean() > 0.97
        assert same[depth > 2].all()
        assert set(np.unique(target)) == {0, 1}


def test_scribbles_are_those_drawn_and_their_ceiling_those_seen() -> None:
    scenes = draw_scenes("validation", 100)
    made = examples("scribbles", scenes)
    assert np.array_equal(made.targets, scenes.scribbles)
    assert made.targets.dtype == np.int64
    seen = (scenes.scribbles == scenes.scribbles_seen).mean()
    assert seen == pytest.approx(TASKS["scribbles"].ceiling, abs=0.015)
