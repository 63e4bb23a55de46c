"""The rate of every epoch, against hand-made lists and torch's own schedulers."""

from typing import Any

import pytest
import torch

from trainer.config import parse_config, preset
from trainer.schedules import learning_rates


def rates(**optim: Any) -> tuple[float, ...]:
    return learning_rates(parse_config({"optim": optim}).optim)


def torch_rates(
    scheduler: type[torch.optim.lr_scheduler.LRScheduler], epochs: int, **settings: Any
) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    schedule = scheduler(optimizer, **settings)
    seen = []
    for _ in range(epochs):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step()
    return seen


def test_milestones_decay_after_their_epoch() -> None:
    assert rates(epochs=8, learning_rate=0.2, milestones=[3, 6]) == pytest.approx(
        (0.2, 0.2, 0.2, 0.02, 0.02, 0.02, 0.002, 0.002)
    )


def test_write_up_recipe() -> None:
    assert learning_rates(preset("write_up").optim) == pytest.approx((0.1,) * 6 + (0.01,) * 2 + (0.001,) * 2)


def test_cosine_falls_per_epoch_to_zero() -> None:
    assert rates(epochs=8, learning_rate=0.2, schedule="cosine") == pytest.approx(
        (0.2, 0.192388, 0.170711, 0.138268, 0.1, 0.061732, 0.029289, 0.007612), abs=5e-7
    )


def test_step_agrees_with_torch() -> None:
    ours = rates(epochs=9, learning_rate=0.2, milestones=[2, 5], decay=0.3)
    theirs = torch_rates(torch.optim.lr_scheduler.MultiStepLR, 9, milestones=[2, 5], gamma=0.3)
    assert ours == pytest.approx(theirs)


def test_cosine_agrees_with_torch() -> None:
    ours = rates(epochs=9, learning_rate=0.2, schedule="cosine")
    assert ours == pytest.approx(torch_rates(torch.optim.lr_scheduler.CosineAnnealingLR, 9, T_max=9))


def test_warm_up_rises_by_equal_steps_to_the_full_rate() -> None:
    assert rates(epochs=7, learning_rate=0.1, milestones=[6], warmup_epochs=5) == pytest.approx(
        (0.02, 0.04, 0.06, 0.08, 0.1, 0.1, 0.01)
    )


def test_cosine_starts_when_the_warm_up_is_over() -> None:
    warm = rates(epochs=10, learning_rate=0.2, schedule="cosine", warmup_epochs=2)
    assert warm[:2] == pytest.approx((0.1, 0.2))
    assert warm[2:] == pytest.approx(rates(epochs=8, learning_rate=0.2, schedule="cosine"))


def test_warm_up_over_the_whole_run() -> None:
    assert rates(epochs=2, learning_rate=1, schedule="cosine", warmup_epochs=2) == pytest.approx((0.5, 1))


def test_one_epoch() -> None:
    assert rates(epochs=1, learning_rate=0.3) == (0.3,)
