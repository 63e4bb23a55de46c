"""Migration and sessions: one schema, refusals in words, writers that wait for each other."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, select, text
from sqlalchemy.exc import IntegrityError

from app.errors import SetupError
from app.requirements import Offer
from app.runs.queue import claim, enqueue
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database, migrate
from app.store.migrations import HEAD, KNOWN
from app.store.migrations.upgrade import alembic_config
from app.store.runs import delete_run, tags_of
from app.store.series import epochs, last_event_id
from app.store.tables import Base, Event, Run, Tag
from trainer.config import RunConfig

OLD_RUN = """
    INSERT INTO runs (id, name, notes, state, priority, config, config_hash, setting_hash, dataset,
                      created_at, queued_at, attempt, epochs, epoch, journal_offset, journal_seq)
    VALUES (7, 'old', '', 'completed', 0, '{}', 'c', 's', 'shapes10', '2026-01-01T00:00:00.000Z',
            '2026-01-01T00:00:00.000Z', 1, 10, 10, 0, 0)
"""
OLD_EPOCH = """
    INSERT INTO epochs (run_id, epoch, time, test_accuracy, test_tail, learning_rate, seconds,
                        images_per_second, images)
    VALUES (7, :epoch, '2026-01-01T00:00:00.000Z', :accuracy, :tail, 0.1, 2.0, 100.0, 200)
"""
OLD_EPOCH_9 = """
    INSERT INTO epochs (run_id, epoch, time, learning_rate, seconds, images_per_second, images)
    VALUES (7, :epoch, '2026-01-01T00:00:00.000Z', 0.1, :seconds, 100.0, 200)
"""
OLD_EVENT = """
    INSERT INTO events (run_id, time, kind, payload) VALUES (:run, '2026-01-01T00:00:00.000Z', :kind, '{}')
"""


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return create_engine(settings.url)


def test_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": other_default})
        assert compare_metadata(context, Base.metadata) == []


def other_default(*compared: Any) -> bool:
    """Whether a column's default is another in the database; Alembic itself cannot compare those of JSON."""
    _, _, column, found, _, meant = compared
    if column.primary_key:
        return False
    return (found or "").partition("::")[0] != (meant or "")


def test_ids_are_never_given_twice(db: Database, settings: Settings) -> None:
    def launched() -> tuple[int, int]:
        with db.write() as s:
            return enqueue(s, RunConfig(), "run").id, last_event_id(s)

    first = launched()
    delete_run(db, settings, first[0])
    second = launched()
    assert (second[0] > first[0], second[1] > first[1]) == (True, True)


@pytest.mark.sqlite
def test_tables_whose_ids_are_never_given_twice(engine: Engine) -> None:
    with engine.connect() as connection:
        made = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        )
        assert {row.name for row in made} == {
            "runs",
            "events",
            "sweeps",
            "field_values",
            "published_rows",
            "run_files",
            "tokens",
            "imported_runs",
            "deliveries",
        }


def test_known_versions_are_the_revisions(engine: Engine) -> None:
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(KNOWN))
    assert scripts.get_current_head() == HEAD


def test_metrics_of_an_epoch_move_to_the_json_to_the_last_bit(tmp_path: Path) -> None:
    url, accuracy, tail = f"sqlite:///{tmp_path / 'old.db'}", 0.16999999999999998, 0.1 + 0.2
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0005")
        connection.execute(text(OLD_RUN))
        for epoch in (1, 2):
            connection.execute(text(OLD_EPOCH), {"epoch": epoch, "accuracy": accuracy, "tail": tail})
    assert migrate(url)
    db = Database(url)
    with db.read() as s:
        first, second = epochs(s, 7)
        assert (first.epoch, first.test_accuracy, first.diverged) == (1, accuracy, False)
        assert first.metrics == second.metrics
        assert first.metrics["test_tail"] == tail
        assert first.metrics["test_head"] is None
        assert s.scalars(text("PRAGMA foreign_key_check")).all() == []
    db.close()


def test_time_of_runs_is_filled_and_progress_that_nobody_needs_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0009")
        connection.execute(text(OLD_RUN))
        connection.execute(text(OLD_RUN.replace("(7, 'old', '', 'completed'", "(8, 'new', '', 'running'")))
        for epoch, seconds in ((1, 2.5), (2, 4.0)):
            connection.execute(text(OLD_EPOCH_9), {"epoch": epoch, "seconds": seconds})
        for run, kind in ((7, "batch"), (7, "epoch"), (8, "batch")):
            connection.execute(text(OLD_EVENT), {"run": run, "kind": kind})
    assert migrate(url)
    db = Database(url)
    with db.read() as s:
        assert (s.get_one(Run, 7).seconds, s.get_one(Run, 8).seconds) == (6.5, None)
        kept = s.execute(select(Event.run_id, Event.kind).order_by(Event.id)).all()
        assert [tuple(row) for row in kept] == [(7, "epoch"), (8, "batch")]
    db.close()


def test_what_lists_are_sorted_by_is_filled(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    config = {
        "loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.99},
        "optim": {"learning_rate": 0.05},
        "seed": 3,
    }
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0018")
        connection.execute(text(OLD_RUN))
        told = {"config": json.dumps(config), "last": json.dumps({"epoch": 1, "test_tail": 0.1 + 0.2})}
        connection.execute(text("UPDATE runs SET config = :config, last = :last"), told)
    assert migrate(url)
    db = Database(url)
    with db.read() as s:
        keys = (Run.loss, Run.beta, Run.seed, Run.learning_rate, Run.test_tail, Run.test_head)
        assert tuple(s.execute(select(*keys)).one()) == (
            "focal class_balanced", 0.99, 3, 0.05, 0.1 + 0.2, None
        )  # fmt: skip
    db.close()


def test_a_database_of_the_first_version_keeps_its_runs(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(text(OLD_RUN))
        connection.execute(text("INSERT INTO tags (run_id, tag) VALUES (7, 'kept')"))
    assert migrate(url)
    assert not migrate(url)
    db = Database(url)
    with db.write() as s:
        assert (s.get_one(Run, 7).name, tags_of(s, [7])) == ("old", {7: ("kept",)})
        assert s.get_one(Run, 7).source == "shapes10/v1"
        assert enqueue(s, RunConfig(), "new").id == 8
    with db.read() as s:
        assert s.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    db.close()


def test_jobs_from_before_stand_where_they_stood_and_require_their_device(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with create_engine(url).begin() as connection:
        command.upgrade(alembic_config(connection), "0009")
        connection.execute(text(OLD_RUN))
        names = [column["name"] for column in inspect(connection).get_columns("runs")]
        for run_id, sweep, device in ((8, "3", "auto"), (9, "NULL", "cuda")):
            own = {"id": str(run_id), "state": "'queued'", "sweep_id": sweep}
            own["config"] = f"json_set(config, '$.device', '{device}')"
            values = ", ".join(own.get(name, name) for name in names)
            connection.execute(
                text(f"INSERT INTO runs ({', '.join(names)}) SELECT {values} FROM runs WHERE id = 7")
            )
    assert migrate(url)
    db = Database(url)
    with db.write() as s:
        known = {
            job.id: (job.lane, job.position, job.requirements["device"]) for job in s.scalars(select(Run))
        }
        assert known == {7: (0, 7, None), 8: (3, 8, None), 9: (0, 9, "cuda")}
        claimed = [claim(s, "w", offer=Offer(("cpu", "cuda:0"))) for _ in range(2)]
        assert [job and job.id for job in claimed] == [8, 9]
        new = enqueue(s, RunConfig(), "new")
        s.refresh(new)
        assert (new.position, new.requirements) == (10, {"device": None, "labels": []})
    db.close()


@pytest.mark.slow
def test_migrating_at_the_same_time_and_again_does_no_harm(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    code = f"from app.store.engine import migrate; migrate({url!r})"
    racers = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    assert [racer.communicate()[1] for racer in racers] == [b"", b"", b""]
    migrate(url)


@pytest.mark.slow
def test_a_current_database_needs_no_alembic(settings: Settings) -> None:
    migration = f"from app.store.engine import migrate; migrate({settings.url!r})"
    code = f"import sys; {migration}; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_newer_database_is_refused(settings: Settings, db: Database) -> None:
    with db.write() as s:
        s.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SetupError, match=r"newer betaboard \(schema 9999\)"):
        migrate(settings.url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "betaboard.db"
    path.write_text("this is not a database, whatever it is called" * 100)
    with pytest.raises(SetupError, match="cannot be used: file is not a database"):
        migrate(f"sqlite:///{path}")


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot be written: Not a directory"):
        prepare(Settings(data_dir=tmp_path / "file" / "data"))
    with pytest.raises(SetupError, match="cannot be written: Not a directory"):
        migrate(f"sqlite:///{tmp_path}/file/sub/x.db")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:secret@host/db",
        "postgresql+psycopg2://me:secret@host/db",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_other_databases_are_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(SetupError) as refused:
        Database(url)
    assert "secret" not in refused.value.message


def test_an_error_undoes_the_whole_write(db: Database) -> None:
    def fail() -> None:
        with db.write() as s:
            enqueue(s, RunConfig(), "lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with db.read() as s:
        assert s.scalars(select(Run)).all() == []


def test_a_reader_sees_one_moment(db: Database) -> None:
    with db.read() as reader:
        assert reader.scalars(select(Run.name)).all() == []
        with db.write() as writer:
            enqueue(writer, RunConfig(), "new")
        assert reader.scalars(select(Run.name)).all() == []
    with db.read() as reader:
        assert reader.scalars(select(Run.name)).all() == ["new"]


@pytest.mark.slow
def test_writers_that_read_first_never_overtake_each_other(db: Database) -> None:
    with db.write() as s:
        enqueue(s, RunConfig(), "counted")

    def count_up(_: int) -> None:
        with db.write() as s:
            run = s.get_one(Run, 1)
            run.priority = run.priority + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_up, range(100)))
    with db.read() as s:
        assert s.get_one(Run, 1).priority == 100


@pytest.mark.sqlite
def test_a_write_session_locks_before_its_first_statement(db: Database) -> None:
    begun: list[str] = []
    with db.write() as s:
        event.listen(s.get_bind(), "before_cursor_execute", lambda *args: begun.append(args[2]))
        s.connection()
    assert [statement for statement in begun if not statement.startswith("PRAGMA")] == ["BEGIN IMMEDIATE"]


@pytest.mark.slow
def test_who_waited_long_is_not_overtaken_by_who_comes_later(db: Database) -> None:
    """Six take the write lock again at once, as long as each holds it: in turn, five others come first.

    A thread that the machine lets wait before it asks is passed by some more; by chance it is a hundred.
    """
    turns: list[int] = []
    passed: list[int] = []

    def write_again_and_again(who: int) -> None:
        for _ in range(25):
            before = len(turns)
            with db.write() as s:
                s.connection()
                passed.append(len(turns) - before)
                turns.append(who)
                time.sleep(0.01)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write_again_and_again, range(6)))
    assert max(passed) <= 20


def test_a_row_needs_its_run(db: Database) -> None:
    with pytest.raises(IntegrityError), db.write() as s:
        s.add(Tag(run_id=7, tag="of nobody"))


@pytest.mark.sqlite
def test_readers_never_block(db: Database) -> None:
    with db.read() as s:
        assert s.scalar(text("PRAGMA journal_mode")) == "wal"


def test_no_value_is_null_in_sql_too(db: Database) -> None:
    with db.write() as s:
        run = enqueue(s, RunConfig(), "run")
        run.last = {"epoch": 1}
        s.flush()
        run.last = None
    with db.read() as s:
        assert s.scalar(text("SELECT last IS NULL FROM runs")) == 1


def test_nobody_waits_for_a_connection(db: Database) -> None:
    with ExitStack() as held:
        for _ in range(120):
            assert held.enter_context(db.read()).scalar(text("SELECT 1")) == 1
