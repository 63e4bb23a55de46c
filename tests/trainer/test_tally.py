"""Running figures of an epoch, and the step that is named when one is not finite."""

import pytest
import torch

from trainer.errors import DivergedError
from trainer.tally import Tally

RIGHT = torch.tensor([[2.0, 0.0], [0.0, 2.0], [2.0, 0.0]])


def tally(*losses: float, sizes: tuple[int, ...] = (3, 3, 3)) -> Tally:
    made = Tally(epoch=4, steps=len(losses), device=torch.device("cpu"))
    for loss, size in zip(losses, sizes, strict=False):
        made.add(torch.tensor(loss), RIGHT[:size], torch.tensor([0, 0, 0])[:size])
    return made


def test_means_count_images_not_batches() -> None:
    figures = tally(1.0, 5.0, sizes=(3, 1)).figures()
    assert figures.loss == pytest.approx((3 * 1 + 1 * 5) / 4)
    assert figures.accuracy == pytest.approx(3 / 4)
    assert figures.images == 4


def test_progress_tells_where_the_epoch_stands() -> None:
    batch = tally(1.0, 2.0).progress()
    assert (batch.epoch, batch.step, batch.steps, batch.loss) == (4, 2, 2, 1.5)
    assert batch.images_per_second > 0


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ((1.0, float("inf"), float("nan")), "infinite in epoch 4, step 2 of 3"),
        ((float("nan"), 1.0), "not a number in epoch 4, step 1 of 2"),
    ],
)
def test_the_first_bad_step_is_named(losses: tuple[float, ...], said: str) -> None:
    with pytest.raises(DivergedError, match=said):
        tally(*losses).figures()


def test_nothing_is_due_right_after_the_start() -> None:
    assert not tally(1.0).due()
