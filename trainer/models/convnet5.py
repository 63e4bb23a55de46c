"""convnet5: the plain network of TensorFlow's tutorial on CIFAR-10: three convolutions, two linear layers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trainer.config_section import Section
from trainer.models.entry import Model, ModelContext
from trainer.models.specs import Activation, Conv, Flatten, Layer, Linear, ModelSpec, Pool, layered_spec

if TYPE_CHECKING:
    from trainer.models.network import Network

SMALLEST_IMAGE = 18


def _specify(context: ModelContext[Section]) -> ModelSpec:
    if context.image_size < SMALLEST_IMAGE:
        raise ValueError(
            f"convnet5 needs images of at least {SMALLEST_IMAGE} pixels, got {context.image_size}: its "
            "convolutions are not padded"
        )
    return layered_spec("convnet5", _layers(context.classes), context.image_size)


def _layers(classes: int) -> Iterator[Layer]:
    """Pooling stands before the activation, with which it commutes."""
    for channels in (32, 64):
        yield Conv(channels, kernel=3, padding=0, bias=True)
        yield Pool(2)
        yield Activation("relu")
    yield Conv(64, kernel=3, padding=0, bias=True)
    yield Activation("relu")
    yield Flatten()
    yield Linear(64)
    yield Activation("relu")
    yield Linear(classes)


def _build(context: ModelContext[Section]) -> "Network":
    from trainer.models.layered import build_layered

    return build_layered(_specify(context))


MODEL = Model(
    name="convnet5",
    title="convnet5",
    short="convnet5",
    about="convnet5: three convolutions of 32, 64 and 64 channels, two linear layers, no batch norm",
    source="TensorFlow's tutorial Convolutional Neural Network (CNN)",
    places=lambda _model: (
        {f"relu{number}": f"convolution {number}" for number in (1, 2, 3)} | {"relu4": "linear layer"}
    ),
    fields=Section,
    specify=_specify,
    build=_build,
)
