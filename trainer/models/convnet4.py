"""convnet4: four convolution blocks, or as many as are asked for, then two linear layers."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from trainer.config_readers import list_to_tuple
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

BLOCKS = (1, 2, 4, 8)
MOST_BLOCKS = 12


def _blocks(value: object) -> object:
    """As read from a file or a form, where nothing is the usual blocks."""
    return list_to_tuple(value) if value else BLOCKS


def _not_too_many(blocks: tuple[int, ...]) -> tuple[int, ...]:
    if len(blocks) > MOST_BLOCKS:
        raise PydanticCustomError("blocks", f"must be at most {MOST_BLOCKS} blocks")
    return blocks


def _odd(kernel: int | None) -> int | None:
    """Padding keeps the size of an image where the kernel has a middle."""
    if kernel is not None and kernel % 2 == 0:
        raise PydanticCustomError("kernel", "must be odd")
    return kernel


class ConvNet4Fields(Section):
    """What only convnet4 has."""

    width: Annotated[
        int,
        about("Width", "channels of the first block; the next have 2, 4 and 8 times as many (see Blocks), "
              "the first linear layer as many as the last",
              "a block needs a channel; 256 make 42 million parameters", "channels", rare=True,
              since=Since("2026-11-26", means=32), ge=1, le=256),
    ] = 32  # fmt: skip
    blocks: Annotated[
        tuple[Annotated[int, Field(ge=1, le=64)], ...],
        BeforeValidator(_blocks),
        about("Blocks", "channels of each convolution block, in widths: so many numbers, so many blocks",
              "a block has 1 to 64 widths", "widths", rare=True, since=Since("2026-11-30", means=[*BLOCKS])),
        AfterValidator(_not_too_many),
    ] = BLOCKS  # fmt: skip
    kernel: Annotated[
        int,
        about("Kernel", "side of each convolution's kernel, padded to keep the size of an image",
              "it is odd, to have a middle; 1 sees no neighbour", "pixels", rare=True,
              since=Since("2026-11-30", means=3), ge=1, le=11),
        AfterValidator(_odd),
    ] = 3  # fmt: skip
    pool: Annotated[
        int,
        about("Pool", "each block divides the side of an image by it; 1 leaves it",
              "at 8, two blocks take images of 64 pixels already", "pixels", rare=True,
              since=Since("2026-11-30", means=2), ge=1, le=8),
    ] = 2  # fmt: skip
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
    size, blocks, pool = context.image_size, len(context.fields.blocks), context.fields.pool
    if size < pool**blocks:
        raise ValueError(
            f"convnet4 needs images of at least {pool**blocks} pixels, got {size}: its {blocks} blocks each "
            f"divide their side by {pool}"
        )
    return layered_spec("convnet4", _layers(context.fields, context.classes), size)


def _layers(fields: ConvNet4Fields, classes: int) -> Iterator[Layer]:
    """Pooling stands before the activation: both rise, so they commute, and a quarter of the work is left."""
    for widths in fields.blocks:
        yield Conv(widths * fields.width, fields.kernel, fields.kernel // 2, bias=not fields.batch_norm)
        if fields.batch_norm:
            yield BatchNorm()
        if fields.pool > 1:
            yield Pool(fields.pool)
        yield Activation(fields.activation)
    yield Flatten()
    yield Dropout(fields.dropout_conv)
    yield Linear(fields.blocks[-1] * fields.width)
    yield Activation(fields.activation)
    yield Dropout(fields.dropout_fc)
    yield Linear(classes)


def _build(context: ModelContext[ConvNet4Fields]) -> "Network":
    from trainer.models.layered import build_layered

    network = build_layered(_specify(context))
    if context.fields.initial_bias is not None:
        network.start_biases_at(context.fields.initial_bias)
    return network


def _places(model: Mapping[str, Any]) -> dict[str, str]:
    blocks = len(model["blocks"])
    named = {f"relu{number}": f"convolution block {number}" for number in range(1, 1 + blocks)}
    return named | {f"relu{blocks + 1}": "linear layer"}


MODEL = Model(
    name="convnet4",
    title="convnet4",
    original=True,
    places=_places,
    short="convnet4",
    about="convnet4: four convolution blocks, two linear layers",
    fields=ConvNet4Fields,
    specify=_specify,
    build=_build,
)
