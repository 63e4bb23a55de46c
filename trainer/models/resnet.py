"""A residual network from its shape, of torchvision's basic blocks, and its copy without batch norm."""

from copy import deepcopy
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock

from trainer.models.network import Network
from trainer.models.residual import BlockShape, Residual


class ZeroFilled(nn.Module):
    """A shortcut without parameters (option A of He et al. 2016): every second pixel, new channels zero.

    Half of the new channels stand before and half behind, as in the code of LDAM (Cao et al. 2019).
    """

    def __init__(self, shape: BlockShape) -> None:
        super().__init__()
        self.stride, new = shape.stride, shape.after - shape.before
        self.padding = (0, 0, 0, 0, new // 2, new - new // 2)

    def forward(self, images: Tensor) -> Tensor:
        """[N, before, H, W] -> [N, after, H / stride, W / stride], rounded up."""
        return F.pad(images[:, :, :: self.stride, :: self.stride], self.padding)


class ResNet(Network):
    """See `Residual`."""

    def __init__(self, residual: Residual, classes: int) -> None:
        super().__init__()
        width = residual.widths[0]
        self.conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.stages = nn.Sequential(
            *(nn.Sequential(*(_block(shape, residual.projections) for shape in stage))
              for stage in residual.stages())
        )  # fmt: skip
        self.linear = nn.Linear(residual.widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, H, W] -> logits [N, C]."""
        features = self.stages(self.relu(self.norm(self.conv(images))))
        logits: Tensor = self.linear(features.mean((2, 3)))
        return logits

    def activations(self) -> dict[str, nn.Module]:
        """After the first convolution, and after each stage's last addition."""
        ends: list[nn.Module] = [stage[-1] for stage in self.stages if isinstance(stage, nn.Sequential)]
        return {f"relu{number}": module for number, module in enumerate([self.relu, *ends], 1)}

    def folded(self) -> "ResNet":
        """An evaluation copy with each batch norm as a part of its convolution; this is left in eval mode."""
        copy = deepcopy(self.eval())
        _fold(copy, "conv", "norm")
        for block in copy.modules():
            if isinstance(block, BasicBlock):
                _fold(block, "conv1", "bn1")
                _fold(block, "conv2", "bn2")
                if isinstance(block.downsample, nn.Sequential):
                    _fold(block.downsample, "0", "1")
        return copy


def _fold(owner: nn.Module, convolution: str, norm: str) -> None:
    """Let the convolution of this name do what the batch norm behind it does."""
    setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
    setattr(owner, norm, nn.Identity())


def build_resnet(residual: Residual, classes: int, mode: Literal["fan_in", "fan_out"]) -> ResNet:
    """The network, channels-last in memory; convolutions are He-normal by this fan."""
    network = ResNet(residual, classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode=mode, nonlinearity="relu")
    return network.to(memory_format=torch.channels_last)


def _block(shape: BlockShape, projections: bool) -> BasicBlock:
    shortcut: nn.Module | None = None
    if not shape.keeps_shape and not projections:
        shortcut = ZeroFilled(shape)
    elif not shape.keeps_shape:
        projection = nn.Conv2d(shape.before, shape.after, 1, shape.stride, bias=False)
        shortcut = nn.Sequential(projection, nn.BatchNorm2d(shape.after))
    return BasicBlock(shape.before, shape.after, shape.stride, shortcut)
