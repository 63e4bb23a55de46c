"""What runs measured: the right rows in the right order, and curves thinned without losing their ends."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import insert

from app.runs.ingest import ingest
from app.runs.queue import enqueue
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import ClassEpoch
from tests.app.journals import claimed, epoch, started, write_journal, write_long_journal
from tests.examples import at_most
from trainer.config import RunConfig
from trainer.events import Checkpoint, Event, Log


def ingested(db: Database, settings: Settings, epochs: int) -> int:
    run_id, folder = claimed(db, settings)
    told: list[Event] = [started(), *(epoch(n, test_accuracy=n / 1000) for n in range(1, epochs + 1))]
    write_long_journal(folder, told)
    ingest(db, run_id, 1, folder)
    return run_id


def test_curves_of_many_runs_in_one_query(db: Database, settings: Settings) -> None:
    first, second, empty = ingested(db, settings, 3), ingested(db, settings, 1), ingested(db, settings, 0)
    with db.read() as s:
        assert series.accuracy_curves(s, [second, first, empty, 99]) == {
            first: [(1, 0.001), (2, 0.002), (3, 0.003)],
            second: [(1, 0.001)],
            empty: [],
            99: [],
        }


@pytest.mark.slow
@examples(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(30)
)
@given(epochs=st.integers(1, 130), at_most=st.integers(3, 60))
def test_a_thinned_curve_keeps_its_ends(db: Database, settings: Settings, epochs: int, at_most: int) -> None:
    run_id = ingested(db, settings, epochs)
    with db.read() as s:
        kept = [number for number, _ in series.accuracy_curves(s, [run_id], at_most)[run_id]]
        whole = series.accuracy_curves(s, [run_id])[run_id]
    assert len(whole) == epochs
    assert (kept[0], kept[-1]) == (1, epochs)
    assert kept == sorted(set(kept))
    assert len(kept) <= at_most
    if epochs <= at_most:
        assert len(kept) == epochs


def test_classes_and_confusion_of_one_epoch(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), epoch(2, correct=(7, 8))])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert [row.correct for row in series.class_epochs(s, run_id, 2)] == [7, 8]
        assert [row.correct for row in series.class_epochs(s, run_id, 1)] == [5, 5]
        assert series.class_epochs(s, run_id, 9) == []
        last = series.confusion(s, run_id, 2)
        assert last is not None
        assert last.epoch == 2
        assert series.confusion(s, run_id, 9) is None
        assert series.class_epochs(s, 99, 1) == []
        assert series.confusion(s, 99, 1) is None


def test_recall_of_the_classes_in_order_however_their_rows_came(db: Database, settings: Settings) -> None:
    run_id, _ = claimed(db, settings)
    rows = [{"run_id": run_id, "epoch": epoch, "class_id": at, "support": 8 * (at != 1), "correct": at,
             "predicted": 0} for epoch in (3, 1, 2) for at in (4, 0, 3, 1, 2)]  # fmt: skip
    with db.write() as s:
        s.execute(insert(ClassEpoch), rows)
    with db.read() as s:
        found = series.class_recall(s, run_id)
    assert list(found) == [1, 2, 3]
    assert list(found.values()) == [[0.0, None, 0.25, 0.375, 0.5]] * 3


def test_scalars_by_key(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(
        folder, [started(), epoch(1, scalars={"b/x": 1.0, "a": None}), epoch(2, scalars={"b/x": 2.0})]
    )
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert [(x.key, x.epoch, x.value) for x in series.scalars(s, run_id)] == [
            ("a", 1, None),
            ("b/x", 1, 1.0),
            ("b/x", 2, 2.0),
        ]
        assert [x.value for x in series.scalars(s, run_id, "b/x")] == [1.0, 2.0]
        assert series.scalars(s, run_id, "none") == []


def test_events_continue_after_an_id(db: Database, settings: Settings) -> None:
    first, folder = claimed(db, settings)
    write_journal(folder, [Log(message=f"line {n}") for n in range(5)])
    ingest(db, first, 1, folder)
    with db.write() as s:
        second = enqueue(s, RunConfig(), "other").id
    with db.read() as s:
        everything = series.events_after(s, 0)
        assert series.last_event_id(s) == everything[-1].id
        assert [event.id for event in everything] == sorted(event.id for event in everything)
        part = series.events_after(s, 0, first, limit=4)
        rest = series.events_after(s, part[-1].id, first)
        assert [event.seq for event in (*part, *rest)] == [None, None, 1, 2, 3, 4, 5]
        assert [event.run_id for event in series.events_after(s, 0, second)] == [second]
        assert series.events_after(s, everything[-1].id) == []


def test_an_empty_database_has_no_event(db: Database) -> None:
    with db.read() as s:
        assert series.last_event_id(s) == 0


@pytest.mark.parametrize("name", ["last.pt", "best.pt"])
def test_a_checkpoint_is_listed_once_as_it_is_now(db: Database, settings: Settings, name: str) -> None:
    run_id, folder = claimed(db, settings)
    saved = [Checkpoint.model_validate({"name": name, "epoch": n, "bytes": n * 10}) for n in (1, 2)]
    write_journal(folder, saved[:1])
    ingest(db, run_id, 1, folder)
    write_journal(folder, saved[1:])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert [(c.name, c.epoch, c.bytes) for c in series.checkpoints(s, run_id)] == [(name, 2, 20)]


def test_an_epoch_that_diverged_is_never_the_best(seed_run: Callable[..., int], db: Database) -> None:
    over = {2: {"test_balanced_accuracy": 0.99, "diverged": True}}
    run_id = seed_run("failed", epochs=3, figures=over)
    with db.read() as session:
        best = get_run(session, run_id).best
    assert best is not None
    assert best["epoch"] == 3


def test_figures_come_from_columns_and_from_the_json_by_name(db: Database, settings: Settings) -> None:
    run_id = ingested(db, settings, 2)
    names = ("test_tail", "seconds", "test_accuracy", "test_head")
    with db.write() as s:
        for row, tail in zip(series.epochs(s, run_id), (0.25, None), strict=True):
            row.metrics = {"test_head": 0.75} | (
                {} if tail is None else {"test_tail": tail, "unheard_of": 1.0}
            )
    with db.read() as s:
        told = [(run_id, 1, 0.25, 2.0, 0.001, 0.75), (run_id, 2, None, 2.0, 0.002, 0.75)]
        assert list(series.figures_of_runs(s, [run_id], names)) == told
        assert list(series.figures_at(s, [(run_id, 2)], names)) == told[1:]
        assert [tuple(row) for row in series.figures_of_runs(s, [run_id], ["test_accuracy"])] == [
            (run_id, 1, 0.001),
            (run_id, 2, 0.002),
        ]
