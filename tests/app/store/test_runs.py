"""Runs as rows: pages of every order, filters that take text as text, tags, keys, deletion."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidError, NotFoundError
from app.runs.ingest import ingest
from app.runs.queue import enqueue
from app.settings import Settings
from app.store import files, runs
from app.store.clock import now
from app.store.engine import Database
from app.store.runs import RunFilter, find_runs, listed_runs
from app.store.tables import RUN_SORT_KEYS, Base, ImportedMetric, Piece, Run, Sweep, SweepCell
from tests.app.journals import claimed, epoch, started, write_journal
from tests.examples import at_most
from trainer.config import RunConfig
from trainer.events import Checkpoint, Event, Finished, Usage

accuracies = st.none() | st.sampled_from([0.0, 0.25, 0.5, 1.0])


@contextmanager
def undone(db: Database) -> Iterator[Session]:
    """A session whose writes are gone afterwards."""
    with db.write() as s:
        yield s
        s.rollback()


def add(s: Session, name: str = "run", **values: Any) -> int:
    run = enqueue(s, RunConfig(), name, values.pop("tags", ()))
    for key, value in values.items():
        setattr(run, key, value)
    s.flush()
    return run.id


def ids(s: Session, only: RunFilter, **options: Any) -> list[int]:
    return find_runs(s, only, **options).ids


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(60)
)
@given(
    rows=st.lists(st.tuples(accuracies, st.sampled_from("abc")), max_size=12),
    key=st.sampled_from(RUN_SORT_KEYS),
    down=st.booleans(),
    limit=st.integers(1, 5),
)
def test_pages_hold_every_run_once_in_order(
    db: Database, rows: list[tuple[float | None, str]], key: str, down: bool, limit: int
) -> None:
    with undone(db) as s:
        for accuracy, name in rows:
            seconds = None if accuracy is None else 3600 * accuracy
            add(s, name, test_accuracy=accuracy, test_balanced_accuracy=accuracy, seconds=seconds)
        seen: list[int] = []
        cursor = None
        while True:
            page = find_runs(s, RunFilter(), ("-" if down else "") + key, limit, cursor)
            assert page.total == len(rows)
            assert len(page.rows) <= limit
            seen += page.ids
            cursor = page.next_cursor
            if cursor is None:
                break
        everyone = list(s.scalars(select(Run)))
        valued = [run for run in everyone if getattr(run, key) is not None]
        empty = [run for run in everyone if getattr(run, key) is None]
        expected = sorted(valued, key=lambda run: (getattr(run, key), run.id), reverse=down)
        expected += sorted(empty, key=lambda run: run.id, reverse=down)
        assert seen == [run.id for run in expected]


def test_a_page_does_not_load_what_only_one_run_shows(db: Database) -> None:
    with db.write() as s:
        run_id = add(s, started={"big": 1})
    with db.read() as s:
        [row] = find_runs(s, RunFilter()).rows
        assert not [value for value in row if "big" in str(value)]
        assert "started" in inspect(listed_runs(s, [run_id])[0]).unloaded


@pytest.mark.parametrize("sort", ["accuracy", "-", "id desc", "--id"])
def test_an_unknown_order_is_refused(db: Database, sort: str) -> None:
    with db.read() as s, pytest.raises(InvalidError) as refused:
        find_runs(s, RunFilter(), sort)
    assert refused.value.fields[0].path == "sort"


@pytest.mark.parametrize("cursor", ["x", "bm9uc2Vuc2U", "WzFd", "e30", "ÿ", "MQ"])
def test_a_made_up_cursor_is_refused(db: Database, cursor: str) -> None:
    with db.read() as s, pytest.raises(InvalidError) as refused:
        find_runs(s, RunFilter(), cursor=cursor)
    assert refused.value.fields[0].path == "cursor"


def test_searches_name_notes_tags_and_id(db: Database) -> None:
    with db.write() as s:
        first = add(s, "Focal 0.9", notes="with FIG 3")
        second = add(s, "plain", tags=["figures", "paper"])
        third = add(s, "100%_done")
    with db.read() as s:
        assert ids(s, RunFilter(q="fig")) == [second, first]
        assert ids(s, RunFilter(q="focal")) == [first]
        assert ids(s, RunFilter(q="%_")) == [third]
        assert ids(s, RunFilter(q="0_9")) == []
        assert ids(s, RunFilter(q=f"#{second}")) == [second]
        assert ids(s, RunFilter(q="#99999999999999999999")) == []
        assert ids(s, RunFilter(q='"\'; DROP TABLE runs; --"')) == []


def test_every_given_filter_must_hold(db: Database) -> None:
    with db.write() as s:
        first = add(s, tags=["a", "b"], state="completed", dataset="cifar10")
        second = add(s, tags=["a"], state="failed")
        hidden = add(s, tags=["a"], archived_at=now())
    with db.read() as s:
        assert ids(s, RunFilter(tags=("a",))) == [second, first]
        assert ids(s, RunFilter(tags=("a", "b"))) == [first]
        assert ids(s, RunFilter(states=("failed", "completed"))) == [second, first]
        assert ids(s, RunFilter(states=("failed",))) == [second]
        assert ids(s, RunFilter(dataset="cifar10")) == [first]
        assert ids(s, RunFilter(archived=True)) == [hidden]
        assert find_runs(s, RunFilter(tags=("a",)), limit=1).total == 2


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(40)
)
@given(
    rows=st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.booleans()), max_size=12),
    archived=st.booleans(),
    limit=st.integers(1, 4),
)
def test_a_folded_list_holds_the_newest_run_of_each_sweep(
    db: Database, rows: list[tuple[int | None, bool]], archived: bool, limit: int
) -> None:
    with undone(db) as s:
        newest: dict[object, int] = {}
        for sweep, gone in rows:
            run_id = add(s, sweep_id=sweep, archived_at=now() if gone else None)
            if gone is archived:
                newest[sweep or f"run {run_id}"] = run_id
        seen, cursor = [], None
        while True:
            page = find_runs(s, RunFilter(archived=archived, folded=True), "-id", limit, cursor)
            seen += page.ids
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == sorted(newest.values(), reverse=True)
        assert page.total == len(newest)


def test_tags_are_replaced_and_trimmed(db: Database) -> None:
    with db.write() as s:
        run_id = add(s, tags=["old"])
    with db.write() as s:
        runs.set_tags(s, runs.get_run(s, run_id), [" b", "a", "a", "<script>", "  "])
    with db.read() as s:
        assert runs.tags_of(s, [run_id, 77]) == {run_id: ("<script>", "a", "b"), 77: ()}


def test_a_key_stands_for_one_launch(db: Database) -> None:
    with db.write() as s:
        assert runs.idempotent_run(s, "k", "body") is None
        run_id = add(s)
        runs.remember_key(s, "k", "body", run_id)
    with db.read() as s:
        assert runs.idempotent_run(s, "k", "body") == run_id
        with pytest.raises(ConflictError, match="another launch"):
            runs.idempotent_run(s, "k", "other")


def test_finds_runs_of_the_same_configuration_on_the_same_images(db: Database) -> None:
    with db.write() as s:
        first, second = add(s, source="shapes10/v2"), add(s, source="shapes10/v2")
        former = add(s, source="shapes10/v1")
        add(s, source=None)
        enqueue(s, RunConfig(seed=5), "other")
        known = runs.get_run(s, first)
        assert runs.equal_runs(s, known.config_hash, "shapes10/v2") == [first, second]
        assert runs.equal_runs(s, known.config_hash, "shapes10/v1") == [former]


RUN_ID = Run.__table__.c.id
RUN_COLUMNS = [
    column
    for table in Base.metadata.tables.values()
    if table is not ImportedMetric.__table__  # of runs of other tools, which have numbers of their own
    for column in table.columns
    if column is RUN_ID or column.name == "run_id" or RUN_ID in {key.column for key in column.foreign_keys}
]
"""Every place in which a run is named; but for `first_stage_id`, which a second stage keeps to say so."""


def test_deleting_leaves_no_row_anywhere_and_no_file(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    kept_id, kept = claimed(db, settings)
    for each, its_folder in ((run_id, folder), (kept_id, kept)):
        write_journal(its_folder, of_every_kind())
        ingest(db, each, 1, its_folder)
        leave_a_row_of_each_kind(db, each)
    before = rows_of(db, kept_id)
    assert all(before.values()), "every table that names a run holds a row of it"
    assert rows_of(db, run_id) == before
    runs.delete_run(db, settings, run_id)
    assert set(rows_of(db, run_id).values()) == {0}
    assert rows_of(db, kept_id) == before
    assert [path.name for path in settings.runs_dir.iterdir()] == [str(kept_id)]
    with db.write() as s:
        assert add(s) == kept_id + 1


def of_every_kind() -> list[Event]:
    finished = Finished(epochs=1, seconds=1, best=None)
    saved = Checkpoint(name="last.pt", epoch=1, bytes=9, seconds=0.5)
    used = Usage(seconds=9.0, cpu_seconds=8.0, memory_bytes=7)
    return [started(), epoch(1, scalars={"a/b": 1.0}), saved, used, finished]


def leave_a_row_of_each_kind(db: Database, run_id: int) -> None:
    """Where a journal of a training leads to none."""
    with db.write() as s:
        runs.set_tags(s, runs.get_run(s, run_id), ["t"])
        runs.remember_key(s, f"k{run_id}", "b", run_id)
        s.add(Piece(run_id=run_id, name="p", number=1, time="", seconds=1.0, figures={}))
        body = {"base": {}, "axes": {"seed": [0]}, "baselines": []}
        sweep = Sweep(name="s", notes="", tags=[], reuse=True, created_at="", body_hash="", **body)
        s.add(sweep)
        s.flush()
        cell = {"baseline": False, "places": {}, "config": {}, "config_hash": "", "setting_hash": ""}
        s.add(SweepCell(sweep_id=sweep.id, cell=0, run_id=run_id, **cell))
    files.keep(db, run_id, "log.txt", "elsewhere", iter([b"text"]), lambda _: None)


def rows_of(db: Database, run_id: int) -> dict[str, int]:
    """How many rows name the run, by column."""
    with db.read() as s:
        return {
            str(column): s.scalar(select(func.count()).where(column == run_id)) or 0 for column in RUN_COLUMNS
        }


def test_a_running_run_is_not_deleted(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    with pytest.raises(ConflictError, match="is running"):
        runs.delete_run(db, settings, run_id)
    assert folder.path.exists()
    with pytest.raises(NotFoundError, match="Run 99 does not exist"):
        runs.delete_run(db, settings, 99)
