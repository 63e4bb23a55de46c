"""A real board whose runs are trained by a Ray cluster: watched, swept, killed, left without a cluster."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from app.cli import main
from app.lifecycle import State
from app.runs import queue
from app.serving.installation import prepare
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Run
from app.worker import executors
from app.worker.executors import executor_for
from tests.app.real_processes import Family, add_tiny_dataset, wait_for
from tests.trainer.executors.ray_nodes import Nodes
from tests.trainer.tiny import tiny_config
from trainer.executors.base import Executor
from trainer.executors.cluster import RayExecutor
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir

MOST_SECONDS_UNSEEN = 5.0
ENDLESS = {"epochs": 9999}


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with Nodes() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path / "data")
    prepare(made)
    add_tiny_dataset(made.datasets_dir)
    return made


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    made = Database(settings.url)
    yield made
    made.close()


@contextmanager
def served(settings: Settings, *options: str) -> Iterator[Family]:
    """A real board with two slots, which ends with the block."""
    family = Family(settings.data_dir, 2, options)
    try:
        yield family
    finally:
        family.kill()


@pytest.fixture
def board(settings: Settings, nodes: Nodes) -> Iterator[Family]:
    with served(settings, "--executor", "ray", "--ray-address", nodes.address) as family:
        yield family


def launch(db: Database, **changes: Any) -> int:
    with db.write() as s:
        return queue.enqueue(s, tiny_config(**{"threads": 1, **changes}), "run").id


def run_of(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def wait_for_state(db: Database, run_id: int, state: str) -> None:
    wait_for(lambda: run_of(db, run_id).state == state, 300)


def figures(db: Database, run_id: int) -> list[dict[str, object]]:
    """All that is stored of its epochs but when they were and how long they took."""
    passing = {"_sa_instance_state", "run_id", "time", "seconds", "images_per_second"}
    with db.read() as s:
        return [
            {name: value for name, value in vars(row).items() if name not in passing}
            for row in series.epochs(s, run_id)
        ]


@pytest.mark.slow
def test_a_board_on_a_cluster(board: Family, settings: Settings, db: Database, nodes: Nodes) -> None:
    """One board for all of it: until it is there with its cluster takes seconds."""
    is_watched(board, db)
    loses_its_worker(board, settings, db, nodes)
    there = sweep(db)
    loses_its_cluster(board, db, nodes)
    assert board.end() == []
    with served(settings):
        here = sweep(db)
    assert [told for _, told in there] == [told for _, told in here], "to the last bit"
    assert len({repr(told) for _, told in here}) == 12


def is_watched(board: Family, db: Database) -> None:
    """What a run tells is on its page within five seconds of its making, while it trains."""
    run_id = launch(db, optim=ENDLESS)
    wait_for(lambda: run_of(db, run_id).epoch >= 1, 300)
    with db.read() as s:
        path = f"/api/v1/runs/{run_id}/stream?after={series.last_event_id(s)}"
    ages = []
    with httpx2.Client(base_url=board.url, timeout=60) as client, client.stream("GET", path) as told:
        for line in told.iter_lines():
            if line.startswith("data:"):
                event = json.loads(line.removeprefix("data:"))
                ages.append((datetime.now(UTC) - datetime.fromisoformat(event["time"])).total_seconds())
            if len(ages) == 20:
                break
    assert max(ages) < MOST_SECONDS_UNSEEN
    assert run_of(db, run_id).state == "running"
    assert httpx2.post(f"{board.url}/api/v1/runs/{run_id}/cancel", timeout=60).is_success
    wait_for_state(db, run_id, "canceled")


def loses_its_worker(board: Family, settings: Settings, db: Database, nodes: Nodes) -> None:
    """Killed, it leaves no run on the cluster; the next one goes on with it after its checkpoint.

    That comes from its node behind the entries of its epoch, and what the first attempt told last is read by
    the second worker.
    """
    run_id = launch(db, optim=ENDLESS)
    saved = RunDir(settings.run_dir(run_id)).checkpoints / "last.pt"
    wait_for(lambda: run_of(db, run_id).epoch >= 2 and saved.is_file(), 300)
    (worker,) = board.worker()
    worker.kill()
    wait_for(lambda: nodes.trainers() == [])
    wait_for(lambda: (run_of(db, run_id).started or {})["resumed_after_epoch"] >= 1, 300)
    kept = run_of(db, run_id).epoch
    wait_for(lambda: run_of(db, run_id).epoch > kept, 300)
    assert run_of(db, run_id).attempt == 2
    assert [one["epoch"] for one in figures(db, run_id)][: kept + 1] == list(range(1, kept + 2))
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), State.CANCELED)
    wait_for_state(db, run_id, "canceled")


def sweep(db: Database) -> list[tuple[int, list[dict[str, object]]]]:
    """Twelve runs, each with its figures."""
    settings = itertools.product(("cross_entropy", "focal", "ldam"), range(4))
    optim = {"epochs": 2, "milestones": []}
    ids = [launch(db, loss={"name": loss}, seed=seed, optim=optim) for loss, seed in settings]
    wait_for(lambda: all(run_of(db, one).state == "completed" for one in ids), 300)
    return [(one, figures(db, one)) for one in ids]


def loses_its_cluster(board: Family, db: Database, nodes: Nodes) -> None:
    """The run that trained waits, as others do, and the worker says why."""
    run_id, other = launch(db, optim=ENDLESS), launch(db, optim=ENDLESS)
    wait_for(lambda: run_of(db, run_id).epoch >= 1 and run_of(db, other).epoch >= 1, 300)
    nodes.end()
    wait_for(lambda: "Ray cluster" in trouble(board), 300)
    wait_for(lambda: "cannot be reached" in trouble(board), 300)
    wait_for(lambda: {run_of(db, one).state for one in (run_id, other)} == {"queued"}, 300)
    for one in (run_id, other):
        assert httpx2.post(f"{board.url}/api/v1/runs/{one}/cancel", timeout=60).is_success


def trouble(board: Family) -> str:
    found = httpx2.get(f"{board.url}/api/v1/workers", timeout=60).json()["items"]
    return " ".join(worker["trouble"] or "" for worker in found)


@pytest.mark.parametrize(("executor", "kind"), [("local", LocalExecutor), ("ray", RayExecutor)])
def test_the_settings_name_the_executor(
    settings: Settings, executor: str, kind: type[Executor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.executors.local._start_fork_server", lambda: None)
    assert isinstance(executor_for(Settings(data_dir=settings.data_dir, executor=executor)), kind)


def test_without_ray_it_says_what_to_install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    command = ["worker", "--data-dir", str(settings.data_dir), "--executor", "ray"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert "pip install 'betaboard[ray]'" in result.output
