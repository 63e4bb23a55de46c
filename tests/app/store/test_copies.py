"""A copy is kept before a migration, and can be put back; without room for it nothing is migrated."""

import hashlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.errors import SetupError
from app.serving.installation import prepare
from app.settings import Settings
from app.store.copies import copies_before
from app.store.migrations import HEAD

BOARDS = Path(__file__).parents[2] / "boards"
OLD = ("schema-0002", "schema-0005")

pytestmark = pytest.mark.slow


@pytest.fixture(params=OLD)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A board that an earlier version made, as it was left."""
    with tarfile.open(BOARDS / f"{request.param}.tar.xz") as packed:
        packed.extractall(tmp_path / "data", filter="data")
    return Settings(data_dir=tmp_path / "data")


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that stands in a database, read without ours."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
        tables = [name for (name,) in found.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: sorted(found.execute(f'SELECT * FROM "{name}"'), key=repr) for name in tables}


def test_the_copy_is_the_database_of_before(old: Settings) -> None:
    database, said = old.data_dir / "betaboard.db", list[str]()
    before = rows(database)
    prepare(old, said.append)
    copy = database.with_name(f"betaboard.db.before-{HEAD}")
    assert rows(copy) == before
    assert rows(database)["alembic_version"] == [(HEAD,)]
    assert [str(copy) in line for line in said][:1] == [True]
    once = list(said)
    prepare(old, said.append)
    assert said == once, "nothing was to be migrated the second time"
    shutil.copy(copy, database)
    prepare(old, said.append)
    assert rows(database)["alembic_version"] == [(HEAD,)]
    assert rows(copy) == before


def test_the_last_two_are_kept(old: Settings) -> None:
    file = old.data_dir / "betaboard.db"
    for version in ("0001", "0003", "0004"):
        shutil.copy(file, file.with_name(f"{file.name}.before-{version}"))
    prepare(old)
    assert [path.name[-4:] for path in copies_before(file)] == [HEAD, "0004"]


def test_a_new_board_has_no_copy(tmp_path: Path) -> None:
    prepare(Settings(data_dir=tmp_path / "new"))
    assert copies_before(tmp_path / "new" / "betaboard.db") == []


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may become larger than a part of the database."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_without_room_for_a_copy_nothing_is_migrated(old: Settings, small_files: None) -> None:
    database = old.data_dir / "betaboard.db"
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    with pytest.raises(SetupError) as refused:
        prepare(old)
    assert "no copy of it can be kept" in refused.value.message
    assert "betaboard migrate --without-copy" in refused.value.hint
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before
    assert [path.name for path in old.data_dir.glob("betaboard.db.before*")] == []


def test_a_full_disk_is_said_at_the_start_and_a_copy_may_be_done_without(old: Settings) -> None:
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, -1));"
        "from app.__main__ import main; main()"
    )
    command = [sys.executable, "-c", limited, "serve", "--port", "0", "--data-dir", str(old.data_dir)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "no copy of it can be kept" in ended.stderr
    assert "Traceback" not in ended.stderr
    done = CliRunner().invoke(main, ["migrate", "--without-copy", "--data-dir", str(old.data_dir)])
    assert done.exit_code == 0, done.output
    assert rows(old.data_dir / "betaboard.db")["alembic_version"] == [(HEAD,)]
    assert copies_before(old.data_dir / "betaboard.db") == []
