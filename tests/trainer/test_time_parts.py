"""Where an epoch's time goes: delays that are put into each part show in that part, and in no other."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import trainer.laps
import trainer.loop
import trainer.tally
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.assembly import Assembly
from trainer.data.loader import TrainingBatches
from trainer.evaluation import evaluate_splits
from trainer.events import Batch, Checkpoint, Epoch, Event
from trainer.loop import train
from trainer.models.layered import LayeredNetwork
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

STEPS, EPOCHS = 5, 2  # 72 images, 16 a batch
DATA, FORWARD, BACKWARD, TALLY, EVALUATE, PREDICTIONS, FILE = 1.0, 2.0, 4.0, 0.5, 32.0, 8.0, 16.0


class Clock:
    """Moves only where a test says so."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now

    def late(self, of: Callable[..., Any], seconds: float) -> Callable[..., Any]:
        """The same, after so many seconds."""

        def called(*args: Any, **kwargs: Any) -> Any:
            self.now += seconds
            return of(*args, **kwargs)

        return called


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (trainer.laps, trainer.tally, trainer.loop):
        monkeypatch.setattr(module, "time", made)
    batches = TrainingBatches.epoch

    def slow_batches(self: TrainingBatches, *args: Any) -> Iterator[Any]:
        for batch in batches(self, *args):
            made.now += DATA
            yield batch

    monkeypatch.setattr(TrainingBatches, "epoch", slow_batches)
    monkeypatch.setattr(LayeredNetwork, "forward", made.late(LayeredNetwork.forward, FORWARD))
    monkeypatch.setattr(Assembly, "step", made.late(Assembly.step, BACKWARD))
    monkeypatch.setattr(trainer.tally.Tally, "add", made.late(trainer.tally.Tally.add, TALLY))
    monkeypatch.setattr("trainer.loop.evaluate_splits", made.late(evaluate_splits, EVALUATE))
    monkeypatch.setattr(
        trainer.loop, "keep_predictions", made.late(trainer.loop.keep_predictions, PREDICTIONS)
    )
    monkeypatch.setattr(torch, "save", made.late(torch.save, FILE))
    return made


def test_each_delay_shows_in_its_part_and_the_parts_add_up(clock: Clock, tmp_path: Path) -> None:
    events = list(
        train(tiny_config(optim={"epochs": EPOCHS}), tiny_arrays(), RunDir(tmp_path), lambda: False)
    )
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert len(epochs) == EPOCHS
    forward_in_evaluation = FORWARD  # 24 test images are one batch
    for epoch in epochs:
        parts = {key: value for key, value in epoch.scalars.items() if key.startswith("seconds/")}
        assert parts == {
            "seconds/data": STEPS * DATA,
            "seconds/forward": STEPS * FORWARD,
            "seconds/backward": STEPS * BACKWARD,
            "seconds/train": STEPS * (DATA + FORWARD + BACKWARD + TALLY),
            "seconds/evaluate": EVALUATE + forward_in_evaluation,
        }
        assert epoch.seconds == sum(parts[f"seconds/{part}"] or 0 for part in ("train", "evaluate"))


def test_checkpoints_tell_what_they_took_with_the_predictions_before_them(
    clock: Clock, tmp_path: Path
) -> None:
    events = list(train(tiny_config(optim={"epochs": 1}), tiny_arrays(), RunDir(tmp_path), lambda: False))
    written = [(event.name, event.seconds) for event in events if isinstance(event, Checkpoint)]
    assert written == [("best.pt", PREDICTIONS + FILE), ("last.pt", FILE)]


def test_who_listens_slowly_takes_from_no_part(clock: Clock, tmp_path: Path) -> None:
    told: list[Event] = []
    for event in train(tiny_config(optim={"epochs": 1}), tiny_arrays(), RunDir(tmp_path), lambda: False):
        told.append(event)
        if isinstance(event, Batch):
            clock.now += 64.0
    [epoch] = [event for event in told if isinstance(event, Epoch)]
    steps = STEPS * (DATA + FORWARD + BACKWARD)
    assert sum(isinstance(event, Batch) for event in told) == STEPS
    assert sum(epoch.scalars[f"seconds/{part}"] or 0 for part in ("data", "forward", "backward")) == steps
    assert epoch.scalars["seconds/train"] == steps + STEPS * (TALLY + 64.0)


def test_of_a_real_epoch_little_is_left_over(tmp_path: Path) -> None:
    config = tiny_config(optim={"epochs": 2})
    *_, epoch = [it for it in train(config, tiny_arrays((200,) * 3, size=32), RunDir(tmp_path), lambda: False)
                 if isinstance(it, Epoch)]  # fmt: skip
    parts = [epoch.scalars[f"seconds/{part}"] or 0 for part in ("data", "forward", "backward", "evaluate")]
    assert all(part > 0 for part in parts)
    assert 0.9 * epoch.seconds < sum(parts) <= epoch.seconds
