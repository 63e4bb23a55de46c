"""The 2 x 2 of weights and scale, and that a smaller rate with more decay is a multiplied loss."""

import pytest
import torch
from torch import Tensor

from tests.trainer.losses.made import criterion_of
from trainer.assembly import build_sgd, set_learning_rate
from trainer.config import RunConfig, as_json, config_hash, merge, parse_config
from trainer.config_fields import flatten
from trainer.control import at_mean_one, control_of, scaled_to, unweighted
from trainer.errors import ConfigError
from trainer.losses import head_of
from trainer.schedules import learning_rates
from trainer.weighting import applied_weights, mean_weight

COUNTS = (60, 20, 4)


def config(**loss: object) -> RunConfig:
    focal = {"name": "focal", "gamma": 2.0, "weighting": "class_balanced", "beta": 0.99}
    optim = {"epochs": 6, "milestones": [3, 5], "warmup_epochs": 2, "learning_rate": 0.05}
    optim |= {"weight_decay": 0.01}
    return parse_config({"loss": focal | loss, "optim": optim, "seed": 3})


def trained(run: RunConfig, scale: float, weights: tuple[float, ...] | None) -> list[Tensor]:
    """Parameters after training on given batches in float64, the loss multiplied by `scale`."""
    torch.manual_seed(0)
    head = torch.nn.Linear(8, 3)
    network = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), head).double()
    undecayed = head.bias if head_of(run.loss).kind == "prior" else None
    optimizer = build_sgd(network, run.optim, undecayed)
    per_image = criterion_of(run.loss, None).per_image
    generator = torch.Generator().manual_seed(1)
    for rate in learning_rates(run.optim):
        set_learning_rate(optimizer, rate)
        for _ in range(7):
            images = torch.randn(16, 5, generator=generator, dtype=torch.float64)
            labels = torch.randint(3, (16,), generator=generator)
            losses = per_image(network(images), labels)
            if weights is not None:
                losses = losses * torch.tensor(weights, dtype=torch.float64)[labels]
            optimizer.zero_grad()
            loss: Tensor = scale * losses.mean()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return [parameter.detach().clone() for parameter in network.parameters()]


@pytest.mark.parametrize("probability", ["softmax", "sigmoid"])
@pytest.mark.parametrize("mean", [0.22, 0.9, 1.7])
def test_scaled_to_is_the_multiplied_loss(probability: str, mean: float) -> None:
    """In float64, with momentum, decay, warm-up and milestones; the sigmoid's last bias is not decayed."""
    run = unweighted(config(probability=probability))
    for scaled, multiplied in zip(
        trained(scaled_to(run, mean), 1.0, None), trained(run, mean, None), strict=True
    ):
        torch.testing.assert_close(scaled, multiplied, rtol=0, atol=1e-12)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(scaled, trained(run, 1.0, None)[-1], rtol=0, atol=1e-6)


def test_the_published_run_is_mean_one_multiplied_by_the_mean_weight() -> None:
    published = config()
    mean, one = mean_weight(COUNTS, published.loss), at_mean_one(published)
    scaled = trained(scaled_to(one, mean), 1.0, applied_weights(COUNTS, one.loss))
    for ours, theirs in zip(
        scaled, trained(published, 1.0, applied_weights(COUNTS, published.loss)), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_the_four_cells_differ_in_weights_and_scale_alone() -> None:
    published = config()
    cells = control_of(published, 0.25)
    assert cells["weighted", "scaled"] == published
    assert changed(published, cells["weighted", "full"]) == {"loss.reduction": "mean_one"}
    plain = dict.fromkeys(("loss.beta", "loss.reduction", "loss.weights_from")) | {"loss.weighting": "none"}
    assert changed(published, cells["unweighted", "full"]) == plain
    scaled = {"optim.learning_rate": 0.0125, "optim.weight_decay": 0.04}
    assert changed(published, cells["unweighted", "scaled"]) == plain | scaled
    assert len({config_hash(cell) for cell in cells.values()}) == 4


def changed(before: RunConfig, after: RunConfig) -> dict[str, object]:
    old = flatten(as_json(before))
    return {path: value for path, value in flatten(as_json(after)).items() if value != old[path]}


@pytest.mark.parametrize(
    ("loss", "path"),
    [
        ({"weighting": "none"}, "loss.reduction"),
        ({"reduction": "mean_one"}, "loss.reduction"),
        ({"reduction": "weighted_mean"}, "loss.reduction"),
        ({"weights_from": 2}, "loss.weights_from"),
    ],
)
def test_a_run_whose_weights_do_not_scale_all_of_it_has_no_control(
    loss: dict[str, object], path: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        control_of(config(**loss), 0.5)
    assert caught.value.fields[0].path == path


def test_a_decay_beyond_its_bound_is_refused_in_words() -> None:
    run = parse_config(merge(as_json(config()), {"optim": {"weight_decay": 0.4}}))
    assert scaled_to(run, 0.4).optim.weight_decay == 1
    with pytest.raises(ConfigError) as caught:
        scaled_to(run, 0.39)
    [problem] = caught.value.fields
    assert problem.path == "optim.weight_decay"
    assert problem.message == "would be 1.03, that is 0.4 / 0.39; at most 1"


@pytest.mark.parametrize("mean", [0.0, -1.0, float("nan"), float("inf")])
def test_a_mean_weight_that_is_none_is_refused(mean: float) -> None:
    with pytest.raises(ConfigError):
        scaled_to(config(), mean)
