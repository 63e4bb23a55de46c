"""A network that is one layer after another, from its specification, and its copy without batch norm.

Weights start as torch's own defaults make them (Kaiming-uniform with a = sqrt(5); batch norm at scale 1 and
shift 0), except for biases that the configuration sets and the last one of the sigmoid form.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from trainer.models.network import Network
from trainer.models.specs import (
    Activation,
    Add,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    GlobalPool,
    LayerSpec,
    Linear,
    ModelSpec,
    Pool,
)

LEAKY_SLOPE = 0.01


class LayeredNetwork(Network, nn.Sequential):
    """The layers in order; what each is called in checkpoints is its kind and its place."""

    def start_biases_at(self, value: float) -> None:
        """Set each bias right before an activation: batch norm's, else that of the layer with weights."""
        bias: Tensor | None = None
        for layer in self:
            if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                bias = layer.bias
            elif isinstance(layer, nn.ReLU | nn.LeakyReLU) and bias is not None:
                nn.init.constant_(bias, value)

    def folded(self) -> "LayeredNetwork":
        """An evaluation copy: the same function as this network in eval mode, in fewer passes over memory.

        Each batch norm becomes part of the convolution before it, dropout goes. The copy keeps the weights of
        this moment; the network is left in eval mode.
        """
        self.eval()
        kept: list[nn.Module] = []
        for layer in self:
            if isinstance(layer, nn.BatchNorm2d) and kept and isinstance(kept[-1], nn.Conv2d):
                kept[-1] = fuse_conv_bn_eval(kept[-1], layer)
            elif not isinstance(layer, nn.Dropout):
                kept.append(layer)
        return LayeredNetwork(*kept).eval()


def build_layered(spec: ModelSpec) -> LayeredNetwork:
    """The network of `spec`; channels-last in memory."""
    named = OrderedDict((f"{place.kind}{number}", _module(place)) for number, place in enumerate(spec.layers))
    return LayeredNetwork(named).to(memory_format=torch.channels_last)


def _module(place: LayerSpec) -> nn.Module:
    match place.layer:
        case Conv(channels, kernel, padding, bias, stride):
            return nn.Conv2d(place.input[0], channels, kernel, stride, padding, bias=bias)
        case BatchNorm():
            return nn.BatchNorm2d(place.input[0])
        case Pool(size):
            return nn.MaxPool2d(size)
        case GlobalPool():
            return nn.AdaptiveAvgPool2d(1)
        case Activation("leaky_relu"):
            return nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
        case Activation():
            return nn.ReLU(inplace=True)
        case Flatten():
            return nn.Flatten()
        case Dropout(rate):
            return nn.Dropout(rate)
        case Linear(features, bias):
            return nn.Linear(place.input[0], features, bias=bias)
        case Add():
            raise ValueError("what goes around a block is no part of layers one after another")
