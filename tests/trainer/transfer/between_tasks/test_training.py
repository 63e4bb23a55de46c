"""Training and judging the networks of tasks: what is alike, what is learned, what a loss of an image is."""

import numpy as np
import pytest
import torch

from tests.trainer.transfer.drawn import examples, some_scenes
from trainer.transfer.between_tasks.outcomes import _standardised
from trainer.transfer.between_tasks.store import SAMPLES
from trainer.transfer.between_tasks.training import (
    StoppedError,
    drawn_encoder,
    drawn_head,
    drawn_network,
    fit,
    judged,
    normalised,
    outputs_of,
    settle,
)
from trainer.transfer.tasks import TASKS

CPU = torch.device("cpu")


def never() -> bool:
    return False


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([value.flatten() for value in network.parameters()])


def test_networks_of_a_seed_begin_alike_and_those_of_another_do_not() -> None:
    torch.manual_seed(1)
    first = drawn_encoder(2, 0)
    torch.manual_seed(2)
    assert torch.equal(weights(first), weights(drawn_encoder(2, 0)))
    assert not torch.equal(weights(first), weights(drawn_encoder(2, 1)))
    task = TASKS["edges"]
    network = drawn_network(task, 2, 0)
    assert torch.equal(weights(network.encoder), weights(first))
    assert torch.equal(weights(network.head), weights(drawn_head(task, 16, 0)))
    assert not torch.equal(weights(network.head), weights(drawn_head(TASKS["distance"], 16, 0)))


def test_pixels_are_brought_to_about_mean_0_and_variance_1_channels_first() -> None:
    images = np.zeros((2, 32, 32, 3), np.uint8)
    images[0, 4, 5] = (255, 51, 0)
    made = normalised(images, CPU)
    assert made.shape == (2, 3, 32, 32)
    assert made[0, :, 4, 5].tolist() == pytest.approx([(1 - 0.45) / 0.2, (0.2 - 0.45) / 0.2, -0.45 / 0.2])
    real = normalised(some_scenes().images, CPU)
    assert abs(real.mean()) < 0.5
    assert 0.7 < real.std() < 1.4


@pytest.mark.slow
def test_a_network_learns_and_equal_ones_learn_alike() -> None:
    task, scenes = TASKS["hue"], some_scenes(10)
    made = examples("hue", scenes)
    inputs, targets = normalised(made.inputs, CPU), torch.from_numpy(made.targets)
    before = judged(task, made, outputs_of(drawn_network(task, 4, 0).eval(), inputs, never))
    found = []
    for _ in range(2):
        network = drawn_network(task, 4, 0)
        fit(network, inputs, targets, task, 60, 3, never)
        assert not network.training
        found.append(judged(task, made, outputs_of(network, inputs, never)))
    assert found[0].quality < before.quality / 2
    assert (found[0].losses == found[1].losses).all()


def test_training_and_judging_stop_when_asked() -> None:
    task = TASKS["hue"]
    head, features = drawn_head(task, 4, 0), torch.zeros(60, 4, 2, 2)
    with pytest.raises(StoppedError):
        fit(head, features, torch.zeros(60, 2), task, 5, 0, lambda: True)
    with pytest.raises(StoppedError):
        outputs_of(head, features, lambda: True)


def test_every_image_is_seen_once_before_any_is_seen_again() -> None:
    """Batches are of 50; what is left over from an order of 120 is not seen in its turn."""
    task, seen = TASKS["hue"], []

    class Head(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            seen.append(rows[:, 0].tolist())
            return rows * self.scale

    numbers = torch.arange(120).float()[:, None].expand(120, 2)
    fit(Head(), numbers, numbers, task, 4, 0, never)
    assert [len(batch) for batch in seen] == [50] * 4
    for both in (seen[:2], seen[2:]):
        assert len({*both[0], *both[1]}) == 100


def test_losses_are_of_each_image_and_empty_without_a_target() -> None:
    scenes = some_scenes(2)
    made = examples("orientation", scenes)
    assert made.counted is not None
    outputs = torch.randn(len(scenes.labels), 2, generator=torch.Generator().manual_seed(0))
    found = judged(TASKS["orientation"], made, outputs)
    assert (np.isnan(found.losses) == ~made.counted).all()
    expected = ((outputs.numpy() - made.targets) ** 2).mean(1)
    np.testing.assert_allclose(found.losses[made.counted], expected[made.counted], rtol=1e-5)
    np.testing.assert_allclose(found.samples, outputs[:SAMPLES].numpy(), atol=2e-3)


def test_a_network_that_diverged_loses_on_every_image() -> None:
    made = examples("shape", some_scenes(2))
    found = judged(TASKS["shape"], made, torch.full((20, 10), torch.nan))
    assert (found.losses == np.inf).all()


def test_settled_batch_norms_give_features_of_mean_0_and_variance_1_before_their_activation() -> None:
    images = normalised(some_scenes().images, CPU)
    network = drawn_encoder(4, 0)
    seen = []
    first = next(layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d))
    first.register_forward_hook(lambda _, inputs, output: seen.append(output.clone()))
    settle(network, images)
    seen.clear()
    outputs_of(network, images, never)
    values = torch.cat(seen)
    assert values.mean((0, 2, 3)).abs().max() < 0.05
    assert (values.std((0, 2, 3)) - 1).abs().max() < 0.05


def test_features_are_standardised_by_the_few_images_and_constant_ones_are_0() -> None:
    few = torch.randn(50, 3, 2, 2, generator=torch.Generator().manual_seed(0)) * 5 + 2
    few[:, 1] = 7.0
    made = _standardised(few, few)
    assert made.mean((0, 2, 3)).abs().max() < 1e-5
    assert made.std((0, 2, 3), correction=0).tolist() == pytest.approx([1, 0, 1], abs=1e-5)
    other = _standardised(few[:1] + 1, few)
    assert (other[:, 1] == 0).all()
    assert (other[:, 0] - made[:1, 0]).numpy() == pytest.approx(1 / few[:, 0].std(correction=0).item())
