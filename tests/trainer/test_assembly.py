"""The optimizer's step against the formula, and what is spared from weight decay."""

import pytest
import torch
from torch import nn

from trainer.assembly import build_sgd, set_learning_rate
from trainer.config import OptimConfig


def test_two_steps_follow_the_formula() -> None:
    """v <- m v + (g + wd w); w <- w - lr v, without Nesterov or dampening."""
    layer = nn.Linear(1, 1, bias=False)
    weight, velocity = 2.0, 0.0
    nn.init.constant_(layer.weight, weight)
    optimizer = build_sgd(layer, OptimConfig(learning_rate=0.1, momentum=0.9, weight_decay=0.01), None)
    for rate, gradient in ((0.1, 3.0), (0.05, -1.0)):
        set_learning_rate(optimizer, rate)
        layer.weight.grad = torch.full_like(layer.weight, gradient)
        optimizer.step()
        velocity = 0.9 * velocity + gradient + 0.01 * weight
        weight -= rate * velocity
        assert layer.weight.item() == pytest.approx(weight)


def test_weight_decay_spares_only_the_given_bias() -> None:
    layer = nn.Linear(2, 2)
    nn.init.ones_(layer.weight)
    nn.init.ones_(layer.bias)
    optimizer = build_sgd(layer, OptimConfig(learning_rate=1.0, weight_decay=0.5), layer.bias)
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    assert layer.weight.flatten().tolist() == [0.5] * 4
    assert layer.bias.tolist() == [1.0] * 2


def test_a_new_rate_reaches_every_group() -> None:
    layer = nn.Linear(2, 2)
    optimizer = build_sgd(layer, OptimConfig(), layer.bias)
    set_learning_rate(optimizer, 0.03)
    assert [group["lr"] for group in optimizer.param_groups] == [0.03, 0.03]


@pytest.mark.parametrize("nesterov", [False, True])
def test_nesterov_looks_ahead_by_the_momentum(nesterov: bool) -> None:
    """By hand, of f(w) = w^2 / 2: v <- m v + g; w <- w - r (g + m v), or without it w <- w - r v."""
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 1.0)
    optim = OptimConfig(learning_rate=0.1, momentum=0.5, weight_decay=0.0, nesterov=nesterov)
    optimizer = build_sgd(layer, optim, None)
    w, v = 1.0, 0.0
    for _ in range(4):
        layer.weight.grad = layer.weight.detach().clone()  # of w^2 / 2
        optimizer.step()
        v = 0.5 * v + w
        w -= 0.1 * (w + 0.5 * v if nesterov else v)
        assert layer.weight.item() == pytest.approx(w, rel=1e-6)
