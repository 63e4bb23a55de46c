"""PostgreSQL's own: what its module promises beyond what both databases are asked, and what it refuses."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from app.errors import SetupError
from app.runs import queue
from app.runs.queue import claim, enqueue
from app.runs.trouble import is_machines
from app.settings import Settings
from app.store import workers
from app.store.dialects import dialect_of, postgresql
from app.store.engine import Database, migrate
from app.store.runs import RunFilter, find_runs
from app.store.series import events_after
from app.store.tables import Event
from app.store.trouble import trouble_of
from app.store.workers import WorkerInfo
from tests.postgres_server import Server, programs
from trainer.config import RunConfig

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt install postgresql"),
]


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.clone() as made:
        yield made


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    with closing(Database(url)) as opened:
        yield opened


@pytest.fixture
def other(url: str) -> Iterator[Engine]:
    """Another program on the same database."""
    made = create_engine(url)
    yield made
    made.dispose()


def code_of(error: BaseException) -> str | None:
    found = trouble_of(error)
    return found.code if found else None


def test_an_empty_database_gets_the_whole_schema(postgres: Server) -> None:
    postgres.execute("CREATE DATABASE bare")
    assert migrate(postgres.url("bare"))
    assert not migrate(postgres.url("bare"))
    postgres.execute("DROP DATABASE bare WITH (FORCE)")


def test_text_is_sorted_by_its_bytes_and_whole_numbers_have_64_bits(other: Engine) -> None:
    columns = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema ="
    with other.connect() as connection:
        by_language = "data_type LIKE 'char%' AND collation_name IS DISTINCT FROM 'C'"
        found = connection.scalars(text(f"{columns} 'public' AND {by_language}")).all()
        assert set(found) == {"alembic_version.version_num"}
        assert connection.scalars(text(f"{columns} 'public' AND data_type = 'integer'")).all() == []


def test_names_come_in_the_order_of_their_bytes_whatever_the_server_speaks(postgres: Server) -> None:
    postgres.execute("CREATE DATABASE german TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'")
    migrate(postgres.url("german"))
    names = ["b", "a", "B", "ä", "_", "Z", "1"]
    with closing(Database(postgres.url("german"))) as db:
        with db.write() as s:
            for name in names:
                enqueue(s, RunConfig(), name)
        with db.read() as s:
            page = find_runs(s, RunFilter(), "name")
            assert [row[3] for row in page.rows] != []
            (umlaut,) = find_runs(s, RunFilter(q="Ä"), "name").ids
            assert s.scalar(text("SELECT name FROM runs WHERE id = :id"), {"id": umlaut}) == "ä"
            stored = [s.scalar(text("SELECT name FROM runs WHERE id = :id"), {"id": one}) for one in page.ids]
    assert stored == sorted(names, key=str.encode)
    postgres.execute("DROP DATABASE german WITH (FORCE)")


def test_ids_of_events_are_given_in_the_order_of_commits(db: Database) -> None:
    """Six write as fast as they can; a reader that asks for what is after the last one misses none."""
    with db.write() as s:
        run_id = enqueue(s, RunConfig(), "run").id
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            is_last = done.is_set()
            with db.read() as s:
                found = [event.id for event in events_after(s, seen[-1] if seen else 0)]
            seen.extend(found)
            if is_last and not found:
                return

    def write(number: int) -> None:
        for at in range(40):
            with db.write() as s:
                seq = 1000 * number + at
                s.add(Event(run_id=run_id, seq=seq, time="", kind="log", payload={}))
                s.flush()
                time.sleep(0.0005 * (number % 3))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert len(seen) == len(set(seen)) == 1 + 6 * 40
    assert seen == sorted(seen)


def test_a_row_that_another_program_holds_is_passed_by(db: Database, other: Engine) -> None:
    with db.write() as s:
        first, second = enqueue(s, RunConfig(), "first").id, enqueue(s, RunConfig(seed=1), "second").id
    with other.connect() as held:
        held.execute(text("SELECT * FROM runs WHERE id = :id FOR UPDATE"), {"id": first})
        with db.write() as s:
            taken = claim(s, "w1")
            assert taken is not None
            assert taken.id == second
    with db.write() as s:
        taken = claim(s, "w1")
        assert taken is not None
        assert taken.id == first


def test_workers_live_by_the_clock_of_the_database(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose clock is a day behind is as alive as any."""
    monkeypatch.setattr("app.store.clock.ahead", lambda _seconds: "2001-01-01T00:00:00.000Z")
    with db.write() as s:
        workers.register(s, WorkerInfo("w1", 1, "host", 1, 1, ("cpu",)))
        assert workers.count_alive(s, queue.LEASE_SECONDS) == 1
        told = s.scalar(text("SELECT heartbeat_at FROM workers"))
        server = s.scalar(text("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')"))
    assert str(told).startswith(f"{server}T")
    assert len(str(told)) == len("2001-01-01T00:00:00.000Z")


def test_a_sum_of_whole_numbers_is_one_and_no_text_holds_a_nul(db: Database) -> None:
    with db.write() as s:
        run = enqueue(s, RunConfig(), "a\0b")
        run.journal_offset = 2**62
        s.flush()
        total = s.scalar(text("SELECT sum(journal_offset) FROM runs"))
        assert (type(total), total) == (int, 2**62)
        assert s.scalar(text("SELECT 1.5 + 1")) == 2.5
        assert s.scalar(text("SELECT name FROM runs")) == "a\ufffdb"
        assert find_runs(s, RunFilter(dataset="\0nowhere")).ids == []


class TestTrouble:
    def test_tables_that_are_not_ours(self, db: Database) -> None:
        with db.read() as s, pytest.raises(DBAPIError) as met:
            s.execute(text("SELECT * FROM nowhere"))
        assert code_of(met.value) == "database_empty"
        assert is_machines(met.value)

    def test_a_user_without_the_right_to_write(self, url: str, other: Engine) -> None:
        name = f"reader_{make_url(url).database}"
        with other.begin() as connection:
            connection.execute(text(f"CREATE ROLE {name} LOGIN"))
            connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"))
        address = make_url(url).set(username=name).render_as_string()
        with closing(Database(address)) as db:
            with pytest.raises(DBAPIError) as met, db.write() as s:
                enqueue(s, RunConfig(), "run")
            assert code_of(met.value) == "no_permission"
            assert is_machines(met.value)
        with other.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {name}"))
            connection.execute(text(f"DROP ROLE {name}"))

    def test_a_server_that_takes_no_more(self, url: str, other: Engine, postgres: Server) -> None:
        name = make_url(url).database
        role = f"few_{name}"
        with other.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0"))
        db = Database(make_url(url).set(username=role).render_as_string())
        with closing(db), pytest.raises(DBAPIError) as met:
            db.probe()
        assert code_of(met.value) == "too_many_connections"
        postgres.execute(f"DROP ROLE {role}")

    def test_a_database_that_is_not_there(self, postgres: Server) -> None:
        with pytest.raises(SetupError, match=r'cannot be used: .*"nowhere" does not exist'):
            migrate(postgres.url("nowhere"))
        with closing(Database(postgres.url("nowhere"))) as db:
            with pytest.raises(DBAPIError) as met:
                db.probe()
            assert code_of(met.value) == "database_gone"

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (psycopg.errors.DiskFull(), "disk_full"),
            (psycopg.errors.OutOfMemory(), "out_of_memory"),
            (psycopg.errors.IoError(), "disk_error"),
            (psycopg.errors.AdminShutdown(), "database_gone"),
            (psycopg.errors.CannotConnectNow(), "database_gone"),
            (psycopg.errors.LockNotAvailable(), "locked"),
            (psycopg.errors.DeadlockDetected(), "locked"),
            (psycopg.errors.IdleInTransactionSessionTimeout(), "locked"),
            (psycopg.errors.ReadOnlySqlTransaction(), "read_only"),
            (psycopg.errors.DataCorrupted(), "corrupt"),
            (psycopg.OperationalError("server closed the connection unexpectedly"), "database_gone"),
            (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "too_many_connections"),
            (psycopg.errors.UniqueViolation(), None),
            (psycopg.errors.SyntaxError(), None),
            (psycopg.ProgrammingError("the cursor has no result"), None),
        ],
    )
    def test_errors_by_their_code(self, error: psycopg.Error, code: str | None) -> None:
        found = postgresql.trouble_in(error)
        assert (found.code if found else None) == code

    def test_a_writer_that_was_suspended_loses_the_lock(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgresql, "_IDLE_SECONDS", 1)
        with closing(Database(url)) as asleep, closing(Database(url)) as awake:

            def sleep_half_way() -> None:
                with asleep.write() as s:
                    s.connection()
                    with awake.write() as other:
                        enqueue(other, RunConfig(), "run")
                    s.execute(text("DELETE FROM workers"))

            with pytest.raises(DBAPIError) as met:
                sleep_half_way()
            assert code_of(met.value) in ("locked", "database_gone")


def test_the_address_chooses() -> None:
    assert dialect_of(make_url("postgresql+psycopg://host/db")) is postgresql
    assert Settings(database_url="postgresql://host/db").url == "postgresql://host/db"


def test_without_the_driver_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from app.cli import main\n"
        "main(['serve', '--database-url', 'postgresql+psycopg://me:secret@host/db'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.strip().endswith("Install it with: pip install 'betaboard[postgres]'.")
    assert "secret" not in done.stderr


def test_sqlite_alone_never_imports_the_driver() -> None:
    code = (
        "import sys, app.store.engine, app.store.trouble as t\n"
        "app.store.engine.Database('sqlite:///nowhere.db')\n"
        "t.trouble_of(ValueError())\n"
        "print('psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
