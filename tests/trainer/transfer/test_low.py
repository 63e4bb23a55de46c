"""Targets of the low tasks, each worked out once more from the images."""

import colorsys

import numpy as np
import pytest
from scipy import ndimage

from tests.trainer.transfer.drawn import background, examples, ink, some_scenes, where
from trainer.data.scenes import draw_scenes
from trainer.transfer.tasks.edges import sobel

pytestmark = pytest.mark.slow


def test_autoencoding_gives_back_what_it_was_given() -> None:
    scenes = some_scenes()
    made = examples("autoencoding", scenes)
    assert made.inputs is scenes.images
    for image, target in zip(made.inputs, made.targets, strict=True):
        for channel in range(3):
            np.testing.assert_allclose(target[channel] * 255, image[:, :, channel], rtol=1e-6)


def test_denoising_adds_noise_and_asks_for_the_clean_image() -> None:
    scenes = draw_scenes("test", 20)
    made = examples("denoising", scenes)
    assert np.array_equal((made.targets * 255).round().transpose(0, 2, 3, 1), scenes.clean)
    middling = (scenes.images > 90) & (scenes.images < 165)
    added = (made.inputs.astype(float) - scenes.images)[middling] / 255
    assert added.std() == pytest.approx(0.1, rel=0.02)
    assert added.mean() == pytest.approx(0, abs=0.002)
    assert (examples("denoising", scenes, seed=1).inputs != made.inputs).mean() > 0.9


def test_edges_by_scipy() -> None:
    scenes = some_scenes()
    light = scenes.clean.astype(float) @ [0.299, 0.587, 0.114] / 255
    for found, gray in zip(examples("edges", scenes).targets[:, 0], light, strict=True):
        expected = np.hypot(ndimage.sobel(gray, 0), ndimage.sobel(gray, 1)) / 8
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_edge_of_a_plain_slope_is_its_slope() -> None:
    """Three levels a pixel to the right and four down make five."""
    across, down = np.meshgrid(3 * np.arange(20), 4 * np.arange(20))
    plane = np.repeat((across + down)[None, :, :, None], 3, axis=3).astype(np.uint8)
    assert sobel(plane)[0, 1:-1, 1:-1] * 255 == pytest.approx(np.full((18, 18), 5.0), rel=1e-5)


def test_the_ramp_by_least_squares() -> None:
    """Where nothing else is drawn and nothing is clipped; a width is two half-widths."""
    plain = where(some_scenes(40), lambda scribbles: scribbles == 0)
    plain = plain.at(np.flatnonzero((plain.clean > 0).all((1, 2, 3))))
    assert len(plain.labels) > 50
    for found, clean, mask in zip(examples("ramp", plain).targets, plain.clean, plain.mask, strict=True):
        slopes, _ = background(clean, mask)
        assert found == pytest.approx(2 * slopes @ [0.299, 0.587, 0.114], abs=1.5e-3)


def test_the_hue_by_colorsys() -> None:
    """Where no scribble lies over the shape; a colour of few levels has its hue to a degree or two."""
    scenes = where(some_scenes(40), lambda scribbles: scribbles < 3)
    for found, clean, mask in zip(examples("hue", scenes).targets, scenes.clean, scenes.mask, strict=True):
        hue, saturation, _ = colorsys.rgb_to_hsv(*ink(clean, mask))
        assert saturation > 0.45
        expected = np.exp(2j * np.pi * hue)
        assert np.abs(complex(*found) - expected) < np.radians(2)
