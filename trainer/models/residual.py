"""Residual networks of basic blocks (two 3 x 3 convolutions), without torch: their shape and specification.

`trainer.models.resnet` builds what is specified here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from trainer.models.specs import (
    Activation,
    Add,
    BatchNorm,
    Conv,
    Flatten,
    GlobalPool,
    Layer,
    Linear,
    ModelSpec,
    layered_spec,
)


@dataclass(frozen=True)
class BlockShape:
    """A basic block: channels in and out, and the stride of its first convolution."""

    before: int
    after: int
    stride: int

    @property
    def keeps_shape(self) -> bool:
        """Whether what goes in can be added to what comes out as it is."""
        return self.stride == 1 and self.before == self.after


@dataclass(frozen=True)
class Residual:
    """A 3 x 3 convolution to the first width, stages of blocks, a mean over positions and a linear layer.

    widths: channels of each stage; the first block of each but the first halves the side of the image.
    projections: whether a shortcut to another shape is a 1 x 1 convolution with batch norm, else it is
    subsampled and filled up with zeros.
    """

    widths: tuple[int, ...]
    blocks_per_stage: int
    projections: bool

    def stages(self) -> Iterator[tuple[BlockShape, ...]]:
        """The blocks of each stage."""
        before = self.widths[0]
        for number, width in enumerate(self.widths):
            first = BlockShape(before, width, 2 if number else 1)
            yield (first, *(BlockShape(width, width, 1) for _ in range(self.blocks_per_stage - 1)))
            before = width

    def specify(self, name: str, classes: int, image_size: int) -> ModelSpec:
        """Its layers from image to logits, shortcuts where they are added."""
        return layered_spec(name, self._layers(classes), image_size)

    def _layers(self, classes: int) -> Iterator[Layer]:
        yield from _activated(self.widths[0], 1)
        for block in (block for stage in self.stages() for block in stage):
            yield from _activated(block.after, block.stride)
            yield _conv(block.after, 1)
            yield BatchNorm()
            yield Add(block.before if self.projections and not block.keeps_shape else None)
            yield Activation("relu")
        yield GlobalPool()
        yield Flatten()
        yield Linear(classes)

    def places(self) -> dict[str, str]:
        """Its activations that are named, in words: after the first convolution, and after each stage."""
        stages = {f"relu{number + 1}": f"end of stage {number}" for number in range(1, 1 + len(self.widths))}
        return {"relu1": "first convolution"} | stages


def _activated(channels: int, stride: int) -> tuple[Layer, ...]:
    return _conv(channels, stride), BatchNorm(), Activation("relu")


def _conv(channels: int, stride: int) -> Conv:
    return Conv(channels, kernel=3, padding=1, bias=False, stride=stride)
