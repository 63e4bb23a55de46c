"""What the machine refuses is named at every door: full, read-only, locked, damaged, deleted, forbidden."""

import errno
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.cli import main
from app.main import create_app
from app.runs.trouble import reason
from app.serving.installation import prepare
from app.settings import Settings
from app.store import engine
from app.store.dialects import sqlite
from app.store.engine import Database
from app.store.trouble import trouble_of
from app.views.system import fill as system_views
from tests.app.api.test_errors import error_of
from trainer.system_errors import trouble

RUNS, HEALTH = "/api/v1/runs", "/api/v1/health"
LAUNCH = {"config": {"data": {"dataset": "shapes10"}}}
PAGE = {"accept": "text/html"}


def database_file(settings: Settings) -> Path:
    return settings.data_dir / "betaboard.db"


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    """The application; what it does not foresee is answered, not raised."""
    with TestClient(
        create_app(settings), base_url="http://localhost:8000", raise_server_exceptions=False
    ) as made:
        yield made


@contextmanager
def another_program(settings: Settings) -> Iterator[None]:
    """It holds the write lock meanwhile."""
    with closing(Database(settings.url)) as other, other.write() as session:
        session.connection()
        yield


def with_pragma(monkeypatch: pytest.MonkeyPatch, *pragmas: str) -> None:
    monkeypatch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, *pragmas))


def refused_everywhere(client: TestClient, code: str) -> None:
    """A launch by API and by page: both say the same, neither takes it."""
    said = error_of(client.post(RUNS, json=LAUNCH), 503, code)
    assert said["hint"]
    page = client.post("/runs/new", data={"data.dataset": "shapes10"}, headers=PAGE)
    assert page.status_code == 503
    assert said["message"] in page.text.replace("&#39;", "'")


class TestDatabase:
    @pytest.mark.sqlite
    def test_full(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        with_pragma(monkeypatch, "max_page_count = 1")
        with serving(settings) as client:
            for size in (20_000, 2_000, 200, 0):  # what is free inside the file is used up first
                notes = LAUNCH | {"notes": "x" * size}
                assert any(client.post(RUNS, json=notes).status_code == 503 for _ in range(100))
            refused_everywhere(client, "disk_full")

    @pytest.mark.sqlite
    def test_read_only(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        with_pragma(monkeypatch, "query_only = ON")
        with serving(settings) as client:
            refused_everywhere(client, "read_only")

    def test_locked(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engine, "BUSY_SECONDS", 0.02)
        with serving(settings) as client:
            with another_program(settings):
                refused_everywhere(client, "locked")
                assert client.post(RUNS, json=LAUNCH).headers["retry-after"] == "5"
                assert client.get(RUNS).status_code == 200, "readers go on"
            assert client.post(RUNS, json=LAUNCH).status_code == 201

    def test_health_tells_of_a_lock_in_its_own_time(self, settings: Settings) -> None:
        with serving(settings) as client:
            with another_program(settings):
                begun = time.monotonic()
                error_of(client.get(HEALTH), 503, "locked")
                assert 0.9 * engine.PROBE_SECONDS < time.monotonic() - begun < engine.BUSY_SECONDS
                assert client.get(RUNS).status_code == 200, "readers go on"
            assert client.get(HEALTH).json()["status"] == "ok"
            with another_program(settings):
                pass  # nothing is held any more

    @pytest.mark.sqlite
    def test_damaged(self, settings: Settings) -> None:
        file = database_file(settings)
        file.write_bytes(file.read_bytes()[:4096] + b"\xaa" * 200_000)
        with serving(settings) as client:
            refused_everywhere(client, "corrupt")
            error_of(client.get(HEALTH), 503, "corrupt")

    @pytest.mark.sqlite
    def test_no_database_at_all(self, settings: Settings) -> None:
        database_file(settings).write_bytes(b"text, no pages")
        with serving(settings) as client:
            error_of(client.get(HEALTH), 503, "corrupt")

    @pytest.mark.sqlite
    def test_emptied(self, settings: Settings) -> None:
        with serving(settings) as client:
            assert client.get(RUNS).status_code == 200
            for file in settings.data_dir.glob("betaboard.db*"):
                file.unlink()
            database_file(settings).touch()
            refused_everywhere(client, "database_empty")
            error_of(client.get(HEALTH), 503, "database_empty")

    @pytest.mark.sqlite
    def test_deleted_takes_nothing_and_comes_back_with_a_copy(self, settings: Settings) -> None:
        file, copy = database_file(settings), settings.data_dir / "copy"
        with serving(settings) as client:
            assert client.post(RUNS, json=LAUNCH).status_code == 201
            assert client.get(HEALTH).json()["status"] == "ok"
            with closing(sqlite3.connect(file)) as other, closing(sqlite3.connect(copy)) as saved:
                other.backup(saved)
            for one in settings.data_dir.glob("betaboard.db*"):
                one.unlink()
            refused_everywhere(client, "database_gone")
            error_of(client.get(HEALTH), 503, "database_gone")
            assert client.get("/runs", headers=PAGE).status_code == 503
            assert not file.exists(), "a new, empty one would hide the loss"
            shutil.copy(copy, file)
            assert client.get(HEALTH).json()["status"] == "ok"
            assert client.post(RUNS, json=LAUNCH).json()["id"] == 2


class TestHealth:
    def test_little_room(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(system_views, "LEAST_FREE_BYTES", 2**62)
        with serving(settings) as client:
            assert "left" in error_of(client.get(HEALTH), 503, "disk_full")["message"]

    def test_the_disk_of_a_database_elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        full = tmp_path / "full"
        settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{full / 'board.db'}")
        prepare(settings)
        room = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(
            "shutil.disk_usage", lambda path: room._replace(free=0 if Path(path) == full else room.free)
        )
        with serving(settings) as client:
            error_of(client.get(HEALTH), 503, "disk_full")

    def test_folder_that_cannot_be_written(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("os.access", lambda path, _mode: path != settings.runs_dir)
        with serving(settings) as client:
            said = error_of(client.get(HEALTH), 503, "read_only")
        assert str(settings.runs_dir) in said["message"]


class TestNames:
    @pytest.mark.parametrize(
        ("number", "code"),
        [(errno.ENOSPC, "disk_full"), (errno.EDQUOT, "disk_full"), (errno.EROFS, "read_only"),
         (errno.EACCES, "no_permission"), (errno.EPERM, "no_permission"), (errno.EIO, "disk_error"),
         (errno.EMFILE, "too_many_files"), (errno.ENOMEM, "out_of_memory"), (errno.EFBIG, "file_too_large")],
    )  # fmt: skip
    def test_errors_of_the_system(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int, code: str
    ) -> None:
        def refuse(*_: object) -> None:
            raise OSError(number, "as the system says", "/data/file")

        monkeypatch.setattr("app.api.system.build.datasets", refuse)
        with serving(settings) as client:
            said = error_of(client.get("/api/v1/datasets"), 503, code)
        assert "/data/file" in said["message"]

    def test_behind_what_a_library_made_of_it(self) -> None:
        try:
            try:
                raise OSError(errno.ENOSPC, "No space left on device")
            except OSError:
                raise RuntimeError("unexpected pos 64 vs 0")  # noqa: B904 (as PyTorch does)
        except RuntimeError as error:
            found = trouble(ExceptionGroup("group", [ValueError(), error]))
        assert found is not None
        assert found.code == "disk_full"

    @pytest.mark.parametrize(
        "error",
        [ValueError("x"), FileNotFoundError(errno.ENOENT, "none", "x"), ConnectionResetError(),
         OperationalError("SELEC 1", {}, sqlite3.OperationalError('near "SELEC": syntax error'))],
    )  # fmt: skip
    def test_our_own_mistakes_stay_ours(self, error: Exception) -> None:
        assert trouble_of(error) is None

    def test_other_errors_of_the_system_are_500(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise FileNotFoundError(errno.ENOENT, "none", "x")

        monkeypatch.setattr("app.api.system.build.datasets", refuse)
        with serving(settings) as client:
            error_of(client.get("/api/v1/datasets"), 500, "internal")


def test_commands_say_it_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x.npy")

    monkeypatch.setattr("app.cli.data.list_datasets", refuse)
    told = CliRunner().invoke(main, ["data", "list", "--data-dir", str(tmp_path)])
    assert (told.exit_code, told.output.strip()) == (
        2,
        "Error: The disk is full (x.npy). Free some space, then try again.",
    )


def test_a_worker_says_what_the_server_says(settings: Settings) -> None:
    """Of a database that is locked: one wording, whoever meets it."""
    db = Database(settings.url)
    with another_program(settings), closing(db), pytest.raises(OperationalError) as met:
        db.probe()
    said = reason(met.value)
    assert (said.type, said.message) == ("Locked", "Another program holds the database.")
    assert said.hint == "Try again in a moment; end a program that keeps it locked."
