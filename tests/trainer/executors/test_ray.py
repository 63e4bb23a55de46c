"""What only a Ray cluster does: nodes that are lost, places that there are not, workers that are killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from tests.app.real_processes import add_tiny_dataset
from tests.trainer.executors.ray_nodes import BIG, HEAD, Nodes
from tests.trainer.executors.test_executors import alone, ended, events, kinds, losses, wait_for
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config import as_json
from trainer.data.cache import imported_folder, write_arrays
from trainer.errors import ExecutorError
from trainer.events import Started
from trainer.executors.base import ExitStatus, Resources
from trainer.executors.cluster import RayExecutor
from trainer.journal import read_entries
from trainer.run_dir import RunDir
from trainer.transfer.config import TransferConfig

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
LABELLED = Resources(1, labels=("big",))
ONE_EPOCH = {"epochs": 1, "milestones": []}
NOBODY = "127.0.0.1:1"
WORKER = """
import sys, time
from pathlib import Path
from trainer.executors.base import Resources
from trainer.executors.cluster import RayExecutor
from trainer.run_dir import RunDir

executor = RayExecutor(Path(sys.argv[1]), sys.argv[2])
executor.start(RunDir(Path(sys.argv[3])), 1, Resources(1))
print("started", "ray" in sys.modules or "torch" in sys.modules, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def datasets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("ray") / "datasets"
    add_tiny_dataset(made)
    return made


@pytest.fixture(scope="module")
def executor(datasets_dir: Path, nodes: Callable[[], Nodes]) -> Iterator[RayExecutor]:
    made = RayExecutor(datasets_dir, nodes().address)
    yield made
    made.close()


def test_a_run_goes_where_its_labels_say_and_takes_its_images_there_once(
    executor: RayExecutor, datasets_dir: Path, nodes: Callable[[], Nodes], tmp_path: Path
) -> None:
    folder, arrays = imported_folder("labelled", datasets_dir), tiny_arrays()
    folder.mkdir(parents=True)
    write_arrays(
        folder, replace(arrays, info=replace(arrays.info, name="folder:labelled", source="labelled"))
    )
    found: list[list[tuple[Path, int]]] = []
    for number in (1, 2):
        run_dir = RunDir(tmp_path / str(number))
        run_dir.create(tiny_config(data={"dataset": "folder:labelled"}, optim=ONE_EPOCH))
        assert ended(executor, executor.start(run_dir, 1, LABELLED)) == ExitStatus(0, None)
        there = (nodes().node_dir(BIG) / "datasets").glob("*/folders/labelled/train_images.npy")
        found.append([(path, path.stat().st_ino) for path in there])
    assert len(found[0]) == 1
    assert found[0] == found[1]
    own = found[0][0][0].relative_to(nodes().node_dir(BIG))
    assert not (nodes().node_dir(HEAD) / own).exists()
    assert list((nodes().node_dir(BIG) / "runs").glob("*")) == []


def test_a_lost_node_costs_no_figure(
    executor: RayExecutor, datasets_dir: Path, nodes: Callable[[], Nodes], run_dir: RunDir
) -> None:
    config = tiny_config(optim={"epochs": 9999})
    run_dir.create(config)
    handle = executor.start(run_dir, 1, LABELLED)
    wait_for(lambda: len(losses(run_dir)) >= 2)
    nodes().lose()
    try:
        status = ended(executor, handle)
    finally:
        nodes().add()
    assert status.lost
    assert not status.machines_fault
    assert status.told is not None
    assert status.told.error_type == "NodeLost"
    before = len(losses(run_dir))
    again = executor.start(run_dir, 2, LABELLED)
    wait_for(lambda: len(losses(run_dir)) >= before + 3)
    executor.stop(again)
    assert ended(executor, again) == ExitStatus(3, None)
    started = [event for event in events(run_dir) if isinstance(event, Started)]
    assert started[1].resumed_after_epoch >= 1
    assert [entry.seq for entry, _ in read_entries(run_dir.events)] == list(
        range(1, len(events(run_dir)) + 1)
    )
    told = sorted(dict(losses(run_dir)).items())
    assert told == list(islice(alone(config, datasets_dir, run_dir.path.parent), len(told)))


def test_a_run_for_which_there_is_no_node_says_so_and_lets_others_pass(
    executor: RayExecutor, run_dir: RunDir, tmp_path: Path
) -> None:
    run_dir.create(tiny_config())
    handle = executor.start(run_dir, 1, Resources(1, labels=("huge",)))
    other = RunDir(tmp_path / "other")
    other.create(tiny_config(optim=ONE_EPOCH))
    assert ended(executor, executor.start(other, 1, Resources(1))).code == 0
    wait_for(lambda: kinds(run_dir) == ["log"])
    assert "It waits for a node of the Ray cluster with 1 CPU, huge=true." in run_dir.log.read_text()
    assert executor.poll(handle) is None
    executor.stop(handle)
    begun = time.monotonic()
    assert ended(executor, handle).code is None
    assert time.monotonic() - begun < 5
    assert kinds(run_dir) == ["log"]


def test_a_killed_worker_trains_on_nowhere_and_the_next_one_goes_on(
    executor: RayExecutor, datasets_dir: Path, nodes: Callable[[], Nodes], run_dir: RunDir, tmp_path: Path
) -> None:
    config = tiny_config(optim={"epochs": 9999})
    run_dir.create(config)
    command = [sys.executable, "-c", WORKER, str(datasets_dir), nodes().address, str(run_dir.path)]
    worker = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "started False\n"
    wait_for(lambda: len(losses(run_dir)) >= 2)
    worker.kill()
    worker.communicate()
    wait_for(lambda: nodes().trainers() == [])
    before = len(losses(run_dir))
    again = executor.start(run_dir, 2, Resources(1))
    wait_for(lambda: len(losses(run_dir)) >= before + 3)
    executor.stop(again)
    assert ended(executor, again) == ExitStatus(3, None)
    told = sorted(dict(losses(run_dir)).items())
    assert told == list(islice(alone(config, datasets_dir, run_dir.path.parent), len(told)))


def test_a_cluster_that_is_not_there_is_told_in_words(datasets_dir: Path, run_dir: RunDir) -> None:
    run_dir.create(tiny_config())
    executor = RayExecutor(datasets_dir, NOBODY)
    with pytest.raises(
        ExecutorError, match=rf"The Ray cluster \({NOBODY}\) cannot be reached: .*refused"
    ) as told:
        executor.start(run_dir, 1, Resources(1))
    assert NOBODY in told.value.message
    assert "--ray-address" in told.value.hint
    assert not run_dir.events.exists()
    executor.close()


def test_what_is_no_training_needs_no_cluster(datasets_dir: Path, tmp_path: Path) -> None:
    """A transfer looks into the folders of other runs: it is measured here."""
    random = {"run": None, "label": "random", "config": as_json(tiny_config())}
    asked = {"sources": [random], "dataset": "folder:tiny", "images": 12, "seeds": [0], "device": "cpu"}
    folder = RunDir(tmp_path / "job")
    folder.create(TransferConfig.model_validate(asked))
    executor = RayExecutor(datasets_dir, NOBODY)
    handle = executor.start(folder, 1, Resources(1))
    assert ended(executor, handle) == ExitStatus(0, None)
    executor.stop(handle)
    executor.kill(handle)
    executor.close()
    assert kinds(folder)[-1] == "finished"
