"""The networks of the tasks: one encoder for all, a small head for each kind of target, the two controls.

The encoder is convnet4's convolutions, so its weights fit those of a run; features are [N, 128, 2, 2] at the
default width. Features of several sources stand side by side as channels, and a head takes any number.
"""

from itertools import pairwise, takewhile

from torch import Tensor, nn

from trainer.data.drawing import SIZE
from trainer.models.convnet4 import MODEL, ConvNet4Fields
from trainer.models.entry import ModelContext
from trainer.models.layered import LayeredNetwork, build_layered
from trainer.models.specs import ModelSpec
from trainer.transfer.between_tasks.config import WIDTH
from trainer.transfer.tasks.entry import Kind

PLACES = 2
"""Height and width of the features."""
PIXEL_CHANNELS = 3 * (SIZE // PLACES) ** 2
"""Channels of raw pixels in that shape: 768."""

_HIDDEN = 64
_NARROWING = (64, 32, 16, 16)
"""Channels of a map on its way up; each step doubles height and width."""


def encoder(width: int = WIDTH) -> LayeredNetwork:
    """Float32 images [N, 3, 32, 32] -> features [N, 8 width, 2, 2], the last activation's.

    97,680 parameters at width 16. Raises ValueError for a width that convnet4 refuses.
    """
    context = ModelContext(fields=ConvNet4Fields(width=width), classes=1, image_size=SIZE)
    layers = takewhile(lambda place: place.kind != "flatten", MODEL.specify(context).layers)
    return build_layered(ModelSpec("encoder", tuple(layers)))


def channels_of(width: int = WIDTH) -> int:
    """Channels of an encoder's features."""
    return 8 * width


def raw_pixels() -> nn.Module:
    """Images [N, 3, 32, 32] -> the same numbers as features [N, 768, 2, 2], each quarter's in its place."""
    return nn.PixelUnshuffle(SIZE // PLACES)


def head(kind: Kind, channels: int, outputs: int) -> nn.Sequential:
    """Features [N, channels, 2, 2] -> [N, outputs], or of a map [N, outputs, 32, 32].

    The same for a network that is trained on a task and for a readout of frozen features. Parameters for 128
    channels: 32,832 + 65 outputs for numbers and classes, 33,792 + 580 outputs for a map.
    """
    return _map_head(channels, outputs) if kind == "map" else _vector_head(channels, outputs)


class TaskNetwork(nn.Module):
    """An encoder with the head of a task: images [N, 3, 32, 32] -> its outputs."""

    def __init__(self, encoder: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """The outputs."""
        outputs: Tensor = self.head(self.encoder(images))
        return outputs


def _vector_head(channels: int, outputs: int) -> nn.Sequential:
    """From flat features, since where something lies is told by place."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * PLACES**2, _HIDDEN),
        nn.ReLU(inplace=True),
        nn.Linear(_HIDDEN, outputs),
    )


def _map_head(channels: int, outputs: int) -> nn.Sequential:
    """Up from 2 x 2 by repeated pixels and convolutions; the last doubling rearranges channels.

    (Shi et al. 2016: a convolution at a quarter of the places costs a quarter.)
    """
    layers = _normed(nn.Conv2d(channels, _NARROWING[0], 1, bias=False))
    for before, after in pairwise(_NARROWING):
        layers.append(nn.Upsample(scale_factor=2))
        layers += _normed(nn.Conv2d(before, after, 3, padding=1, bias=False))
    layers += [nn.Conv2d(_NARROWING[-1], 4 * outputs, 3, padding=1), nn.PixelShuffle(2)]
    return nn.Sequential(*layers)


def _normed(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True)]
