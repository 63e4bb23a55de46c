"""The best epoch: which figure decides, and what can neither win nor stand in the way."""

import pytest

from tests.trainer.tiny import record
from trainer.events import Best, Epoch
from trainer.progress import Progress


def best_of(records: list[Epoch]) -> Best | None:
    progress = Progress()
    for each in records:
        progress = progress.after(each)
    return progress.best


def test_nan_neither_wins_nor_blocks() -> None:
    figures = [float("nan"), 0.40, 0.60, float("nan"), 0.55]
    validated = [record(n, 0.9, value, validation_loss=1.0) for n, value in enumerate(figures, 1)]
    assert best_of(validated) == Best(epoch=3, value=0.6, chosen_on="validation")


def test_without_validation_the_test_set_decides_and_says_so() -> None:
    assert best_of([record(1, 0.3), record(2, 0.5), record(3, 0.4)]) == Best(
        epoch=2, value=0.5, chosen_on="test"
    )


def test_validation_decides_against_the_test_set() -> None:
    records = [record(1, 0.9, 0.2, validation_loss=1.0), record(2, 0.1, 0.3, validation_loss=1.0)]
    assert best_of(records) == Best(epoch=2, value=0.3, chosen_on="validation")


def test_an_unmeasured_validation_never_falls_back_to_test() -> None:
    assert best_of([record(1, 0.9, None, validation_loss=1.0)]) is None


def test_a_tie_keeps_the_earlier() -> None:
    assert best_of([record(1, 0.5), record(2, 0.5)]) == Best(epoch=1, value=0.5, chosen_on="test")


def test_zero_is_a_figure() -> None:
    assert best_of([record(1, 0.0)]) == Best(epoch=1, value=0.0, chosen_on="test")


def test_a_diverged_epoch_is_not_the_best() -> None:
    assert best_of([record(1, 0.9, diverged=True), record(2, 0.1)]) == Best(
        epoch=2, value=0.1, chosen_on="test"
    )


def test_seconds_add_up_over_epochs() -> None:
    progress = Progress(epoch=3, seconds=5.0).after(record(4, 0.1))
    assert progress.epoch == 4
    assert progress.seconds == pytest.approx(7.0)
