"""Killed by SIGKILL at random, then gone on with: every recipe ends as if it had not been, to the last bit.

The recipes are those of the golden curves, which are one for each entry of each registry, here on a network
with dropout and batch norm, trained with momentum on augmented images.
"""

import json
import random
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.faults import WANTED
from tests.trainer import golden_curves
from tests.trainer.equal_runs import assert_equal_folders, figures, told
from trainer.checkpoint import load_checkpoint
from trainer.checkpoint_policy import CheckpointPolicy
from trainer.config import RunConfig, as_json, merge, parse_config
from trainer.data.cache import DatasetArrays, imported_folder, write_arrays
from trainer.data.sources import load
from trainer.events import Finished, Started
from trainer.executors import local
from trainer.executors.base import ExitStatus, Resources
from trainer.executors.local import LocalExecutor
from trainer.loop import train
from trainer.run_dir import RunDir
from trainer.stages import first_stage_of

pytestmark = pytest.mark.slow

SEED = 14
MANY = 10_000_000
"""Parameters from which on a checkpoint at each step takes its time."""
EACH_STEP, WHOLE_EPOCHS = CheckpointPolicy(minutes=1e-9), CheckpointPolicy(minutes=0, every_epochs=1)
CHANCE: Mapping[str, Any] = {
    "model": {"name": "convnet4", "width": 2, "dropout_conv": 0.2, "dropout_fc": 0.3},
    "optim": {"momentum": 0.9, "epochs": 2},
    "data": {"augment": True},
}
MORE: Mapping[str, Mapping[str, Any]] = {
    "bf16": {"precision": "bf16"},
    "validation": {"data": {"validation_fraction": 0.25}},
    "all at once": {
        "policy": {"name": "randaugment"},
        "mixing": {"name": "cutmix"},
        "sampling": {"name": "progressive"},
        "loss": {"name": "vs", "weighting": "inverse_sqrt", "reduction": "mean_one", "weights_from": 2},
        "optim": {"schedule": "cosine", "warmup_epochs": 1, "nesterov": True, "epochs": 3},
        "data": {"validation_fraction": 0.2},
        "precision": "bf16",
    },
}


def recipes() -> Iterator[tuple[str, RunConfig]]:
    for name, config in golden_curves.cases():
        own = name.startswith(("preset=", "model."))
        yield name, _of(config, {} if own else CHANCE)
    for name, fields in MORE.items():
        yield name, _of(golden_curves.small({}), merge(CHANCE, fields))


def _of(config: RunConfig, fields: Mapping[str, Any]) -> RunConfig:
    """On images that a child finds in a folder."""
    folder = {"data": {"dataset": f"folder:of-{golden_curves.images_of(config).info.image_size}"}}
    plain = {name: value for name, value in as_json(config).items() if name != "model" or not fields}
    return parse_config(merge(merge(plain, fields), folder))


RECIPES = dict(recipes())
KILLS = {name: random.Random(f"{SEED} {name}") for name in RECIPES}


class Killing:
    """Carries out runs in real children, which are killed on the way."""

    def __init__(self, executor: LocalExecutor, folder: Path) -> None:
        self.executor, self.folder = executor, folder

    def arrays(self, config: RunConfig) -> DatasetArrays:
        return load(config.data.dataset, self.folder / "datasets", print)

    def killed(self, run_dir: RunDir, attempt: int, policy: CheckpointPolicy, **at: int) -> None:
        (run_dir.path.parent / WANTED).write_text(json.dumps(at))
        handle = self.executor.start(run_dir, attempt, Resources(1, checkpoints=policy))
        until = time.monotonic() + 300
        while (status := self.executor.poll(handle)) is None:
            assert time.monotonic() < until, "the child hangs"
            time.sleep(0.002)
        assert status == ExitStatus(None, signal.SIGKILL), run_dir.log.read_text()


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("killing")
    for config in RECIPES.values():
        arrays = golden_curves.images_of(config)
        place = imported_folder(config.data.dataset.removeprefix("folder:"), folder / "datasets")
        if not place.exists():
            place.mkdir(parents=True)
            name = config.data.dataset
            info = replace(arrays.info, name=name, source=f"{name}/test")
            write_arrays(place, replace(arrays, info=info))
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # another one may run here
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(local, "PRELOADED", "tests.trainer.executors.killed")
        executor = LocalExecutor(folder / "datasets")
    yield Killing(executor, folder)
    executor.close()
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def folder_of(config: RunConfig, path: Path, arrays: DatasetArrays) -> RunDir:
    """A new folder of the run; of a second stage, behind the first one, which is trained whole."""
    run_dir = RunDir(path / "run")
    run_dir.create(config)
    if (first := first_stage_of(config)) is not None:
        before = RunDir(path / "first")
        before.create(first)
        list(train(first, arrays, before, lambda: False))
        run_dir.write_first_stage(before.path)
    return run_dir


@pytest.mark.parametrize("name", RECIPES)
def test_killed_at_a_random_step_it_ends_as_if_it_had_not_been(
    name: str, killing: Killing, tmp_path: Path
) -> None:
    config, chance = RECIPES[name], KILLS[name]
    arrays = killing.arrays(config)
    whole = folder_of(config, tmp_path / "whole", arrays)
    calm = list(train(config, arrays, whole, lambda: False, policy=CheckpointPolicy(minutes=0)))
    [began] = [event for event in calm if isinstance(event, Started)]
    cut = folder_of(config, tmp_path / "cut", arrays)
    steps = len(figures(calm)) * began.steps_per_epoch
    most = min(steps, 5) if began.parameters > MANY else steps
    step, policy = chance.randint(1, most), chance.choice((EACH_STEP, WHOLE_EPOCHS))
    killing.killed(cut, 1, policy, step=step)
    before, rest = told(cut), list(train(config, arrays, cut, lambda: False))
    resumed = next(event for event in rest if isinstance(event, Started))
    done = resumed.resumed_after_epoch * began.steps_per_epoch + resumed.resumed_after_steps
    assert done == (
        step - 1 if policy is EACH_STEP else (step - 1) // began.steps_per_epoch * began.steps_per_epoch
    )
    assert figures([*before, *rest]) == figures(calm)
    assert isinstance(rest[-1], Finished)
    assert_equal_folders(cut, whole)


def test_killed_again_and_again_it_still_ends_the_same(killing: Killing, tmp_path: Path) -> None:
    """At steps, and in the midst of writing a checkpoint."""
    config, chance = RECIPES["all at once"], random.Random(SEED)
    arrays = killing.arrays(config)
    whole, cut = (folder_of(config, tmp_path / name, arrays) for name in ("whole", "cut"))
    calm = list(train(config, arrays, whole, lambda: False, policy=CheckpointPolicy(minutes=0)))
    for attempt in range(1, 7):
        kind = chance.choice(("step", "write"))
        killing.killed(cut, attempt, EACH_STEP, **{kind: chance.randint(1, 2)})
    drafts = list(cut.path.rglob("*.part"))
    assert len(drafts) <= 1
    events = [*told(cut), *train(config, arrays, cut, lambda: False)]
    assert figures(events) == figures(calm)
    cut.drop_drafts()
    assert_equal_folders(cut, whole)


@pytest.mark.parametrize("write", range(1, 8))
def test_killed_in_the_midst_of_any_checkpoint_it_loses_none(
    write: int, killing: Killing, tmp_path: Path
) -> None:
    """Of best.pt, epoch-1.pt, last.pt and those within an epoch; the next attempt clears the half file."""
    config = RECIPES["validation"]
    arrays = killing.arrays(config)
    whole, cut = (folder_of(config, tmp_path / name, arrays) for name in ("whole", "cut"))
    calm = list(train(config, arrays, whole, lambda: False))
    policy = CheckpointPolicy(minutes=1e-9 if write > 3 else 0, every_epochs=1)
    killing.killed(cut, 1, policy, write=write)
    assert [path.suffix for path in cut.path.rglob("*.part")] == [".part"]
    for name in ("last.pt", "best.pt"):
        if (cut.checkpoints / name).exists():
            load_checkpoint(cut.checkpoints / name)
    saved = shutil.copytree(cut.path, tmp_path / "again" / "run")
    killing.killed(RunDir(saved), 2, policy, step=1)  # which begins by clearing up
    assert list(saved.rglob("*.part")) == []
    assert figures([*told(cut), *train(config, arrays, cut, lambda: False)]) == figures(calm)
    cut.drop_drafts()
    assert_equal_folders(cut, whole)
