"""convnet4: four convolution blocks, then two linear layers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, Since, about
from trainer.models.entry import Model, ModelContext
from trainer.models.specs import (
    Activation,
    ActivationName,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    Layer,
    Linear,
    ModelSpec,
    Pool,
    layered_spec,
)

if TYPE_CHECKING:
    from trainer.models.network import Network

SMALLEST_IMAGE = 16
BLOCKS = (1, 2, 4, 8)
"""Channels of the convolution blocks, and of the first linear layer the last, in widths."""


class ConvNet4Fields(Section):
    """What only convnet4 has."""

    width: Annotated[
        int,
        about("Width", "channels of the first block; the next have 2, 4 and 8 times as many, the first "
              "linear layer 8 times",
              "a block needs a channel; 256 make 42 million parameters", "channels", rare=True,
              since=Since("2026-11-26", means=32), ge=1, le=256),
    ] = 32  # fmt: skip
    activation: Annotated[
        ActivationName, about("Activation", "leaky_relu lets 1 % of a negative value through", named=False)
    ] = "relu"
    batch_norm: Annotated[
        bool,
        about("Batch norm", "after each convolution; without it the convolution has its own bias", rare=True,
              since=Since("2026-11-26", means=True)),
    ] = True  # fmt: skip
    initial_bias: Annotated[
        float | None,
        about("Initial bias", "where each bias right before an activation starts (batch norm's shift, if "
              "it has one); empty for the usual start: 0 with batch norm, else small and random",
              "beyond 100 all units start dead or all linear", rare=True,
              since=Since("2026-11-26", means=None), ge=-100, le=100),
    ] = None  # fmt: skip
    dropout_conv: Annotated[
        float,
        about("Dropout after convolutions", "share of features zeroed before the first linear layer",
              "at 1 nothing would pass", "share", rare=True, ge=0, lt=1),
    ] = 0.05  # fmt: skip
    dropout_fc: Annotated[
        float,
        about("Dropout after linear layer", "share of features zeroed before the last linear layer",
              "at 1 nothing would pass", "share", rare=True, ge=0, lt=1),
    ] = 0.10  # fmt: skip


def _specify(context: ModelContext[ConvNet4Fields]) -> ModelSpec:
    size, classes = context.image_size, context.classes
    if size < SMALLEST_IMAGE:
        raise ValueError(f"convnet4 needs images of at least {SMALLEST_IMAGE} pixels, got {size}")
    if classes < 1:
        raise ValueError(f"a classifier needs at least one class, got {classes}")
    return layered_spec("convnet4", _layers(context.fields, classes), size)


def _layers(fields: ConvNet4Fields, classes: int) -> Iterator[Layer]:
    """Pooling stands before the activation: both rise, so they commute, and a quarter of the work is left."""
    for widths in BLOCKS:
        yield Conv(widths * fields.width, kernel=3, padding=1, bias=not fields.batch_norm)
        if fields.batch_norm:
            yield BatchNorm()
        yield Pool(2)
        yield Activation(fields.activation)
    yield Flatten()
    yield Dropout(fields.dropout_conv)
    yield Linear(BLOCKS[-1] * fields.width)
    yield Activation(fields.activation)
    yield Dropout(fields.dropout_fc)
    yield Linear(classes)


def _build(context: ModelContext[ConvNet4Fields]) -> "Network":
    from trainer.models.layered import build_layered

    network = build_layered(_specify(context))
    if context.fields.initial_bias is not None:
        network.start_biases_at(context.fields.initial_bias)
    return network


MODEL = Model(
    name="convnet4",
    title="convnet4",
    original=True,
    costs=("width",),
    places={f"relu{number}": f"convolution block {number}" for number in range(1, 1 + len(BLOCKS))}
    | {f"relu{len(BLOCKS) + 1}": "linear layer"},
    short="convnet4",
    about="convnet4: four convolution blocks, two linear layers",
    fields=ConvNet4Fields,
    specify=_specify,
    build=_build,
)
