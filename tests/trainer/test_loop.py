"""Whole small runs: what they say, that they repeat to the last bit, resume, stop and fail as told."""

import itertools
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch

from tests.trainer.tiny import CLASSES, tiny_arrays, tiny_config
from trainer.class_balance import class_balanced_weights
from trainer.config import RunConfig
from trainer.data.cache import DatasetArrays
from trainer.errors import ConfigError, DataError, DivergedError
from trainer.events import Batch, Checkpoint, Epoch, Event, Finished, Started, Stopped
from trainer.loop import train
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

E = TypeVar("E", bound=Event)
TIMES = {"seconds", "images_per_second", "scalars"}


def never() -> bool:
    return False


def after(steps: int) -> Callable[[], bool]:
    """A stop that is asked for once so many steps are done."""
    left = iter(range(steps - 1))
    return lambda: next(left, None) is None


def run(
    config: RunConfig, arrays: DatasetArrays, folder: Path, stop: Callable[[], bool] = never
) -> list[Event]:
    return list(train(config, arrays, RunDir(folder), stop))


def epochs(events: Sequence[Event]) -> list[Epoch]:
    return [event for event in events if isinstance(event, Epoch)]


def figures(events: Sequence[Event]) -> list[dict[str, Any]]:
    """All figures of all epochs but the times; floats to the last bit."""
    return [json.loads(event.model_dump_json(exclude=TIMES)) for event in epochs(events)]


def of_kind(events: Sequence[Event], kind: type[E]) -> E:
    [event] = [event for event in events if isinstance(event, kind)]
    return event


def test_a_run_says_what_it_is_then_each_epoch_then_its_end(trained: tuple[RunDir, list[Event]]) -> None:
    events = [event for event in trained[1] if not isinstance(event, Batch)]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert [event.epoch for event in epochs(events)] == [1, 2, 3]
    for before, event in itertools.pairwise(events):
        if isinstance(event, Checkpoint) and event.name == "last.pt":
            assert isinstance(before, Epoch | Checkpoint)
            assert before.epoch == event.epoch


def test_started_describes_the_run(tmp_path: Path) -> None:
    arrays = tiny_arrays((20, 9, 4))
    config = tiny_config(loss={"weighting": "class_balanced", "beta": 0.9})
    started = of_kind(run(config, arrays, tmp_path), Started)
    assert started.class_names == CLASSES
    assert started.train_counts == (20, 9, 4)
    assert started.test_counts == (8, 8, 8)
    assert started.weights == pytest.approx(class_balanced_weights([20, 9, 4], 0.9))
    assert started.achieved_ratio == 5
    assert (started.steps_per_epoch, started.images_per_epoch) == (2, 32)  # 33 images: a last batch of one
    assert started.parameters == sum(
        value.numel()
        for name, value in torch.load(tmp_path / "checkpoints/last.pt", weights_only=True)["model"].items()
        if "running" not in name and "tracked" not in name
    )
    assert started.provenance["threads"] == 1


def test_it_learns(arrays: DatasetArrays, tmp_path: Path) -> None:
    config = tiny_config(optim={"epochs": 12, "milestones": [10]}, data={"augment": False})
    last = epochs(run(config, arrays, tmp_path))[-1]
    assert last.train_loss is not None
    assert last.train_loss < 0.3
    assert last.test_accuracy == 1


def test_figures_of_an_epoch_agree_with_its_confusion(trained: tuple[RunDir, list[Event]]) -> None:
    for epoch in epochs(trained[1]):
        assert epoch.support == (8, 8, 8) == tuple(map(sum, epoch.confusion))
        assert epoch.predicted == tuple(map(sum, zip(*epoch.confusion, strict=True)))
        assert epoch.test_accuracy == pytest.approx(sum(epoch.correct) / 24)
        assert epoch.images == 72
        assert 0 < epoch.scalars["seconds/train"] < epoch.seconds  # type: ignore[operator]


def test_rates_follow_the_schedule(arrays: DatasetArrays, tmp_path: Path) -> None:
    config = tiny_config(optim={"schedule": "cosine", "learning_rate": 0.04})
    assert [epoch.learning_rate for epoch in epochs(run(config, arrays, tmp_path))] == pytest.approx(
        [0.04, 0.03, 0.01]
    )


VARIANTS = [
    {},
    pytest.param(
        {
            "loss": {"name": "focal", "probability": "sigmoid", "weighting": "class_balanced"},
            "model": {"activation": "leaky_relu"},
            "optim": {"schedule": "cosine", "warmup_epochs": 1},
        },
        marks=pytest.mark.slow,
    ),
    {"policy": {"name": "randaugment"}, "mixing": {"name": "mixup"}},
    pytest.param({"policy": {"name": "autoaugment"}, "mixing": {"name": "remix"}}, marks=pytest.mark.slow),
    pytest.param(
        {"policy": {"name": "cutout", "size": 6}, "mixing": {"name": "cutmix"}}, marks=pytest.mark.slow
    ),
    pytest.param(
        {"precision": "bf16", "data": {"augment": False, "validation_fraction": 0.25}}, marks=pytest.mark.slow
    ),
]


@pytest.mark.parametrize("changes", VARIANTS)
def test_the_same_run_gives_the_same_figures_to_the_last_bit(
    changes: dict[str, Any], arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(**changes)
    first = figures(run(config, arrays, tmp_path / "first"))
    torch.rand(5)
    assert figures(run(config, arrays, tmp_path / "second")) == first


HARDER: list[dict[str, Any]] = [{"mixing": {"name": name}} for name in ("mixup", "remix", "cutmix")]
HARDER += [{"policy": {"name": name}} for name in ("randaugment", "autoaugment")]
HARDER += [{"policy": {"name": "cutout", "size": 10}}]


@pytest.mark.parametrize("changes", HARDER)
def test_mixed_and_changed_images_are_learned_but_harder_than_plain_ones(
    changes: dict[str, Any], trained: tuple[RunDir, list[Event]], arrays: DatasetArrays, tmp_path: Path
) -> None:
    """Colours tell the classes; what lies between two of them leaves every network unsure."""
    last = epochs(run(tiny_config(**changes), arrays, tmp_path))[-1]
    plain = epochs(trained[1])[-1]
    assert last.train_loss is not None
    assert plain.train_loss is not None
    assert last.train_accuracy is not None
    assert last.test_accuracy is not None
    assert last.train_loss > 2 * plain.train_loss
    assert 0.5 < last.train_accuracy <= 1
    assert last.test_accuracy > 0.6


def test_figures_repeat_on_two_threads(arrays: DatasetArrays, tmp_path: Path) -> None:
    torch.set_num_threads(2)
    config = tiny_config(optim={"epochs": 1}, data={"max_train_per_class": 8})
    assert figures(run(config, arrays, tmp_path / "1")) == figures(run(config, arrays, tmp_path / "2"))


@pytest.mark.parametrize("changes", VARIANTS)
def test_a_resumed_run_repeats_the_uninterrupted_one_to_the_last_bit(
    changes: dict[str, Any], arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(**changes)
    whole = figures(run(config, arrays, tmp_path / "whole"))
    stopped = run(config, arrays, tmp_path / "cut", stop=after(7))
    resumed = run(config, arrays, tmp_path / "cut")
    assert of_kind(stopped, Stopped).epoch == 1
    assert of_kind(resumed, Started).resumed_after_epoch == 1
    assert figures(stopped) + figures(resumed) == whole


def test_another_seed_gives_another_run_of_the_same_images(arrays: DatasetArrays, tmp_path: Path) -> None:
    one = run(tiny_config(seed=1), arrays, tmp_path / "1")
    two = run(tiny_config(seed=2), arrays, tmp_path / "2")
    assert epochs(one)[0].train_loss != epochs(two)[0].train_loss
    assert of_kind(one, Started).fingerprint == of_kind(two, Started).fingerprint


def test_golden_losses(trained: tuple[RunDir, list[Event]]) -> None:
    """A change of numerics shows here; other processors may differ in the last digits."""
    losses = [epoch.train_loss for epoch in epochs(trained[1])]
    assert losses == pytest.approx([0.76528, 0.09707, 0.00699], rel=0.02)


def test_a_stop_is_obeyed_after_the_step_and_loses_none(arrays: DatasetArrays, tmp_path: Path) -> None:
    events = run(tiny_config(), arrays, tmp_path, stop=after(7))
    *_, saved, stopped = events
    assert stopped == Stopped(epoch=1, steps=2)
    assert isinstance(saved, Checkpoint)
    assert (saved.name, saved.epoch, saved.steps) == ("within-epoch.pt", 1, 2)
    assert (tmp_path / "checkpoints" / saved.name).stat().st_size == saved.bytes
    again = of_kind(run(tiny_config(), arrays, tmp_path), Started)
    assert (again.resumed_after_epoch, again.resumed_after_steps) == (1, 2)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["best.pt", "last.pt"]


def test_a_finished_run_has_nothing_left_to_train(arrays: DatasetArrays, tmp_path: Path) -> None:
    before = of_kind(run(tiny_config(), arrays, tmp_path), Finished)
    again = run(tiny_config(), arrays, tmp_path)
    assert of_kind(again, Started).resumed_after_epoch == 3
    assert of_kind(again, Finished) == before
    assert len(again) == 2


def test_validation_is_apart_from_training_and_chooses_the_best(
    arrays: DatasetArrays, tmp_path: Path
) -> None:
    events = run(tiny_config(data={"validation_fraction": 0.25}), arrays, tmp_path)
    started, finished = of_kind(events, Started), of_kind(events, Finished)
    assert (started.train_counts, started.validation_counts) == ((18,) * 3, (6,) * 3)
    assert finished.best is not None
    assert finished.best.chosen_on == "validation"
    values = [epoch.validation_balanced_accuracy for epoch in epochs(events)]
    assert finished.best.value == max(value for value in values if value is not None)
    assert all(epoch.validation_loss is not None for epoch in epochs(events))


def test_a_class_that_cannot_validate_is_left_out_of_the_means(tmp_path: Path) -> None:
    data = {"validation_fraction": 0.2, "validation_rule": "stratified"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        events = run(tiny_config(data=data), tiny_arrays((30, 10, 1)), tmp_path)
    started = of_kind(events, Started)
    assert started.validation_counts == (6, 2, 0)
    assert any("No validation images, 1 of 3 classes: brick." in said for said in started.warnings)
    for epoch in epochs(events):
        assert epoch.validation_balanced_accuracy is not None
        assert (epoch.validation_balanced_accuracy * 12) % 1 == pytest.approx(0, abs=1e-9)
        assert not epoch.diverged


def test_what_the_import_found_is_told_at_the_start(arrays: DatasetArrays, tmp_path: Path) -> None:
    found = replace(arrays, info=replace(arrays.info, warnings=("Test images are training images.",)))
    started = of_kind(run(tiny_config(), found, tmp_path), Started)
    assert started.data_warnings == ("Test images are training images.",)


def test_without_validation_its_figures_are_none(arrays: DatasetArrays, tmp_path: Path) -> None:
    events = run(tiny_config(), arrays, tmp_path)
    assert {epoch.validation_accuracy for epoch in epochs(events)} == {None}
    best = of_kind(events, Finished).best
    assert best is not None
    assert best.chosen_on == "test"


def test_a_loss_that_is_not_finite_ends_the_run_naming_the_step(
    arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(optim={"learning_rate": 1000, "weight_decay": 1, "momentum": 0.99, "epochs": 200})
    with pytest.raises(DivergedError, match=r"epoch \d+, step \d of 5") as caught:
        run(config, arrays, tmp_path)
    assert "learning_rate" in caught.value.hint


def test_a_test_loss_that_is_not_finite_is_none_and_marked(arrays: DatasetArrays, tmp_path: Path) -> None:
    """One step at a huge rate: the loss before it is finite, the network after it is not."""
    config = tiny_config(optim={"epochs": 1, "batch_size": 72, "learning_rate": 1000, "milestones": []})
    broken = config.model_copy(update={"optim": config.optim.model_copy(update={"learning_rate": 1e38})})
    events = run(broken, arrays, tmp_path)
    [epoch] = epochs(events)
    assert epoch.train_loss is not None
    assert epoch.test_loss is None
    assert epoch.diverged
    assert of_kind(events, Finished).best is None
    assert [event.name for event in events if isinstance(event, Checkpoint)] == ["last.pt"]


@pytest.mark.parametrize("probability", ["softmax", "sigmoid"])
def test_one_class_one_epoch(probability: str, tmp_path: Path) -> None:
    config = tiny_config(loss={"name": "focal", "probability": probability}, optim={"epochs": 1})
    [epoch] = epochs(run(config, tiny_arrays((20,)), tmp_path))
    assert epoch.test_accuracy == 1
    assert epoch.train_loss is not None


def test_many_classes(tmp_path: Path) -> None:
    arrays = tiny_arrays((2,) * 3)
    assert epochs(run(tiny_config(), arrays, tmp_path))[-1].model_dump()["test_few_shot"] is not None


def test_one_training_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="One training image"):
        run(tiny_config(), tiny_arrays((1,)), tmp_path)


def test_a_class_without_images_is_refused_by_name(tmp_path: Path) -> None:
    config = tiny_config(loss={"name": "focal", "gamma": 2.0, "weighting": "class_balanced", "beta": 0.999})
    with pytest.raises(DataError, match="brick"):
        run(config, tiny_arrays((120, 30, 0)), tmp_path)


def test_a_device_that_is_not_there_is_refused(arrays: DatasetArrays, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(ConfigError) as caught:
        run(tiny_config(device="cuda"), arrays, tmp_path)
    assert caught.value.fields[0].path == "device"


def test_progress_comes_at_most_twice_a_second(arrays: DatasetArrays, tmp_path: Path) -> None:
    config = tiny_config(optim={"epochs": 200, "batch_size": 2})
    batches: list[Batch] = []
    seconds = 0.0
    for event in train(config, arrays, RunDir(tmp_path), never):
        if isinstance(event, Batch):
            batches.append(event)
        if isinstance(event, Epoch):
            seconds += event.seconds
            if seconds > 1.5:
                break
    assert len(batches) <= 2 * seconds
    assert all(0 < batch.step <= batch.steps == 36 for batch in batches)


@pytest.mark.parametrize(
    "loss",
    [
        {"name": "balanced_softmax"},
        {"name": "logit_adjusted", "tau": 1.5},
        {"name": "vs", "label_smoothing": 0.1, "weighting": "inverse_sqrt", "reduction": "weighted_mean"},
        {"name": "ldam", "weighting": "by_hand", "class_weights": [1, 2, 3.5]},
        {"name": "label_aware_smoothing", "weighting": "power", "power": 0.3},
    ],
    ids=lambda loss: str(loss["name"]),
)
def test_each_loss_learns(loss: dict[str, Any], tmp_path: Path) -> None:
    events = run(tiny_config(loss=loss), tiny_arrays((40, 24, 9)), tmp_path)
    first, *_, last = epochs(events)
    assert first.train_loss is not None
    assert last.train_loss is not None
    assert last.train_loss < first.train_loss
    assert last.test_balanced_accuracy is not None
    assert last.test_balanced_accuracy > 0.6
    assert of_kind(events, Finished).epochs == 3


def test_ldam_is_judged_by_the_logits_that_it_trains(tmp_path: Path) -> None:
    """Scaled cosines: the test loss is theirs, and the last layer that is kept has unit weights, no bias."""
    events = run(tiny_config(loss={"name": "ldam"}), tiny_arrays((40, 24, 9)), tmp_path)
    kept = read_members(RunDir(tmp_path).predictions_file("test", "last"),
                        "logits", "labels", "last_bias", "weight_norms")  # fmt: skip
    logits, labels = torch.tensor(kept["logits"]).float(), torch.tensor(kept["labels"]).long()
    assert 1 < logits.abs().max().item() <= 30
    by_torch = torch.nn.functional.cross_entropy(logits, labels).item()
    assert epochs(events)[-1].test_loss == pytest.approx(by_torch, rel=1e-2)
    assert kept["last_bias"].tolist() == [0, 0, 0]
    assert kept["weight_norms"].tolist() == pytest.approx([1, 1, 1])
    names = torch.load(tmp_path / "checkpoints/last.pt", weights_only=True)["model"].keys()
    assert not [name for name in names if name.startswith("linear15") and name.endswith("bias")]


def test_weights_by_hand_are_one_a_class(tmp_path: Path) -> None:
    config = tiny_config(loss={"weighting": "by_hand", "class_weights": [1.0, 2.0]})
    with pytest.raises(ConfigError) as caught:
        run(config, tiny_arrays((9, 9, 9)), tmp_path)
    [problem] = caught.value.fields
    assert problem.path == "loss.class_weights"
    assert problem.message == "holds 2 numbers, but the data set has 3 classes"
