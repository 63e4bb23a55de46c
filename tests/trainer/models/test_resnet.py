"""Residual networks against torchvision's whole network and against the paper's formula, written anew."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import resnet18

from tests.trainer.models.test_models import built, stirred
from trainer.models.resnet import ResNet

pytestmark = pytest.mark.slow


def residual(fields: dict[str, object]) -> ResNet:
    made = stirred(built(fields), 32)
    assert isinstance(made, ResNet)
    return made.eval()


def by_formula(network: ResNet, images: Tensor) -> Tensor:
    """He et al. 2016, section 4.2: x + f(x) in three stages, x subsampled by 2 where a stage begins."""
    values = list(network.state_dict().values())

    def normed(features: Tensor, stride: int) -> Tensor:
        weight, scale, shift, mean, variance, _ = (values.pop(0) for _ in range(6))
        made = F.conv2d(features, weight, stride=stride, padding=1)
        return F.batch_norm(made, mean, variance, scale, shift)

    features = normed(images, 1).relu()
    while len(values) > 2:
        stride = 2 if values[0].shape[0] > features.shape[1] else 1
        inner = normed(normed(features, stride).relu(), 1)
        kept = features[:, :, ::stride, ::stride]
        margin = torch.zeros_like(kept[:, : (inner.shape[1] - kept.shape[1]) // 2])
        features = (torch.cat([margin, kept, margin], 1) + inner).relu()
    weight, bias = values
    return F.linear(features.flatten(2).mean(2), weight, bias)


@pytest.mark.parametrize("depth", [8, 20, 32])
@pytest.mark.parametrize("size", [32, 21])
def test_the_network_for_cifar_is_the_paper_s(depth: int, size: int) -> None:
    network, images = residual({"name": "resnet_cifar", "depth": depth}), torch.randn(3, 3, size, size)
    with torch.inference_mode():
        torch.testing.assert_close(network(images), by_formula(network, images), rtol=1e-4, atol=1e-4)


def test_resnet18_is_torchvision_s_with_another_beginning() -> None:
    network = residual({"name": "resnet18"})
    theirs = resnet18(num_classes=10)
    theirs.conv1, theirs.maxpool = nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.Identity()
    ours, names = list(network.state_dict().values()), list(theirs.state_dict())
    theirs.load_state_dict(dict(zip(names, ours, strict=True)))
    images = torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(network(images), theirs.eval()(images), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "fan"), [("resnet_cifar", 1), ("resnet18", 0)])
def test_convolutions_start_he_normal(name: str, fan: int) -> None:
    """sqrt(2 / fan) of what goes in (the paper) or out (torchvision), of the widest convolution."""
    widest = [module for module in built({"name": name}).modules() if isinstance(module, nn.Conv2d)][-1]
    deviation = math.sqrt(2 / (widest.weight.shape[fan] * widest.weight[0, 0].numel()))
    assert widest.weight.std().item() == pytest.approx(deviation, rel=0.05)
    first = next(module for module in built({"name": name}).modules() if isinstance(module, nn.Conv2d))
    channels = (first.weight.shape[0], 3)[fan]
    assert first.weight.std().item() == pytest.approx(math.sqrt(2 / (9 * channels)), rel=0.2)


def test_each_named_activation_is_what_ends_a_stage() -> None:
    network = residual({"name": "resnet_cifar", "depth": 14})
    kept: dict[str, Tensor] = {}
    for name, module in network.activations().items():
        module.register_forward_hook(lambda _m, _i, out, name=name: kept.update({name: out.clone()}))
    with torch.inference_mode():
        logits = network(torch.randn(2, 3, 32, 32))
        again = network.head(kept["relu4"].mean((2, 3)))
    assert [tuple(out.shape[1:]) for out in kept.values()] == [
        (16, 32, 32), (16, 32, 32), (32, 16, 16), (64, 8, 8),
    ]  # fmt: skip
    torch.testing.assert_close(again, logits)
    assert all(out.min() == 0 for out in kept.values())


def test_weights_lie_channels_last() -> None:
    convolutions = [
        module for module in built({"name": "resnet18"}).modules() if isinstance(module, nn.Conv2d)
    ]
    assert all(one.weight.is_contiguous(memory_format=torch.channels_last) for one in convolutions)
