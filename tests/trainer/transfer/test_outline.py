"""Distances to the outline and their normals: by formula, by brute force, and from the mask alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from tests.examples import at_most
from tests.trainer.transfer.drawn import AXIS, Floats, examples, some_scenes
from trainer.data.scenes import Scenes
from trainer.data.shapes import SHAPES
from trainer.transfer.tasks.outline import outline_distances, outline_normals

pytestmark = pytest.mark.slow

PIXELS = np.stack(np.meshgrid(AXIS, AXIS))
"""[2, 32, 32], to the right and down."""


def placed(name: str, **values: float) -> Scenes:
    """One scene with this shape, of which only the shape and its place mean anything."""
    row = some_scenes().at(np.array([list(SHAPES).index(name)]))
    place = {"x": 0.0, "y": 0.0, "radius": 0.7, "turn": 0.0, "stretch": 1.0} | values
    return Scenes(**vars(row) | {key: np.array([value], np.float32) for key, value in place.items()})


def degrees_apart(one: Floats, other: Floats) -> Floats:
    """Of unit vectors along the first axis."""
    return np.asarray(np.degrees(np.arccos(np.clip((one * other).sum(0), -1, 1))))


@settings(max_examples=at_most(15), deadline=None)
@given(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25), st.floats(0.45, 0.75))
def test_a_disc_by_formula(x: float, y: float, radius: float) -> None:
    scene = placed("disc", x=x, y=y, radius=radius)
    away = (PIXELS - np.array([x, y])[:, None, None]) * 16
    exact = np.hypot(*away) - 0.9 * 16 * radius
    assert np.abs(outline_distances(scene)[0] - exact).max() < 0.25
    normals = outline_normals(scene)[0]
    told = (np.hypot(*away) > 2) & (normals != 0).any(0)
    assert told.mean() > 0.95
    off = degrees_apart(normals, away / np.hypot(*away))[told]
    assert off.mean() < 5
    assert off.max() < 25


@settings(max_examples=at_most(15), deadline=None)
@given(st.floats(-0.6, 0.6), st.floats(-0.2, 0.2), st.floats(-0.2, 0.2))
def test_a_stretched_square_by_formula(turn: float, log: float, x: float) -> None:
    """Of a rectangle of half-sides a and b, the renderer's own value is not the distance; this is."""
    scene = placed("square", x=x, turn=turn, stretch=np.exp(log))
    right, down = (PIXELS - np.array([x, 0])[:, None, None]) * 16
    along, across = right * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - right * np.sin(turn)
    beyond = np.abs(np.stack([along, across])) - 0.78 * 0.7 * 16 * np.exp([log, -log])[:, None, None]
    exact = np.hypot(*np.maximum(beyond, 0)) + np.minimum(beyond.max(0), 0)
    assert np.abs(outline_distances(scene)[0] - exact).max() < 0.4


def test_every_shape_by_brute_force() -> None:
    """The shape at 160 pixels a side, by complex numbers; from each pixel to all borders between those."""
    scenes, fine = some_scenes(), (np.arange(160) + 0.5) / 80 - 1
    distances = outline_distances(scenes.at(np.arange(10)))
    for row, (shape, found) in enumerate(zip(SHAPES.values(), distances, strict=True)):
        centre = complex(scenes.x[row], scenes.y[row])
        z = (fine[None, :] + 1j * fine[:, None] - centre) * np.exp(-1j * float(scenes.turn[row]))
        u, v = z.real / scenes.stretch[row], z.imag * scenes.stretch[row]
        inside = shape(*(part.astype(np.float32) / scenes.radius[row] for part in (u, v))) < 0
        down, right = np.nonzero(inside[:, 1:] != inside[:, :-1])
        upright = np.stack([(right + 1) / 5, (down + 0.5) / 5])
        down, right = np.nonzero(inside[1:] != inside[:-1])
        level = np.stack([(right + 0.5) / 5, (down + 1) / 5])
        borders = np.concatenate([upright, level], axis=1)
        pixels = np.stack(np.meshgrid(np.arange(32) + 0.5, np.arange(32) + 0.5)).reshape(2, 1024, 1)
        nearest = np.hypot(*(pixels - borders[:, None])).min(1).reshape(32, 32)
        assert np.abs(np.abs(found) - nearest).max() < 0.35
        assert np.abs(np.abs(found) - nearest).mean() < 0.12
        assert np.array_equal(found < 0, inside[2::5, 2::5])


def test_against_the_mask_alone() -> None:
    """Distances of whole pixels, and their finite differences: coarser, so the bounds are wide.

    A crescent's horns are thinner than a pixel and in no mask.
    """
    scenes = some_scenes()
    scenes = scenes.at(scenes.labels != list(SHAPES).index("crescent"))
    distances, normals = outline_distances(scenes), outline_normals(scenes)
    assert np.array_equal(distances < 0, scenes.mask)
    for mask, distance, normal in zip(scenes.mask, distances, normals, strict=True):
        edt = ndimage.distance_transform_edt
        coarse = np.where(mask, 0.5 - edt(mask), edt(~mask) - 0.5)
        assert np.abs(distance - coarse).max() < 1.25
        assert np.abs(distance - coarse).mean() < 0.35
        slope = np.stack(np.gradient(coarse)[::-1])
        told = (np.hypot(*slope) > 0.9) & (normal != 0).any(0)
        off = degrees_apart(normal, slope / np.maximum(np.hypot(*slope), 0.1))[told]
        assert told.mean() > 0.6
        assert np.median(off) < 10
        assert np.quantile(off, 0.95) < 40


def test_normals_have_length_one_or_none() -> None:
    normals = outline_normals(some_scenes())
    lengths = np.hypot(normals[:, 0], normals[:, 1])
    assert np.abs(lengths[lengths > 0] - 1).max() < 1e-5
    assert 0 < (lengths == 0).mean() < 0.03


def test_in_the_middle_of_a_disc_there_is_no_direction() -> None:
    corner = 1 / 32
    normals = outline_normals(placed("disc", x=corner, y=corner))[0]
    assert (normals[:, 16, 16] == 0).all()
    assert normals[:, 16, 31].tolist() == pytest.approx([1, 0], abs=0.02)
    assert normals[:, 0, 16].tolist() == pytest.approx([0, -1], abs=0.02)


def test_the_targets_are_these_the_distance_cut_off() -> None:
    scenes = some_scenes().at(np.arange(20))
    distance = examples("distance", scenes).targets
    assert distance.shape == (20, 1, 32, 32)
    assert np.abs(distance).max() == 8
    kept = np.abs(outline_distances(scenes)) < 8
    assert np.array_equal(distance[:, 0][kept], outline_distances(scenes)[kept])
    assert (distance[:, 0][~kept & ~scenes.mask] == 8).all()
    normals = examples("normals", scenes).targets
    assert np.array_equal(normals, np.where(kept[:, None], outline_normals(scenes), 0))
    assert 0.5 < kept.mean() < 0.9
