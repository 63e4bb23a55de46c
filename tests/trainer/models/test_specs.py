"""Layer specifications: published sizes, shapes and limits."""

from typing import Any

import pytest

from trainer.config import ModelConfig
from trainer.models import model_spec


def test_convnet4_has_its_published_size() -> None:
    spec = model_spec(ModelConfig(), classes=10, image_size=32)
    assert spec.parameters == 653_866
    assert [place.output for place in spec.layers if place.kind == "pool"] == [
        (32, 16, 16),
        (64, 8, 8),
        (128, 4, 4),
        (256, 2, 2),
    ]
    assert spec.layers[-1].output == (10,)


@pytest.mark.parametrize(("model", "parameters"), [
    ({"width": 256}, 41_586_954),
    ({"batch_norm": False}, 653_866 - (32 + 64 + 128 + 256)),
    ({"width": 1}, 27 + 2 + 18 + 4 + 72 + 8 + 288 + 16 + 33 * 8 + 9 * 10),
])  # fmt: skip
def test_size_by_width_and_batch_norm(model: dict[str, Any], parameters: int) -> None:
    """A batch norm has a scale and a shift a channel, the bias in its place is one number."""
    wide = model_spec(ModelConfig.model_validate(model), classes=10, image_size=32)
    assert wide.parameters == parameters


def test_each_layer_takes_what_the_one_before_gives() -> None:
    spec = model_spec(ModelConfig(), classes=7, image_size=33)
    assert spec.layers[0].input == (3, 33, 33)
    for before, after in zip(spec.layers, spec.layers[1:], strict=False):
        assert after.input == before.output


def test_multiply_adds_of_the_first_convolution_by_hand() -> None:
    first = model_spec(ModelConfig(), classes=10, image_size=32).layers[0]
    assert (first.kind, first.parameters, first.multiply_adds) == ("conv", 864, 864 * 32 * 32)


@pytest.mark.parametrize(("classes", "image_size"), [(0, 32), (10, 15)])
def test_impossible_networks_are_refused(classes: int, image_size: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        model_spec(ModelConfig(), classes, image_size)
