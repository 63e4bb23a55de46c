"""Fixtures of the app's tests: settings and a migrated database in a fresh folder, a client, seeded runs.

A seeded run has a journal made by hand and ingested as a worker would, so nothing is trained.
"""

import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import settings as examples
from starlette.testclient import TestClient
from xdist.scheduler import LoadScopeScheduling

from app.lifecycle import State
from app.main import create_app
from app.runs import queue
from app.runs.drafts import drafted
from app.runs.ingest import ingest
from app.runs.reasons import Reason
from app.serving.installation import prepare
from app.serving.processes import Processes
from app.settings import Settings
from app.store import workers
from app.store.engine import Database
from app.store.runs import get_run
from app.store.workers import WorkerInfo
from tests.app.journals import queued_alone
from tests.postgres_server import Server, programs, shared_server
from tests.replay import seeded
from tests.served import served
from trainer import events
from trainer.config import RunConfig, parse_config
from trainer.data.synthetic import V2
from trainer.journal import Journal
from trainer.metrics.outcome import Outcome
from trainer.metrics.table import measured
from trainer.run_dir import RunDir

examples.register_profile("inner", max_examples=15, derandomize=True, deadline=None)
examples.register_profile("suite", max_examples=30, derandomize=True, deadline=None)
examples.register_profile("nightly", max_examples=300, deadline=None)
examples.load_profile("suite")  # or pytest --hypothesis-profile NAME

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
"""Each process rewrites the asserts of all test modules, ten seconds of it, where none could keep them; and
each one that a test starts compiles all that it imports."""

BROWSER = "tests/e2e/"
_QUERIES = ("compare", "events", "load", "measured", "odd_input", "published", "recipes", "runs",
            "second_stages", "series", "sweep", "system")  # fmt: skip
ON_BOTH = ("tests/app/store/", "tests/app/runs/", *(f"tests/app/api/test_{name}" for name in _QUERIES))
"""Whose tests ask each kind of database; a test of SQLite's own is marked `sqlite`."""
SQLITE = "sqlite"
_POSTGRESQL = pytest.param(
    "postgresql",
    marks=[
        pytest.mark.slow,
        pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt install postgresql"),
    ],
)
Matrix = Sequence[Sequence[int]]
SeedRun = Callable[..., int]

CLASSES = ("cat", "dog", "fox")
TRAIN_COUNTS = (100, 30, 10)
SUPPORT = 20


def shared_by(nodeid: str) -> str:
    """What a test shares costly fixtures with: its file's tests, those of the browser with one another."""
    return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which tests take both databases: as a rule those below ON_BOTH."""
    parser.addoption("--both-databases", action="store_true", help="every test that takes settings")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what a database does take both, unless they are about one."""
    path = metafunc.definition.nodeid
    is_of_both = path.startswith(ON_BOTH) or metafunc.config.getoption("both_databases")
    is_of_one = metafunc.definition.get_closest_marker("sqlite")
    if "settings" in metafunc.fixturenames and is_of_both and not is_of_one:
        metafunc.parametrize("database_url", [SQLITE, _POSTGRESQL], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser and files with slow tests come first, so that all processes end at about the same time."""
    slow = {shared_by(item.nodeid) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (shared_by(item.nodeid) != BROWSER, shared_by(item.nodeid) not in slow))


def pytest_collection_finish() -> None:
    """What imports made stays to the end: a garbage collection need not look through it (0.1 s and more)."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for each core, as slow tests wait for other processes; the inner loop, without them, has one."""
    cores = len(os.sched_getaffinity(0))
    return cores if "not slow" in config.option.markexpr else 2 * cores


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `-n`, tests that share fixtures run in one process, in the order above."""
    config.option.loadscopereorder = False
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = shared_by
    return scheduler


def learning(epoch: int, classes: int) -> Matrix:
    """A confusion matrix that gets better with every epoch; later classes are worse."""
    matrix = np.zeros((classes, classes), dtype=np.int64)
    for truth in range(classes):
        right = max(0, min(SUPPORT, 8 + 2 * epoch - 3 * truth))
        matrix[truth, truth], matrix[truth, 0] = right, matrix[truth, 0] + SUPPORT - right
    matrix[0, 0] = SUPPORT
    return [list(map(int, row)) for row in matrix]


@dataclass(frozen=True)
class Seed:
    """Makes runs in a database and a data folder."""

    db: Database
    settings: Settings
    made: list[int] = field(default_factory=list)

    def __call__(
        self,
        state: str = "completed",
        *,
        name: str = "seeded",
        config: Mapping[str, Any] | None = None,
        tags: Sequence[str] = (),
        notes: str = "",
        epochs: int = 3,
        class_names: Sequence[str] = CLASSES,
        train_counts: Sequence[int] = TRAIN_COUNTS,
        confusions: Sequence[Matrix] | None = None,
        figures: Mapping[int, Mapping[str, Any]] | None = None,
        fingerprint: str = "f" * 64,
        source: str | None = V2.info.source,
    ) -> int:
        """A run that has come to `state`, with `epochs` finished epochs.

        confusions: one an epoch, else `learning`. figures: {epoch: {field: value}} put over what they give.
        """
        matrices = confusions or [learning(epoch, len(class_names)) for epoch in range(1, epochs + 1)]
        whole = {"optim": {"epochs": max(epochs, 1), "milestones": []}, **(config or {})}
        queued = {"config": whole, "name": name, "tags": tags, "notes": notes, "source": source}
        told = {"names": class_names, "counts": train_counts, "matrices": matrices,
                "fingerprint": fingerprint, "figures": figures or {}}  # fmt: skip
        seed = partial(self._as_a_worker, state, queued, told)
        return seeded(self.db, self.settings, [state, queued, told], seed)

    def _as_a_worker(self, state: str, queued: Mapping[str, Any], told: Mapping[str, Any]) -> int:
        parsed = parse_config(queued["config"])
        with self.db.write() as session:
            run = queued_alone(session, drafted(**{**queued, "config": parsed, "priority": 1000}))
            if state == State.QUEUED:
                run.priority = 0
                return run.id
        with self.db.write() as session:
            claimed = queue.claim(session, "seed", lease_seconds=3600)
            assert claimed is not None
            claimed.priority, run_id = 0, claimed.id
        run_dir = RunDir(self.settings.run_dir(run_id))
        run_dir.create(parsed)
        with Journal(run_dir.events) as journal:
            for event in _events(parsed, state, **told):
                journal.append(event)
        self._settle(run_id, state, run_dir)
        return run_id

    def _settle(self, run_id: int, state: str, run_dir: RunDir) -> None:
        if state in (State.CANCELED, State.PAUSED):
            with self.db.write() as session:
                queue.request_stop(session, get_run(session, run_id), State(state))
        ingest(self.db, run_id, 1, run_dir)
        if state == State.CRASHED:
            with self.db.write() as session:
                reason = Reason("LeaseExpired", "The worker fell silent.")
                queue.move(session, get_run(session, run_id), State.CRASHED, reason)


_ENDINGS: dict[str, events.Event] = {
    "completed": events.Finished(epochs=3, seconds=6.0, best=None),
    "failed": events.Failed(error_type="ValueError", message="It broke.", hint="Mend it."),
    "canceled": events.Stopped(epoch=1),
    "paused": events.Stopped(epoch=1),
}


def _events(
    config: RunConfig,
    state: str,
    names: Sequence[str],
    counts: Sequence[int],
    matrices: Sequence[Matrix],
    fingerprint: str,
    figures: Mapping[int, Mapping[str, Any]],
) -> Iterator[events.Event]:
    """What such a run says from its start on."""
    support = tuple(sum(row) for row in matrices[0]) if matrices else (SUPPORT,) * len(names)
    yield events.Started(
        config=config,
        class_names=tuple(names),
        train_counts=tuple(counts),
        validation_counts=(0,) * len(names),
        test_counts=support,
        weights=None,
        fingerprint=fingerprint,
        achieved_ratio=max(counts) / min(counts),
        images_per_epoch=sum(counts),
        steps_per_epoch=-(-sum(counts) // 64),
        parameters=653_866,
        provenance={"torch": "none", "threads": 1},
    )
    for epoch, matrix in enumerate(matrices, start=1):
        yield epoch_event(epoch, matrix, counts, figures.get(epoch, {}))
    if state in _ENDINGS:
        yield _ENDINGS[state]


def epoch_event(epoch: int, matrix: Matrix, counts: Sequence[int], over: Mapping[str, Any]) -> events.Epoch:
    """An epoch of these confusion counts; `over` is put over what they give."""
    seen = Outcome(np.array(matrix, dtype=np.int64), counts)
    plain: dict[str, Any] = {
        "epoch": epoch,
        "train_loss": 2.0 / epoch,
        "train_accuracy": 0.5,
        **measured("test", seen),
        "test_loss": 2.5 / epoch,
        "learning_rate": 0.1,
        "seconds": 2.0,
        "images_per_second": sum(counts) / 2.0,
        "images": sum(counts),
        "support": seen.support.tolist(),
        "correct": seen.correct.tolist(),
        "predicted": seen.predicted.tolist(),
        "confusion": matrix,
        "scalars": {"seconds/evaluate": 0.5},
    }
    return events.Epoch.model_validate(plain | dict(over))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder as `prepare` leaves it; copied for each test, since migrating takes 40 ms."""
    made = Settings(data_dir=tmp_path_factory.mktemp("migrated") / "data")
    prepare(made)
    return made.data_dir


@pytest.fixture(scope="module")
def served_folder(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to serve from, which all tests of a module share: who serves leaves a mark in it."""
    copied: Path = shutil.copytree(migrated, tmp_path_factory.mktemp("served") / "data")
    return copied


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    with shared_server((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "postgres") as server:
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Which database the settings name: SQLite in the data folder, or in the tests of both PostgreSQL."""
    if getattr(request, "param", SQLITE) == SQLITE:
        yield ""
    else:
        with request.getfixturevalue("postgres").clone() as url:
            yield url


@pytest.fixture
def settings(tmp_path: Path, migrated: Path, database_url: str) -> Settings:
    """Settings of an installation in a fresh folder, made ready."""
    copied: Path = shutil.copytree(migrated, tmp_path / "data")
    return Settings(data_dir=copied, database_url=database_url)


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.url)
    yield opened
    opened.close()


@pytest.fixture
def seed_run(db: Database, settings: Settings) -> SeedRun:
    return Seed(db, settings)


@pytest.fixture
def live_worker(db: Database) -> str:
    """The id of a worker that is registered and alive, but claims nothing."""
    info = WorkerInfo("test-worker", 1, "here", slots=1, threads=1, devices=("cpu",))
    with db.write() as session:
        workers.register(session, info)
    return info.id


@pytest.fixture(scope="session", autouse=True)
def _nobody_judges() -> Iterator[None]:
    """No worker renews the claims of seeded runs: a web application within the tests must not judge them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.main.Reaper", _NoJudge)
        yield


@pytest.fixture(scope="session", autouse=True)
def _nobody_pulls_the_plug() -> Iterator[None]:
    """Journals made here need not reach the disk, for which each epoch would wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


class _NoJudge:
    def __init__(self, db: Database, settings: Settings) -> None:
        pass

    def run_until(self, stop: Event) -> None:
        pass


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """A caller of the whole application, as a script on this machine."""
    with TestClient(create_app(settings), base_url="http://localhost:8000") as made:
        yield made


@pytest.fixture
def web_url(settings: Settings) -> Iterator[str]:
    """Address of a real web server in a thread of this process, for streams and raw requests."""
    with served(settings) as server:
        yield server.url


@pytest.fixture(scope="session")
def board_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder of `board_url`."""
    return tmp_path_factory.mktemp("board") / "data"


@pytest.fixture(scope="session")
def board_url(board_dir: Path) -> Iterator[str]:
    """Address of a real `serve`: web process and worker, on a free port."""
    served = Settings(data_dir=board_dir, port=0)
    stop = Event()
    with Processes(served, say=print) as processes:
        tending = Thread(target=processes.run_until, args=(stop,))
        tending.start()
        yield processes.url
        stop.set()
        tending.join()
