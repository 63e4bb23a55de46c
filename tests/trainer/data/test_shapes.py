"""The shapes fill what they should, stay inside, and differ from their doubles."""

import numpy as np
import pytest

from trainer.data.shapes import SHAPES


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_in_the_image_and_stays_inside(name: str) -> None:
    axis = ((2 * np.arange(96) + 1) / 96 - 1).astype(np.float32) * 1.5
    inside = SHAPES[name](np.broadcast_to(axis, (96, 96)), np.broadcast_to(axis[:, None], (96, 96))) < 0
    assert 0.05 < inside.mean() < 0.40
    border = np.abs(axis) > 1.3
    assert not inside[border].any()
    assert not inside[:, border].any()


def test_shapes_differ_from_their_doubles_where_they_should() -> None:
    axis = ((2 * np.arange(96) + 1) / 96 - 1).astype(np.float32)
    u, v = np.broadcast_to(axis, (96, 96)), np.broadcast_to(axis[:, None], (96, 96))
    inside = {name: shape(u, v) < 0 for name, shape in SHAPES.items()}
    assert inside["disc"][48, 48]
    assert not inside["ring"][48, 48]
    assert inside["square"][48, 48]
    assert not inside["frame"][48, 48]
    assert inside["cross"][80, 48]
    assert inside["tee"][80, 48]
    assert not inside["tee"][48, 10]
