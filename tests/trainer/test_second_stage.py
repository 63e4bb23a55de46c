"""Whole small runs of a second stage: what they change and leave, how they repeat, whom they refuse."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.assembly import assemble
from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig
from trainer.data.cache import DatasetArrays
from trainer.errors import CheckpointError, DataError
from trainer.events import Epoch, Event, Finished, Started, Stopped
from trainer.loop import train
from trainer.posthoc import Adjustment, adjusted_logits, answers_to
from trainer.prediction_file import LastLayer, read_members
from trainer.run_dir import RunDir
from trainer.stages import first_stage_of
from trainer.staging import class_means, features_of

pytestmark = pytest.mark.slow
COUNTS = (40, 20, 6)
STAGES: list[dict[str, Any]] = [{"name": "crt", "epochs": 3}, {"name": "lws", "epochs": 3},
                                {"name": "tau_norm", "tau": 0.7}, {"name": "ncm"},
                                {"name": "logit_adjustment", "prior_tau": 0.7}]  # fmt: skip
NAMES = [stage["name"] for stage in STAGES]


@pytest.fixture(scope="module")
def arrays() -> DatasetArrays:
    return tiny_arrays(COUNTS)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """The first stage, trained."""
    torch.set_num_threads(1)
    folder = RunDir(tmp_path_factory.mktemp("first") / "run")
    folder.create(tiny_config())
    list(train(tiny_config(), tiny_arrays(COUNTS), folder, lambda: False))
    return folder


def entered(config: RunConfig, first: RunDir | None, folder: Path) -> RunDir:
    """The folder of a second stage."""
    run_dir = RunDir(folder)
    run_dir.create(config)
    if first is not None:
        run_dir.write_first_stage(first.path)
    return run_dir


def run(
    config: RunConfig, arrays: DatasetArrays, run_dir: RunDir, stop: Callable[[], bool] = lambda: False
) -> list[Event]:
    return list(train(config, arrays, run_dir, stop))


def epochs(events: list[Event]) -> list[dict[str, Any]]:
    """The figures of each epoch but the times."""
    times = {"seconds", "images_per_second", "scalars"}
    return [json.loads(event.model_dump_json(exclude=times)) for event in events if isinstance(event, Epoch)]


def weights(run_dir: RunDir) -> Mapping[str, Tensor]:
    found: Mapping[str, Tensor] = load_checkpoint(run_dir.checkpoints / "last.pt")["model"]
    return found


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_all_but_the_last_layer_stays_to_the_last_bit(
    stage: dict[str, Any], first: RunDir, arrays: DatasetArrays, tmp_path: Path
) -> None:
    """Running statistics of batch norm, and the number of batches that they count, too."""
    config = tiny_config(second_stage=stage)
    run_dir = entered(config, first, tmp_path / "second")
    events = run(config, arrays, run_dir)
    before, after = weights(first), weights(run_dir)
    last = [name for name in before if name.startswith("linear")][-2:]  # the weight and the bias
    kept = before.keys() - set(last)
    assert any(name.endswith("running_var") for name in kept)
    assert all(torch.equal(before[name], after[name]) for name in kept)
    changed = {name for name in after if name not in before or not torch.equal(before[name], after[name])}
    layer = last[0].rpartition(".")[0]
    assert changed == {"crt": set(last), "lws": {f"{layer}.scales"}, "tau_norm": {last[0]},
                       "ncm": set(last), "logit_adjustment": {last[1]}}[stage["name"]]  # fmt: skip
    assert isinstance(events[-1], Finished)
    assert events[-1].epochs == stage.get("epochs", 1)


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_it_beats_chance_and_keeps_its_predictions(
    stage: dict[str, Any], first: RunDir, arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(second_stage=stage)
    run_dir = entered(config, first, tmp_path / "second")
    found = epochs(run(config, arrays, run_dir))
    assert found[-1]["test_balanced_accuracy"] > 0.6
    assert found[-1]["learning_rate"] == 0 or stage["name"] in ("crt", "lws")
    kept = read_members(run_dir.predictions_file("test", "last"), "predicted", "labels", "weight_norms")
    assert (kept["predicted"] == kept["labels"]).mean() == pytest.approx(found[-1]["test_accuracy"])
    assert kept["weight_norms"].shape == (3,)


@pytest.mark.parametrize(
    ("stage", "by"),
    [
        ({"name": "tau_norm", "tau": 0.7}, Adjustment(norm=0.7)),
        ({"name": "logit_adjustment", "prior_tau": 0.7}, Adjustment(tau=0.7)),
    ],
    ids=["tau_norm", "logit_adjustment"],
)
def test_kept_logits_of_the_first_stage_say_what_it_will_answer(
    stage: dict[str, Any], by: Adjustment, first: RunDir, arrays: DatasetArrays, tmp_path: Path
) -> None:
    """Within float16: the layer is changed there, its rounded logits here."""
    config = tiny_config(second_stage=stage)
    run_dir = entered(config, first, tmp_path / "second")
    started = next(one for one in run(config, arrays, run_dir) if isinstance(one, Started))
    names = ("logits", "predicted", "last_bias", "weight_norms")
    before, after = (read_members(of.predictions_file("test", "last"), *names) for of in (first, run_dir))
    layer = LastLayer(before["last_bias"], before["weight_norms"])
    found = adjusted_logits(before["logits"], layer, started.train_counts, by)
    assert found == pytest.approx(after["logits"].astype(float), abs=0.02)
    assert (answers_to(found, before["predicted"]) == after["predicted"]).mean() > 0.98


@pytest.mark.parametrize("stage", STAGES[:2], ids=NAMES[:2])
def test_resumed_is_as_uninterrupted_also_when_the_first_stage_is_gone(
    stage: dict[str, Any], first: RunDir, arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(second_stage=stage)
    whole = epochs(run(config, arrays, entered(config, first, tmp_path / "whole")))
    cut = entered(config, first, tmp_path / "cut")
    left = iter(range(6))  # of 5 steps an epoch
    stopped = run(config, arrays, cut, lambda: next(left, None) is None)
    cut.first_stage.unlink()
    resumed = run(config, arrays, cut)
    assert isinstance(stopped[-1], Stopped)
    assert stopped[-1].epoch == 1
    assert isinstance(resumed[0], Started)
    assert resumed[0].resumed_after_epoch == 1
    assert epochs(stopped) + epochs(resumed) == whole


def test_tau_0_predicts_by_the_weights_alone(first: RunDir, arrays: DatasetArrays, tmp_path: Path) -> None:
    config = tiny_config(second_stage={"name": "tau_norm", "tau": 0.0})
    run_dir = entered(config, first, tmp_path / "second")
    run(config, arrays, run_dir)
    old = read_members(first.predictions_file("test", "last"), "logits", "last_bias")
    new = read_members(run_dir.predictions_file("test", "last"), "logits", "last_bias")
    assert new["logits"] == pytest.approx(old["logits"] - old["last_bias"], abs=0.02)  # kept in 16 bits
    assert new["last_bias"].tolist() == [0, 0, 0]


def test_features_are_what_the_last_layer_turns_into_logits(first: RunDir, arrays: DatasetArrays) -> None:
    parts = assemble(tiny_config(), arrays)
    parts.network.load_state_dict(weights(first))
    network = parts.network.eval()
    images = next(parts.test.batches(24))[0]
    features, head = features_of(network, images), network.head
    assert torch.equal(F.linear(features, head.weight, head.bias), network(images))


def test_class_means_are_those_of_numpy(first: RunDir, arrays: DatasetArrays) -> None:
    parts = assemble(tiny_config(), arrays)
    parts.network.load_state_dict(weights(first))
    images = parts.test
    with torch.no_grad():
        pixels, labels = next(images.batches(len(images)))
        features = features_of(parts.network.eval(), pixels).double().numpy()
    wanted = [features[labels.numpy() == label].mean(axis=0) for label in range(3)]
    assert class_means(parts.network, images).numpy() == pytest.approx(np.array(wanted), rel=1e-4, abs=1e-5)


def test_weights_of_the_first_stages_loss_and_its_mixing_are_left_behind(
    arrays: DatasetArrays, tmp_path: Path
) -> None:
    changes = {"loss": {"weighting": "inverse_frequency"}, "mixing": {"name": "mixup"}}
    config = tiny_config(**changes, second_stage={"name": "crt", "epochs": 1})
    alone = first_stage_of(config)
    assert alone is not None
    before = entered(alone, None, tmp_path / "first")
    run(alone, arrays, before)
    started = run(config, arrays, entered(config, before, tmp_path / "second"))[0]
    assert isinstance(started, Started)
    assert started.weights is None
    assert started.config == config


def test_a_cosine_head_stays_one(arrays: DatasetArrays, tmp_path: Path) -> None:
    alone = tiny_config(loss={"name": "ldam"})
    before = entered(alone, None, tmp_path / "first")
    run(alone, arrays, before)
    for stage in ("crt", "lws", "ncm"):
        config = tiny_config(loss={"name": "ldam"}, second_stage={"name": stage})
        run_dir = entered(config, before, tmp_path / stage)
        assert isinstance(run(config, arrays, run_dir)[-1], Finished)
        kept = read_members(run_dir.predictions_file("test", "last"), "weight_norms", "last_bias")
        if stage == "crt":
            assert kept["weight_norms"] == pytest.approx([1, 1, 1])


CRT = {"second_stage": {"name": "crt"}}


def test_who_names_no_first_stage_is_refused(arrays: DatasetArrays, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="names no first stage") as caught:
        run(tiny_config(**CRT), arrays, entered(tiny_config(**CRT), None, tmp_path / "run"))
    assert "--first-stage" in caught.value.hint


@pytest.mark.parametrize(
    "changes", [{"seed": 1}, {"loss": {"name": "focal"}}, {"optim": {"learning_rate": 0.1}}]
)
def test_another_run_is_refused_as_first_stage(
    changes: dict[str, Any], first: RunDir, arrays: DatasetArrays, tmp_path: Path
) -> None:
    config = tiny_config(**changes, **CRT)
    with pytest.raises(CheckpointError, match="is not the first stage of this run"):
        run(config, arrays, entered(config, first, tmp_path / "run"))


def test_a_first_stage_of_other_images_is_refused(first: RunDir, tmp_path: Path) -> None:
    other = tiny_arrays((40, 20, 7))
    with pytest.raises(CheckpointError, match="trained on other images"):
        run(tiny_config(**CRT), other, entered(tiny_config(**CRT), first, tmp_path / "run"))


def test_an_unfinished_first_stage_is_refused(arrays: DatasetArrays, tmp_path: Path) -> None:
    before = entered(tiny_config(), None, tmp_path / "first")
    with pytest.raises(CheckpointError, match="has no checkpoint"):
        run(tiny_config(**CRT), arrays, entered(tiny_config(**CRT), before, tmp_path / "none"))
    left = iter(range(6))
    run(tiny_config(), arrays, before, lambda: next(left, None) is None)
    with pytest.raises(CheckpointError, match="has done 1 of 3 epochs"):
        run(tiny_config(**CRT), arrays, entered(tiny_config(**CRT), before, tmp_path / "early"))


def test_a_mean_of_no_images_is_refused(arrays: DatasetArrays) -> None:
    parts = assemble(tiny_config(), arrays)
    images = parts.test
    images.labels[images.labels == 2] = 0
    with pytest.raises(DataError, match="Class 2 has no training images"):
        class_means(parts.network, images)
