"""What the renderer says it drew, against what can be read off its images."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from tests.examples import at_most
from tests.trainer.transfer.drawn import AXIS, background, ink, some_scenes, where
from trainer.data.drawing import Drawing, Look, Placement, draw, signed_distance
from trainer.data.scenes import LOOK
from trainer.data.shapes import SHAPES
from trainer.data.synthetic import V2

pytestmark = pytest.mark.slow


def drawn(look: Look, shape: str = "square", count: int = 60, seed: int = 0) -> Drawing:
    return draw(look, SHAPES[shape], 0.3, count, np.random.RandomState(seed))


def placed(turn: float = 0.0, stretch: float = 1.0, x: float = 0.0, y: float = 0.0) -> Placement:
    values = {"x": x, "y": y, "radius": 0.7, "turn": turn, "stretch": stretch}
    return Placement(**{name: np.array([value], np.float32) for name, value in values.items()})


def test_the_mask_is_where_the_clean_image_is_rather_ink_than_background() -> None:
    """Each pixel of an image without scribbles is a mixture of both; the mask begins at one half."""
    plain = where(some_scenes(), lambda scribbles: scribbles == 0)
    assert len(plain.labels) > 30
    for clean, mask in zip(plain.clean, plain.mask, strict=True):
        _, ground = background(clean, mask)
        contrast = ink(clean, mask) - ground
        share = ((clean / 255 - ground) * contrast).sum(-1) / (contrast**2).sum(-1)
        told = np.abs(share - 0.5) > 0.1
        assert told.mean() > 0.9
        assert np.array_equal(share[told] > 0.5, mask[told])


def test_the_mask_by_complex_numbers() -> None:
    scenes = some_scenes()
    pixels = AXIS[None, :] + 1j * AXIS[:, None]
    for row, name in enumerate(SHAPES):
        centre = complex(scenes.x[row], scenes.y[row])
        turned = (pixels - centre) * np.exp(-1j * float(scenes.turn[row])) / scenes.radius[row]
        u, v = turned.real / scenes.stretch[row], turned.imag * scenes.stretch[row]
        again = SHAPES[name](u.astype(np.float32), v.astype(np.float32))
        told = np.abs(again) > 1e-4
        assert np.array_equal((again < 0)[told], scenes.mask[row][told])


@settings(max_examples=at_most(20), deadline=None)
@given(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25), st.floats(-3, 3), st.floats(-0.2, 0.2))
def test_a_disc_is_an_ellipse_where_it_is_said_to_be(x: float, y: float, turn: float, log: float) -> None:
    """By the moments of the mask: its centre, its axes and the direction of the longer one."""
    mask = signed_distance(SHAPES["disc"], placed(turn, np.exp(log), x, y), 160)[0] < 0
    down, right = (np.argwhere(mask).T + 0.5) / 80 - 1
    assert (right.mean(), down.mean()) == pytest.approx((x, y), abs=0.01)
    moments = np.cov(right, down)
    axis = np.array([np.cos(turn), np.sin(turn)])
    # the second moment of an ellipse along an axis of half-length a is a^2 / 4
    assert axis @ moments @ axis == pytest.approx((0.63 * np.exp(log)) ** 2 / 4, rel=0.03)
    across = np.array([-axis[1], axis[0]])
    assert across @ moments @ across == pytest.approx((0.63 / np.exp(log)) ** 2 / 4, rel=0.03)


def test_the_noise_is_what_lies_between_the_two_images() -> None:
    scenes = some_scenes()
    middling = (scenes.clean > 60) & (scenes.clean < 195)
    for image, clean, of, noise in zip(scenes.images, scenes.clean, middling, scenes.noise, strict=True):
        if of.sum() > 1000:
            assert (image[of].astype(float) - clean[of]).std() / 255 == pytest.approx(noise, rel=0.1)


def test_without_scribbles_there_is_only_background_beside_the_shape() -> None:
    """A crescent's horns are thinner than a pixel and in no mask."""
    plain = where(some_scenes(), lambda scribbles: scribbles == 0)
    crescent = list(SHAPES).index("crescent")
    unclipped = plain.at(np.flatnonzero((plain.clean > 0).all((1, 2, 3)) & (plain.labels != crescent)))
    assert len(unclipped.labels) > 25
    for clean, mask in zip(unclipped.clean, unclipped.mask, strict=True):
        _, ground = background(clean, mask)
        beside = ~ndimage.binary_dilation(mask, np.ones((3, 3)), iterations=2)
        assert np.abs(clean / 255 - ground)[beside].max() < 0.004


def test_scribbles_are_counted() -> None:
    """Where no shape is to be seen, on a plain ground, they are what hangs together; some touch."""
    nothing = dataclasses.replace(LOOK, radius=(1e-4, 1e-4))
    seen = drawn(nothing, count=200)
    assert sorted(set(seen.scribbles.tolist())) == [0, 1, 2, 3]
    pieces = np.array([ndimage.label(_foreign(clean), np.ones((3, 3)))[1] for clean in seen.clean])
    assert (pieces <= seen.scribbles).all()
    assert (pieces == seen.scribbles).mean() > 0.75
    assert ((pieces == 0) == (seen.scribbles == 0)).mean() > 0.98
    assert (seen.scribbles_seen == seen.scribbles).mean() > 0.98


def _foreign(clean: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """What differs from the plane that fits the rest best."""
    away = np.zeros((32, 32), bool)
    for _ in range(4):
        _, ground = background(clean, away)
        away = np.abs(clean / 255 - ground).max(-1) > 0.02
    return np.asarray(ndimage.binary_opening(away, np.ones((2, 2))))


def test_a_shape_over_all_hides_what_is_below_it() -> None:
    covered = drawn(dataclasses.replace(LOOK, radius=(9.0, 9.0)))
    assert np.array_equal(covered.scribbles_seen, covered.scribbles == 3)
    assert covered.mask.all()


def test_looks_without_variation_have_all_their_strokes() -> None:
    assert set(drawn(V2).scribbles.tolist()) == {1}
    assert set(drawn(dataclasses.replace(LOOK, strokes_vary=False)).scribbles.tolist()) == {3}
    assert (drawn(V2).scribbles_seen <= 1).all()
