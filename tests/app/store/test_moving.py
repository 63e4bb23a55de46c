"""A board moved to the other kind of database and back: every row and every id that was given out."""

import math
import sqlite3
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from app.cli import main
from app.errors import SetupError
from app.runs.queue import LEASE_SECONDS, enqueue
from app.serving.installation import prepare
from app.settings import Settings, file_url
from app.store import deliveries, moving, workers
from app.store.engine import Database, migrate
from app.store.moving import move_board
from app.store.series import last_event_id
from app.store.tables import (
    Attempt,
    Base,
    Delivery,
    Folder,
    HookPlace,
    ImportedMetric,
    ImportedRun,
    MachineSample,
    NamedView,
    Piece,
    PublishedRow,
    Recipe,
    Run,
    RunFile,
    RunFileChunk,
    Scalar,
    SignIn,
    Token,
    Usage,
    Worker,
)
from app.store.workers import WorkerInfo
from tests.postgres_server import Server, programs
from trainer.config import RunConfig

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt install postgresql"),
]
BOARD = Path(__file__).parents[2] / "boards" / "schema-0005.tar.xz"
PATHS = ("runs", "runs?sort=name&limit=3", "sweeps", "compare?sweep=1", "runs/1/epochs", "published")
TABLES = [table.name for table in Base.metadata.sorted_tables]


@pytest.fixture
def board(tmp_path: Path) -> Settings:
    """A stored board of real trainings, and of what it lacks a row that is odd in every way."""
    with tarfile.open(BOARD) as packed:
        packed.extractall(tmp_path / "data", filter="data")
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    with closing(Database(settings.url)) as db, db.write() as s:
        odd = 'é\n"%s\\ \U0001f600 :x %(y)s $1'
        s.add(Recipe(name=odd, config={"b": [1e-320, 0.1 + 0.2, 2**60], "a": {"\0": None}}, created_at=odd))
        s.add(Piece(run_id=1, name=odd, number=2**40, time="", seconds=5e-324, figures={}))
        s.add(Scalar(run_id=1, key=odd, epoch=1, value=None))
        gone = enqueue(s, RunConfig(), "gone", tags=["a", "B"])
        s.add(PublishedRow(group_name="", label=odd, dataset="", imbalance_ratio=1e308,
                           accuracy=0.16999999999999998, classes=[None, 1], class_names=["x", odd], source="",
                           recipe="", note="", created_at=""))  # fmt: skip
        s.flush()
        s.execute(delete(Run).where(Run.id == gone.id))
        add_odd_rows(s, odd)
    return settings


def add_odd_rows(s: Session, odd: str) -> None:
    """Of the tables that the stored board is older than; whole numbers are larger than 32 bits."""
    large, moment = 2**40, "2026-01-02T03:04:05.678Z"
    token = Token(name=odd, scope="read", prefix=odd, digest=odd, created_at=moment)
    s.add_all([
        Attempt(run_id=1, attempt=2, worker_id=odd, host=None, started_at=moment, epoch=None),
        Usage(run_id=1, seq=3, time=moment, seconds=0.1, cpu_seconds=5e-324, memory_bytes=large,
              gpu_memory_bytes=large),
        MachineSample(host=odd, time=moment, seconds=1, cores=2, cpu=0.3, memory_bytes=large,
                      memory_total_bytes=large, gpus=[{"name": odd, "power": None}]),
        Folder(id=odd, host=odd, served_at=None, worked_at=moment),
        RunFile(run_id=1, name=odd, folder_id=odd, content="c", bytes=large, sha256=""),
        RunFileChunk(content="c", number=0, run_id=1, name=odd, data=bytes(range(256))),
        RunFileChunk(content="c", number=1, run_id=1, name=odd, data=b""),
        token,
    ])  # fmt: skip
    s.flush()
    s.add(SignIn(digest=odd, token_id=token.id, created_at=moment, expires_at=moment))
    add_what_came_with_searches(s, odd, moment)


def add_what_came_with_searches(s: Session, odd: str, moment: str) -> None:
    """Named views, what webhooks are owed, and runs of other tools."""
    elsewhere = ImportedRun(
        tool="csv", key=odd, place=odd, experiment="", name=odd, notes="", state="unknown", started_at=None,
        finished_at=None, imported_at=moment, params={odd: [1e-320, None]}, tags={}, setting=odd, figures={},
        classes=[None, odd], percent=[], content_hash="",
    )  # fmt: skip
    s.add_all([
        NamedView(name=odd, query=odd, created_at=moment),
        HookPlace(hook=odd, upto=2**40),
        Delivery(hook=odd, key=odd, payload={odd: 2**60}, created_at=moment, due_at=moment),
        elsewhere,
    ])  # fmt: skip
    s.flush()
    s.add(ImportedMetric(imported_id=elsewhere.id, name=odd, steps=[2**40], values=[5e-324]))


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    with postgres.clone() as url:
        yield url


def rows(path: Path) -> dict[str, list[Any]]:
    """Everything in the file, as SQLite itself holds it."""
    with closing(sqlite3.connect(path)) as opened:
        stored = {name: opened.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
        return stored | {"last ids": sorted(opened.execute("SELECT name, seq FROM sqlite_sequence"))}


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two answers are not the same; a sum's last bits depend on the order in which it is taken."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [text for key in one for text in differences(one[key], other[key], f"{at}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [text for place, pair in pairs for text in differences(*pair, f"{at}[{place}]")]
    if isinstance(one, float) and isinstance(other, float) and math.isclose(one, other, rel_tol=1e-12):
        return []
    return [] if one == other else [f"{at}: {one!r} is not {other!r}"]


def test_to_postgresql_and_back_gives_equal_rows(
    board: Settings, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "BATCH", 7)
    before, back = rows(board.data_dir / "betaboard.db"), tmp_path / "back.db"
    assert {name for name in TABLES if not before[name]} <= {"idempotency_keys"}
    there = move_board(board.url, empty, LEASE_SECONDS)
    assert there == {name: len(before[name]) for name in TABLES}
    assert move_board(empty, file_url(back), LEASE_SECONDS) == there
    after = rows(back)
    assert {name: sorted(map(repr, stored)) for name, stored in after.items()} == {
        name: sorted(map(repr, stored)) for name, stored in before.items()
    }
    assert rows(board.data_dir / "betaboard.db") == before


def test_ids_go_on_after_the_last_ones(board: Settings, empty: str) -> None:
    """The newest run was deleted before the move: its id is not given again."""
    with closing(Database(board.url)) as db, db.read() as s:
        newest = s.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'runs'"))
        events = last_event_id(s)
        assert newest not in s.scalars(select(Run.id)).all()
    move_board(board.url, empty, LEASE_SECONDS)
    with closing(Database(empty)) as db, db.write() as s:
        assert enqueue(s, RunConfig(seed=99), "next").id == newest + 1
        assert last_event_id(s) > events
        deliveries.owe(s, "another", [("key", {})])
    with closing(Database(empty)) as db, db.read() as s:
        assert len(set(s.scalars(select(Delivery.id)))) == 2


def test_pages_say_the_same_afterwards(board: Settings, empty: str) -> None:
    from starlette.testclient import TestClient

    from app.main import create_app

    moved = board.model_copy(update={"database_url": empty})
    move_board(board.url, empty, LEASE_SECONDS)
    told = []
    for settings in (board, moved):
        with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
            told.append([client.get(f"/api/v1/{path}").json() for path in PATHS])
    assert differences(told[0], told[1]) == []


def test_a_database_that_holds_rows_is_refused(board: Settings, empty: str) -> None:
    with closing(Database(empty)) as db, db.write() as s:
        enqueue(s, RunConfig(), "there")
    with pytest.raises(SetupError, match=r"holds rows already \(in runs\)"):
        move_board(board.url, empty, LEASE_SECONDS)
    with closing(Database(empty)) as db, db.read() as s:
        assert s.scalars(select(Run.name)).all() == ["there"]


def test_a_board_at_work_is_refused(board: Settings, empty: str) -> None:
    with closing(Database(board.url)) as db:
        with db.write() as s:
            workers.register(s, WorkerInfo("w1", 1, "host", 1, 1, ("cpu",)))
        with pytest.raises(SetupError, match="is alive"):
            move_board(board.url, empty, LEASE_SECONDS)
        with db.write() as s:
            workers.retire(s, "w1")
    assert move_board(board.url, empty, LEASE_SECONDS)["workers"] > 1


def test_what_breaks_half_way_leaves_nothing(
    board: Settings, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moving._rows

    def spoilt(table: Any, connection: Any) -> Iterator[Any]:
        for row in real(table, connection):
            is_there = connection.dialect.name == "postgresql" and table.name == "events"
            yield ("other", *row[1:]) if is_there else row

    monkeypatch.setattr(moving, "_rows", spoilt)
    with pytest.raises(SetupError, match="Row 1 of events came over changed"):
        move_board(board.url, empty, LEASE_SECONDS)
    with closing(Database(empty)) as db, db.read() as s:
        assert s.scalars(select(Worker)).all() == []
        assert s.scalars(select(Run)).all() == []


class TestCommand:
    def invoke(self, *arguments: str) -> tuple[int, str]:
        told = CliRunner().invoke(main, ["migrate-database", *arguments])
        return told.exit_code, told.output

    def test_tells_the_rows_and_what_to_do_next(self, board: Settings, empty: str) -> None:
        code, said = self.invoke(str(board.data_dir / "betaboard.db"), empty)
        assert code == 0
        assert "runs: 12\n" in said
        assert f"betaboard serve --database-url {empty}" in said

    def test_refusals(self, board: Settings, empty: str, tmp_path: Path) -> None:
        old = tmp_path / "old.db"
        file = str(board.data_dir / "betaboard.db")
        migrate(file_url(old))
        with closing(sqlite3.connect(old)) as opened, opened:
            opened.execute("UPDATE alembic_version SET version_num = '0003'")
        for arguments, words in (
            ((file, file), "are the same database"),
            ((str(tmp_path / "nowhere.db"), empty), "unable to open database file"),
            ((empty.rpartition("/")[0], empty), "cannot be used"),
            ((str(old), empty), "of another version (schema 0003"),
            (("postgres//x://", empty), "FROM is no address"),
        ):
            code, said = self.invoke(*arguments)
            assert (code, words in said) == (2, True), said


def test_files_of_any_size_come_over_in_little_memory(board: Settings, empty: str, tmp_path: Path) -> None:
    """Whoever moves or backs up a board of two data folders holds a few chunks, not all of them."""
    with closing(Database(board.url)) as db, db.write() as s:
        for number in range(48):
            s.add(RunFileChunk(content="large", number=number, run_id=1, name="large", data=bytes(1 << 20)))
            s.flush()
    tracemalloc.start()
    try:
        move_board(board.url, empty, LEASE_SECONDS)
        move_board(empty, file_url(tmp_path / "back.db"), LEASE_SECONDS)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40 << 20
