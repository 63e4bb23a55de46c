"""The torch module of a ModelSpec, and its copy for evaluation with batch norm folded away.

Weights start as torch's own defaults make them (Kaiming-uniform with a = sqrt(5); batch norm at scale 1 and
shift 0), except for biases that the configuration sets and the last one of the sigmoid form. Nothing here
knows a network by name.
"""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from trainer.models.specs import (
    Activation,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    LayerSpec,
    Linear,
    ModelSpec,
    Pool,
)

LEAKY_SLOPE = 0.01


def build_network(spec: ModelSpec) -> nn.Sequential:
    """The network of `spec`: float32 images [N, 3, H, W] -> logits [N, C]; channels-last in memory."""
    named = OrderedDict((f"{place.kind}{number}", _module(place)) for number, place in enumerate(spec.layers))
    return nn.Sequential(named).to(memory_format=torch.channels_last)


def last_linear(network: nn.Sequential) -> nn.Linear:
    """The layer that makes the logits."""
    linear = network[-1]
    assert isinstance(linear, nn.Linear), "a network ends with a linear layer"
    return linear


def last_bias(network: nn.Sequential) -> nn.Parameter:
    """The bias of the layer that makes the logits."""
    return last_linear(network).bias


def start_at_prior(network: nn.Sequential) -> None:
    """Let each sigmoid start at 1/C: last bias -log(C - 1) (Cui et al. 2019, section 4). C = 1 stays."""
    bias = last_bias(network)
    if len(bias) > 1:
        nn.init.constant_(bias, -math.log(len(bias) - 1))


def start_biases_at(network: nn.Sequential, value: float) -> None:
    """Set each bias right before an activation: batch norm's shift, else that of the layer with weights."""
    bias: Tensor | None = None
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            bias = layer.bias
        elif isinstance(layer, nn.ReLU | nn.LeakyReLU) and bias is not None:
            nn.init.constant_(bias, value)


def folded(network: nn.Sequential) -> nn.Sequential:
    """An evaluation copy: the same function as `network` in eval mode, in fewer passes over memory.

    Each batch norm becomes part of the convolution before it, dropout goes. The copy keeps the weights of
    this moment; `network` is left in eval mode.
    """
    network.eval()
    kept: list[nn.Module] = []
    for layer in network:
        if isinstance(layer, nn.BatchNorm2d) and kept and isinstance(kept[-1], nn.Conv2d):
            kept[-1] = fuse_conv_bn_eval(kept[-1], layer)
        elif not isinstance(layer, nn.Dropout):
            kept.append(layer)
    return nn.Sequential(*kept).eval()


def _module(place: LayerSpec) -> nn.Module:
    match place.layer:
        case Conv(channels, kernel, padding, bias):
            return nn.Conv2d(place.input[0], channels, kernel, padding=padding, bias=bias)
        case BatchNorm():
            return nn.BatchNorm2d(place.input[0])
        case Pool(size):
            return nn.MaxPool2d(size)
        case Activation("leaky_relu"):
            return nn.LeakyReLU(LEAKY_SLOPE, inplace=True)
        case Activation():
            return nn.ReLU(inplace=True)
        case Flatten():
            return nn.Flatten()
        case Dropout(rate):
            return nn.Dropout(rate)
        case Linear(features):
            return nn.Linear(place.input[0], features)
