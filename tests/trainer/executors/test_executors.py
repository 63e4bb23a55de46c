"""What every executor must do, run against each of them."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.trainer.tiny import tiny_config
from trainer.data.sources import load
from trainer.events import Epoch, Started
from trainer.executors.base import Executor, ExitStatus, Handle, Resources
from trainer.executors.inline import InlineExecutor
from trainer.executors.local import LocalExecutor
from trainer.journal import read_entries
from trainer.loop import train
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

ENDLESS = {"epochs": 9999}


@pytest.fixture(params=[InlineExecutor, LocalExecutor])
def executor(request: pytest.FixtureRequest, datasets_dir: Path) -> Iterator[Executor]:
    made: Executor = request.param(datasets_dir)
    yield made
    made.close()
    torch.use_deterministic_algorithms(False)


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def ended(executor: Executor, handle: Handle) -> ExitStatus:
    wait_for(lambda: executor.poll(handle) is not None)
    status = executor.poll(handle)
    assert status is not None
    return status


def kinds(run_dir: RunDir) -> list[str]:
    return [entry.event.kind for entry, _ in read_entries(run_dir.events)]


def begin(executor: Executor, run_dir: RunDir, **optim: int) -> Handle:
    """Start an endless run and wait for its first epoch."""
    run_dir.create(tiny_config(optim=ENDLESS | optim))
    handle = executor.start(run_dir, attempt=1, resources=Resources(threads=1))
    wait_for(lambda: "epoch" in kinds(run_dir))
    return handle


def test_a_run_is_carried_to_its_end(executor: Executor, run_dir: RunDir, datasets_dir: Path) -> None:
    """With the figures, to the last bit, of the same run in this process."""
    run_dir.create(tiny_config())
    handle = executor.start(run_dir, attempt=3, resources=Resources(threads=1))
    assert ended(executor, handle) == ExitStatus(0, None)
    entries = [entry.event for entry, _ in read_entries(run_dir.events)]
    assert isinstance(entries[0], Started)
    assert entries[0].attempt == 3
    assert entries[0].provenance["threads"] == 1
    assert entries[-1].kind == "finished"
    arrays = load("folder:tiny", datasets_dir, print)
    here = train(tiny_config(), arrays, RunDir(run_dir.path.with_name("here")), lambda: False)
    losses = [event.train_loss for event in here if isinstance(event, Epoch)]
    told = [event for event in entries if isinstance(event, Epoch)]
    assert [event.train_loss for event in told] == losses
    kept = read_members(run_dir.predictions_file("test", "last"), "epoch", "predicted")
    assert kept["epoch"] == told[-1].epoch == 3
    assert tuple(np.bincount(kept["predicted"], minlength=3)) == told[-1].predicted
    assert run_dir.predictions_file("test", "best").is_file()


def test_a_failed_run_has_another_code(executor: Executor, run_dir: RunDir) -> None:
    run_dir.create(tiny_config(data={"dataset": "folder:none"}))
    assert ended(executor, executor.start(run_dir, 1, Resources(1))) == ExitStatus(1, None)
    assert kinds(run_dir) == ["failed"]


def test_a_run_stops_when_asked(executor: Executor, run_dir: RunDir) -> None:
    handle = begin(executor, run_dir)
    assert executor.poll(handle) is None
    executor.stop(handle)
    assert ended(executor, handle) == ExitStatus(3, None)
    assert kinds(run_dir)[-1] == "stopped"


def test_a_killed_run_leaves_no_ending_and_can_go_on(executor: Executor, run_dir: RunDir) -> None:
    handle = begin(executor, run_dir)
    executor.kill(handle)
    assert ended(executor, handle) == ExitStatus(None, signal.SIGKILL)
    assert not {"finished", "stopped", "failed"} & set(kinds(run_dir))
    again = executor.start(run_dir, attempt=2, resources=Resources(threads=1))
    wait_for(lambda: kinds(run_dir).count("started") == 2)
    executor.stop(again)
    assert ended(executor, again) == ExitStatus(3, None)
    events = [entry.event for entry, _ in read_entries(run_dir.events)]
    resumed = next(event for event in events if isinstance(event, Started) and event.attempt == 2)
    before = [event.epoch for event in events[: events.index(resumed)] if isinstance(event, Epoch)]
    assert before == list(range(1, len(before) + 1))
    assert resumed.resumed_after_epoch in (len(before) - 1, len(before))  # told but not saved yet, or both


def test_two_runs_at_once(executor: Executor, tmp_path: Path) -> None:
    folders = [RunDir(tmp_path / name) for name in ("one", "two")]
    for folder in folders:
        folder.create(tiny_config())
    handles = [executor.start(folder, 1, Resources(1)) for folder in folders]
    assert [ended(executor, handle).code for handle in handles] == [0, 0]


def test_asking_an_ended_run_is_harmless(executor: Executor, run_dir: RunDir) -> None:
    run_dir.create(tiny_config(optim={"epochs": 1}))
    handle = executor.start(run_dir, 1, Resources(1))
    first = ended(executor, handle)
    executor.stop(handle)
    executor.kill(handle)
    assert executor.poll(handle) == first


def test_close_ends_what_runs(executor: Executor, run_dir: RunDir) -> None:
    begin(executor, run_dir)
    executor.close()
    size = run_dir.events.stat().st_size
    time.sleep(0.3)
    assert run_dir.events.stat().st_size == size
    executor.close()


@pytest.mark.parametrize(
    ("returncode", "said"),
    [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-77, "killed by signal 77")],
)
def test_an_exit_status_speaks(returncode: int, said: str) -> None:
    assert str(ExitStatus.from_returncode(returncode)) == said
