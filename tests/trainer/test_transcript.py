"""Events as lines for people."""

import pytest

from tests.trainer.tiny import record
from trainer.events import Batch, Best, Checkpoint, Epoch, Event, Failed, Finished, Log, Stopped
from trainer.transcript import line, percent


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Log(message="Drawing shapes10"), "Drawing shapes10"),
        (Log(level="warning", message="cut"), "warning: cut"),
        (Stopped(epoch=2), "Stopped on request after epoch 2."),
        (Finished(epochs=2, seconds=3.25, best=None), "Finished 2 epochs in 3.2 s."),
        (Finished(epochs=1, seconds=3.25, best=None), "Finished 1 epoch in 3.2 s."),
        (
            Finished(epochs=2, seconds=3, best=Best(epoch=1, value=0.5, chosen_on="test")),
            "Finished 2 epochs in 3.0 s; best balanced accuracy on test 50.0 %, epoch 1.",
        ),
        (Failed(error_type="DataError", message="No such set.", hint="Look."), "Failed: No such set.\nLook."),
        (Checkpoint(name="last.pt", epoch=1, bytes=9), None),
        (Batch(epoch=1, step=1, steps=2, loss=1.0, images_per_second=9.0), None),
    ],
)
def test_lines(event: Event, expected: str | None) -> None:
    assert line(event) == expected


def test_an_epoch_without_figures_shows_dashes() -> None:
    shown = line(record(3, None, diverged=True))
    assert shown is not None
    assert shown.startswith("epoch 3: loss –, train –, test – (balanced –)")
    assert shown.endswith("(diverged)")


def test_a_loss_that_explodes_is_written_in_a_few_digits() -> None:
    """2 ** 100 has 31 digits, which would break the line."""
    exploded = line(record(1, 0.25, train_loss=2.0**100)) or ""
    large = line(record(1, 0.25, train_loss=99_999.0)) or ""
    assert ("loss 1.268e+30," in exploded, "loss 99999.0000," in large) == (True, True)


def test_an_epoch_names_its_validation() -> None:
    shown: Epoch = record(1, 0.25, 0.5)
    assert "(balanced 25.0 %), validation balanced 50.0 %" in (line(shown) or "")


def test_percent() -> None:
    assert (percent(0.12345), percent(0.0), percent(None)) == ("12.3 %", "0.0 %", "–")
