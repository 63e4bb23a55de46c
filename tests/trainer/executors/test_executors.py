"""What every executor must do, run against each of them: threads, children, the nodes of a Ray cluster."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from tests.app.real_processes import add_tiny_dataset, parent_of, role
from tests.trainer.executors.ray_nodes import Nodes
from tests.trainer.tiny import tiny_config
from trainer.config import RunConfig
from trainer.data.sources import load
from trainer.events import Epoch, Event, Log, Started
from trainer.executors.base import Executor, ExitStatus, Handle, Resources
from trainer.executors.cluster import RayExecutor
from trainer.executors.inline import InlineExecutor
from trainer.executors.local import LocalExecutor
from trainer.journal import Position, read_entries
from trainer.loop import train
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

ENDLESS = {"epochs": 9999}
EXECUTORS = ("inline", "local", "ray")


Made = Callable[[str], Executor]


@pytest.fixture(scope="module")
def datasets_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("executors") / "datasets"
    add_tiny_dataset(made)
    return made


@pytest.fixture(scope="module")
def new(datasets_dir: Path, nodes: Callable[[], Nodes]) -> Iterator[Made]:
    """Makes an executor of a kind."""
    with ExitStack() as stack:

        def made(kind: str) -> Executor:
            known: dict[str, Callable[[], Executor]] = {
                "inline": lambda: InlineExecutor(datasets_dir),
                "local": lambda: LocalExecutor(datasets_dir),
                "ray": lambda: RayExecutor(datasets_dir, nodes().address),
            }
            executor = known[kind]()
            stack.callback(executor.close)
            return executor

        yield made


@pytest.fixture(scope="module")
def shared(new: Made) -> Made:
    """That of the whole module: a new one has to find its cluster first, and to import torch."""
    return cache(new)


@pytest.fixture(params=EXECUTORS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def executor(kind: str, shared: Made) -> Iterator[Executor]:
    yield shared(kind)
    torch.use_deterministic_algorithms(False)


def trainers(kind: str, nodes: Callable[[], Nodes]) -> list[psutil.Process]:
    """The processes that train, wherever they are."""
    if kind == "ray":
        return nodes().trainers()
    servers = [child for child in psutil.Process().children(recursive=True) if "fork server" in role(child)]
    pids = {server.pid for server in servers}
    return [child for child in servers if parent_of(child) in pids]


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


def events(run_dir: RunDir) -> list[Event]:
    return [entry.event for entry, _ in read_entries(run_dir.events)]


def kinds(run_dir: RunDir) -> list[str]:
    return [event.kind for event in events(run_dir)]


def begin(executor: Executor, run_dir: RunDir, **optim: int) -> Handle:
    """Start an endless run and wait for its first epoch."""
    run_dir.create(tiny_config(optim=ENDLESS | optim))
    handle = executor.start(run_dir, attempt=1, resources=Resources(threads=1))
    wait_for(lambda: "epoch" in kinds(run_dir))
    return handle


def losses(run_dir: RunDir) -> list[tuple[int, float | None]]:
    return [(event.epoch, event.train_loss) for event in events(run_dir) if isinstance(event, Epoch)]


def alone(config: RunConfig, datasets_dir: Path, folder: Path) -> Iterator[tuple[int, float | None]]:
    """The figures of the same run in this process, without interruption."""
    arrays = load("folder:tiny", datasets_dir, print)
    told = train(config, arrays, RunDir(folder / "alone"), lambda: False)
    return ((event.epoch, event.train_loss) for event in told if isinstance(event, Epoch))


def test_a_run_is_carried_to_its_end(executor: Executor, run_dir: RunDir, datasets_dir: Path) -> None:
    """With the figures, to the last bit, of the same run in this process; journal, log, files are here."""
    run_dir.create(tiny_config())
    handle = executor.start(run_dir, attempt=3, resources=Resources(threads=1))
    assert ended(executor, handle) == ExitStatus(0, None)
    told = handle.journal.entries(Position(0, 0)).items
    assert [entry.seq for entry in told] == list(range(1, len(told) + 1))
    first, *_, last = (entry.event for entry in told if not isinstance(entry.event, Log))
    assert isinstance(first, Started), "on a busy cluster behind a line that says what it waits for"
    assert (first.attempt, first.provenance["threads"], last.kind) == (3, 1, "finished")
    assert losses(run_dir) == list(alone(tiny_config(), datasets_dir, run_dir.path.parent))
    assert "epoch 3: loss" in run_dir.log.read_text()
    kept = read_members(run_dir.predictions_file("test", "last"), "epoch", "predicted")
    epochs = [entry.event for entry in told if isinstance(entry.event, Epoch)]
    assert kept["epoch"] == epochs[-1].epoch == 3
    assert tuple(np.bincount(kept["predicted"], minlength=3)) == epochs[-1].predicted
    assert run_dir.predictions_file("test", "best").is_file()
    saved = torch.load(run_dir.checkpoints / "last.pt", weights_only=True)
    assert saved["epoch"] == 3


def test_a_run_that_cannot_begin_says_so_in_its_journal(executor: Executor, run_dir: RunDir) -> None:
    run_dir.create(tiny_config(data={"dataset": "folder:none"}))
    assert ended(executor, executor.start(run_dir, 1, Resources(1))) == ExitStatus(1, None)
    assert kinds(run_dir) == ["failed"]
    assert "folder:none" in run_dir.events.read_text()


def test_what_the_journal_cannot_take_is_told_otherwise(executor: Executor, run_dir: RunDir) -> None:
    run_dir.create(tiny_config())
    run_dir.events.mkdir()
    status = ended(executor, executor.start(run_dir, 1, Resources(1)))
    assert status.code == 1
    assert status.told is not None
    assert "events.jsonl" in status.told.message


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
    told = events(run_dir)
    resumed = next(event for event in told if isinstance(event, Started) and event.attempt == 2)
    before = [event.epoch for event in told[: told.index(resumed)] if isinstance(event, Epoch)]
    assert before == list(range(1, len(before) + 1))
    assert resumed.resumed_after_epoch in (len(before) - 1, len(before))  # told but not saved yet, or both


@pytest.mark.parametrize("kind", [kind for kind in EXECUTORS if kind != "inline"], indirect=True)
def test_a_process_that_vanishes_is_told_by_its_signal_and_costs_no_figure(
    kind: str, executor: Executor, run_dir: RunDir, datasets_dir: Path, nodes: Callable[[], Nodes]
) -> None:
    handle = begin(executor, run_dir)
    (trainer,) = trainers(kind, nodes)
    os.kill(trainer.pid, signal.SIGSEGV)
    assert ended(executor, handle) == ExitStatus(None, signal.SIGSEGV)
    before = len(losses(run_dir))
    again = executor.start(run_dir, 2, Resources(1))
    wait_for(lambda: len(losses(run_dir)) >= before + 3)
    executor.stop(again)
    assert ended(executor, again) == ExitStatus(3, None)
    told = sorted(dict(losses(run_dir)).items())
    calm = alone(run_dir.read_config(), datasets_dir, run_dir.path.parent)
    assert told == list(islice(calm, len(told)))


def test_a_second_stage_finds_the_first(executor: Executor, tmp_path: Path) -> None:
    first, second = RunDir(tmp_path / "1"), RunDir(tmp_path / "2")
    first.create(tiny_config())
    assert ended(executor, executor.start(first, 1, Resources(1))).code == 0
    second.create(tiny_config(second_stage={"name": "ncm"}))
    second.write_first_stage(first.path)
    assert ended(executor, executor.start(second, 1, Resources(1))).code == 0
    network, upon = (
        torch.load(one.checkpoints / "last.pt", weights_only=True)["model"] for one in (second, first)
    )
    assert any(upon[name].equal(network[name]) for name in upon if name.endswith("weight"))


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


def test_close_ends_what_runs(kind: str, new: Made, run_dir: RunDir, nodes: Callable[[], Nodes]) -> None:
    own = new(kind)
    begin(own, run_dir)
    own.close()
    size = run_dir.events.stat().st_size
    wait_for(lambda: trainers(kind, nodes) == [])
    time.sleep(0.3)
    assert run_dir.events.stat().st_size == size
    own.close()


@pytest.mark.parametrize(
    ("returncode", "said"),
    [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-77, "killed by signal 77")],
)
def test_an_exit_status_speaks(returncode: int, said: str) -> None:
    assert str(ExitStatus.from_returncode(returncode)) == said
