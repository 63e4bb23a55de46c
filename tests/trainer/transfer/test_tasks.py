"""What every task keeps to, whichever it is."""

from typing import get_args

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.trainer.transfer.drawn import examples, some_scenes
from trainer.transfer.tasks import CONTROLS, TASKS, Level, Task
from trainer.transfer.tasks.entry import Targets

pytestmark = pytest.mark.slow

each = pytest.mark.parametrize("task", list(TASKS), ids=TASKS.names)


def counted_targets(task: Task) -> Targets:
    made = examples(task.name, some_scenes())
    return made.targets if made.counted is None else made.targets[made.counted]


def perfect_outputs(task: Task, targets: Targets) -> NDArray[np.float32]:
    """Outputs that say just these targets."""
    if task.kind == "classes":
        return 10 * np.eye(len(task.outputs), dtype=np.float32)[targets]
    if task.objective.name.startswith("cross-entropy"):
        return 20 * targets - 10
    flat = np.zeros_like(targets)
    zero, one = task.objective.predict(flat), task.objective.predict(flat + 1)
    return np.asarray((targets - zero) / (one - zero))


def test_there_are_tasks_of_every_level_in_order() -> None:
    levels = [task.level for task in TASKS]
    assert len(levels) >= 14
    assert levels == sorted(levels, key=get_args(Level).index)
    assert set(levels) == set(get_args(Level))


def test_controls_are_no_tasks() -> None:
    assert set(CONTROLS) == {"random", "pixels"}
    assert not set(CONTROLS) & set(TASKS.names)


@each
def test_examples_are_of_the_kind_that_is_said(task: Task) -> None:
    scenes = some_scenes()
    made = examples(task.name, scenes)
    count, outputs = len(scenes.labels), len(task.outputs)
    assert made.inputs.shape == scenes.images.shape
    assert made.inputs.dtype == np.uint8
    assert (made.inputs is scenes.images) != task.own_inputs
    if task.kind == "classes":
        assert made.targets.dtype == np.int64
        assert made.targets.shape == (count,)
        assert set(made.targets.tolist()) == set(range(outputs))
    else:
        assert made.targets.dtype == np.float32
        assert made.targets.shape == (count, outputs, *((32, 32) if task.kind == "map" else ()))
        assert np.isfinite(made.targets).all()
    if made.counted is not None:
        assert made.counted.shape == (count,)


@each
def test_examples_come_from_scenes_and_generator_alone(task: Task) -> None:
    scenes = some_scenes()
    before = scenes.images.copy()
    one, same, other = (examples(task.name, scenes, seed) for seed in (3, 3, 4))
    assert np.array_equal(one.inputs, same.inputs)
    assert np.array_equal(one.targets, same.targets)
    assert np.array_equal(one.inputs, other.inputs) != task.own_inputs
    assert np.array_equal(scenes.images, before)


@each
def test_the_target_of_an_image_does_not_hang_on_the_others(task: Task) -> None:
    if not task.own_inputs:
        part = examples(task.name, some_scenes().at(np.array([31, 7])))
        assert np.array_equal(part.targets, examples(task.name, some_scenes()).targets[[31, 7]])


@each
def test_perfect_outputs_are_the_best_there_is_and_chance_is_worse(task: Task) -> None:
    targets = counted_targets(task)
    perfect = task.quality(perfect_outputs(task, targets), targets)
    sign = 1 if task.measure.better == "higher" else -1
    assert perfect == pytest.approx(
        1.0 if sign == 1 else 0.0, abs=0.05 if task.measure.unit == "degrees" else 1e-5
    )
    chance = task.chance(targets)
    assert sign * chance < sign * (perfect if task.ceiling is None else task.ceiling)
    if task.ceiling is not None:
        assert sign * task.ceiling <= sign * perfect + 1e-5


@each
def test_loss_is_one_number_an_image_and_none_for_what_is_right(task: Task) -> None:
    targets = counted_targets(task)
    loss = task.objective.per_image(
        torch.from_numpy(perfect_outputs(task, targets)), torch.from_numpy(targets)
    )
    assert loss.shape == (len(targets),)
    assert loss.max().item() < 1e-3


@each
def test_losses_of_unlike_units_are_of_one_size(task: Task) -> None:
    """Where every image gets the same best answer, one about; half of it for cos and sin."""
    if not task.objective.name.startswith("squared"):
        return
    targets = counted_targets(task)
    constant = np.broadcast_to(task.objective.constant(targets), targets.shape)
    outputs = perfect_outputs(task, constant.copy())
    loss = task.objective.per_image(torch.from_numpy(outputs), torch.from_numpy(targets)).mean().item()
    assert 0.15 < loss < 1.25


CHANCE = {"shape": 1 / 10, "double": 1 / 2, "turns": 1 / 4, "quarters": 1 / 8}


@pytest.mark.parametrize("name", CHANCE)
def test_chance_is_one_in_as_many(name: str) -> None:
    assert TASKS[name].chance(counted_targets(TASKS[name])) == CHANCE[name]


def test_chance_of_numbers_by_hand() -> None:
    """Centres that are even over 8 pixels: 2 on the average; hues all around: a right angle."""
    even = np.linspace(-4, 4, 1001, dtype=np.float32)
    placed = np.stack([even, even, 9.6 + 0 * even], axis=1)
    assert TASKS["placement"].chance(placed) == pytest.approx((2 + 2 + 0) / 3, rel=0.01)
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert TASKS["hue"].chance(around) == pytest.approx(90, abs=0.5)


@each
def test_each_is_told_in_words(task: Task) -> None:
    assert task.about.startswith(f"{task.name}: ")
    assert task.ceiling_why
    assert task.title
    assert task.short
