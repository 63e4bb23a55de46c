"""Ingest: every entry once, in any portions; resumed runs, missing figures, damage, foreign attempts."""

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.lifecycle import State
from app.runs import queue
from app.runs.ingest import LostClaimError, ingest
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from app.store.runs import get_run
from app.store.tables import Checkpoint as StoredCheckpoint
from app.store.tables import ClassEpoch, Confusion, Epoch, Event, Run, Scalar, Worker
from app.store.workers import WorkerInfo, register
from tests.app.journals import FIGURES, claimed, epoch, started, write_journal, write_long_journal
from tests.examples import at_most
from trainer import events
from trainer.config import parse_config
from trainer.errors import JournalError
from trainer.events import Batch, Best, Checkpoint, Failed, Finished, Log, Stopped
from trainer.journal import MOST_ENTRIES
from trainer.progress import Progress

pytestmark = pytest.mark.slow

PER_EPOCH = (Epoch, ClassEpoch, Confusion, Scalar)


def batch(number: int, step: int) -> Batch:
    return Batch(epoch=number, step=step, steps=3, loss=1.0, images_per_second=100.0)


def whole_run(epochs: int) -> list[events.Event]:
    """Start, epochs with progress and checkpoints, end."""
    told: list[events.Event] = [Log(message="loading"), started()]
    for number in range(1, epochs + 1):
        told += [
            batch(number, 1),
            batch(number, 2),
            epoch(number, scalars={"seconds/evaluate": 0.1 * number}),
        ]
        told.append(Checkpoint(name="last.pt", epoch=number, bytes=1000 + number))
    return [*told, Finished(epochs=epochs, seconds=9.0, best=None)]


def within(steps: int) -> Checkpoint:
    return Checkpoint(name="within-epoch.pt", epoch=0, steps=steps, bytes=9)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ([], {("within-epoch.pt", 3)}),
        ([epoch(1), Checkpoint(name="last.pt", epoch=1, bytes=7)], {("last.pt", 0)}),
        ([started(attempt=2, resumed_after_steps=3)], {("within-epoch.pt", 3)}),
        ([started(attempt=2)], set()),
        ([started(attempt=2), within(1)], {("within-epoch.pt", 1)}),
    ],
)
def test_a_checkpoint_within_an_epoch_is_known_until_the_epoch_is_whole(
    db: Database, settings: Settings, after: list[events.Event], left: set[tuple[str, int]]
) -> None:
    """Whether it and what ends it are taken in together, or one after the other."""
    for together in (True, False):
        run_id, folder = claimed(db, settings)
        write_journal(folder, [started(), within(2), within(3)])
        if not together:
            ingest(db, run_id, 1, folder)
        write_journal(folder, after)
        ingest(db, run_id, 1, folder)
        with db.read() as s:
            assert {(c.name, c.steps) for c in series.checkpoints(s, run_id)} == left


def fetch(db: Database, run_id: int) -> Run:
    with db.read() as s:
        return get_run(s, run_id)


def epochs_of(db: Database, run_id: int) -> list[Epoch]:
    with db.read() as s:
        return series.epochs(s, run_id)


def kinds(db: Database, run_id: int) -> list[str]:
    with db.read() as s:
        return [event.kind for event in series.events_after(s, 0, run_id) if event.seq is not None]


def test_a_whole_run_becomes_rows(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, whole_run(3))
    assert ingest(db, run_id, 1, folder) == 15
    run = fetch(db, run_id)
    assert (run.state, run.epoch, run.journal_seq) == ("completed", 3, 15)
    assert run.journal_offset == folder.events.stat().st_size
    assert run.last is not None
    assert {name: run.last[name] for name in FIGURES} == FIGURES
    assert run.best == {
        "epoch": 1, "test_accuracy": 0.5, "test_balanced_accuracy": 0.45, "chosen_on": "test"
    }  # fmt: skip
    assert run.started is not None
    assert run.started["class_names"] == ["class 0", "class 1"]
    with db.read() as s:
        rows = s.scalars(select(ClassEpoch).order_by(ClassEpoch.epoch, ClassEpoch.class_id))
        classes = [(c.epoch, c.class_id, c.support, c.correct, c.predicted) for c in rows]
        assert classes == [(number, c, 10, 5, 10) for number in (1, 2, 3) for c in (0, 1)]
        matrix = series.confusion(s, run_id, 2)
        assert matrix is not None
        assert matrix.matrix == [[5, 5], [5, 5]]
        assert [(x.key, x.epoch) for x in series.scalars(s, 1)] == [
            ("seconds/evaluate", n) for n in (1, 2, 3)
        ]
        assert [(c.name, c.epoch, c.bytes) for c in series.checkpoints(s, run_id)] == [("last.pt", 3, 1003)]
        told = {event.kind: event.payload for event in series.events_after(s, 0, run_id)}
    assert "confusion" not in told["epoch"]
    assert told["epoch"]["support"] == [10, 10]
    assert told["epoch"]["test_few_shot"] is None
    assert told["state"] == {"from": "running", "to": "completed", "reason": None}


def test_ingesting_again_changes_nothing(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, whole_run(2)[:-1])
    assert ingest(db, run_id, 1, folder) > 0
    before = dump(db, run_id)
    assert ingest(db, run_id, 1, folder) == 0
    assert dump(db, run_id) == before


def dump(db: Database, run_id: int) -> dict[str, list[Any]]:
    """All that a journal led to, without the run's id and times."""
    with db.read() as s:
        found = {table.__tablename__: plain(s, table, run_id) for table in (*PER_EPOCH, StoredCheckpoint)}
        entries = select(Event.seq, Event.kind, Event.payload).where(Event.run_id == run_id, Event.seq > 0)
        run = get_run(s, run_id)
        state = [run.state, run.epoch, run.batch, run.last, run.best, run.journal_offset, run.journal_seq]
        return found | {"events": list(s.execute(entries.order_by(Event.seq))), "run": state}


def plain(s: Session, table: type[Any], run_id: int) -> list[Any]:
    columns = [column for column in table.__table__.columns if column.name not in ("run_id", "time")]
    return sorted(map(tuple, s.execute(select(*columns).where(table.run_id == run_id))), key=str)


steps = st.sampled_from(["batch", "epoch", "log", "checkpoint"])


@examples(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=at_most(40)
)
@given(
    shape=st.lists(st.lists(steps, max_size=8), min_size=1, max_size=4),
    resumed=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    cuts=st.lists(st.integers(0, 40_000), max_size=6),
)
def test_any_portions_give_the_same_rows(
    db: Database, settings: Settings, shape: list[list[str]], resumed: list[int], cuts: list[int]
) -> None:
    told: list[events.Event] = []
    finished = 0
    for attempt, (kinds_told, after) in enumerate(zip(shape, resumed, strict=False), start=1):
        finished = min(finished, after)
        told.append(started(resumed_after_epoch=finished, attempt=attempt))
        for kind in kinds_told:
            finished += kind == "epoch"
            told.append(one_event(kind, finished, attempt))
    at_once = in_portions(db, settings, told, [])
    assert in_portions(db, settings, told, cuts) == at_once
    assert [row.epoch for row in epochs_of(db, fetch_newest(db))] == list(range(1, finished + 1))


def one_event(kind: str, finished: int, attempt: int) -> events.Event:
    match kind:
        case "batch":
            return batch(finished + 1, attempt)
        case "epoch":
            value = ((finished * 7 + attempt * 3) % 10) / 10
            return epoch(
                finished, test_accuracy=value, test_balanced_accuracy=value, scalars={f"x/{attempt}": value}
            )
        case "log":
            return Log(message=f"attempt {attempt}")
    return Checkpoint(name="last.pt", epoch=finished, bytes=attempt)


def in_portions(
    db: Database, settings: Settings, told: list[events.Event], cuts: list[int]
) -> dict[str, list[Any]]:
    """Rows of a new run whose journal grew to each of the byte counts in turn, then to its end."""
    run_id, folder = claimed(db, settings)
    write_journal(folder, told)
    content = folder.events.read_bytes()
    for size in (*sorted(cuts), len(content)):
        folder.events.write_bytes(content[:size])
        ingest(db, run_id, 1, folder)
    return dump(db, run_id)


def fetch_newest(db: Database) -> int:
    with db.read() as s:
        return s.scalars(select(Run.id).order_by(Run.id.desc())).first() or 0


def test_a_torn_line_waits_for_its_end(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1)])
    content = folder.events.read_bytes()
    folder.events.write_bytes(content[:-20])
    assert ingest(db, run_id, 1, folder) == 1
    assert epochs_of(db, run_id) == []
    folder.events.write_bytes(content)
    assert ingest(db, run_id, 1, folder) == 1
    assert [row.epoch for row in epochs_of(db, run_id)] == [1]


def test_more_entries_than_one_transaction_holds(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    told: list[events.Event] = [started(), *(epoch(number) for number in range(1, MOST_ENTRIES + 200))]
    write_long_journal(folder, told)
    assert ingest(db, run_id, 1, folder) == len(told)
    assert fetch(db, run_id).epoch == MOST_ENTRIES + 199


def test_progress_is_kept_until_the_epoch_is_done(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), batch(1, 1)])
    ingest(db, run_id, 1, folder)
    assert kinds(db, run_id) == ["started", "batch"]
    assert (fetch(db, run_id).batch or {})["step"] == 1
    write_journal(folder, [batch(1, 2)])
    ingest(db, run_id, 1, folder)
    assert (fetch(db, run_id).batch or {})["step"] == 2
    write_journal(folder, [epoch(1), batch(2, 1)])
    ingest(db, run_id, 1, folder)
    assert kinds(db, run_id) == ["started", "epoch", "batch"]
    assert (fetch(db, run_id).batch or {})["epoch"] == 2
    write_journal(folder, [Stopped(epoch=1)])
    ingest(db, run_id, 1, folder)
    assert kinds(db, run_id) == ["started", "epoch", "stopped"]
    assert fetch(db, run_id).batch is None


def test_a_resumed_curve_has_each_epoch_once_with_the_new_values(db: Database, settings: Settings) -> None:
    """S12: ten epochs, checkpoint after 4, killed in epoch 7, resumed."""
    run_id, folder = claimed(db, settings, parse_config({"optim": {"epochs": 10}}))
    old = [epoch(n, test_accuracy=0.1, test_balanced_accuracy=0.9, scalars={"old": 1.0}) for n in range(1, 7)]
    told: list[events.Event] = [started(), *old, batch(7, 1)]
    write_journal(folder, told)
    ingest(db, run_id, 1, folder)
    assert (fetch(db, run_id).epoch, (fetch(db, run_id).best or {})["epoch"]) == (6, 1)
    with db.write() as s:
        queue.move(s, get_run(s, run_id), State.CRASHED)
        queue.requeue(s, get_run(s, run_id))
    with db.write() as s:
        assert queue.claim(s, "w2") is not None
    write_journal(folder, [started(attempt=2, resumed_after_epoch=4)])
    ingest(db, run_id, 2, folder)
    resumed = fetch(db, run_id)
    assert [row.epoch for row in epochs_of(db, run_id)] == [1, 2, 3, 4]
    assert (resumed.epoch, resumed.last and resumed.last["epoch"], resumed.batch) == (4, 4, None)
    new = [epoch(n, test_accuracy=0.2, test_balanced_accuracy=0.95) for n in range(5, 11)]
    write_journal(folder, new)
    write_journal(folder, [Finished(epochs=10, seconds=1.0, best=None)])
    ingest(db, run_id, 2, folder)
    assert [(row.epoch, row.test_accuracy) for row in epochs_of(db, run_id)] == [
        (number, 0.1 if number <= 4 else 0.2) for number in range(1, 11)
    ]
    with db.read() as s:
        assert [row.epoch for row in series.scalars(s, run_id, "old")] == [1, 2, 3, 4]
    assert (fetch(db, run_id).best or {})["epoch"] == 5


def test_an_epoch_told_twice_is_replaced(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), epoch(2, classes=3, scalars={"a": 1.0})])
    ingest(db, run_id, 1, folder)
    write_journal(folder, [epoch(2, test_accuracy=0.75), epoch(2, test_accuracy=0.8)])
    ingest(db, run_id, 1, folder)
    assert [row.test_accuracy for row in epochs_of(db, run_id)] == [0.5, 0.8]
    with db.read() as s:
        assert len(series.class_epochs(s, run_id, 2)) == 2
        assert series.scalars(s, run_id) == []


@pytest.mark.parametrize("split", ["validation", "test"])
def test_best_skips_what_is_not_a_number(db: Database, settings: Settings, split: str) -> None:
    """S13: NaN, .40, .60, NaN, .55: best is epoch 3, last is epoch 5."""
    fraction = 0.1 if split == "validation" else 0.0
    run_id, folder = claimed(db, settings, parse_config({"data": {"validation_fraction": fraction}}))
    values = [math.nan, 0.40, 0.60, math.nan, 0.55]
    write_journal(folder, [started()])
    best_after = []
    for number, value in enumerate(values, start=1):
        figures: dict[str, Any] = {"test_accuracy": number / 10, f"{split}_balanced_accuracy": value}
        if fraction:
            figures["validation_accuracy"] = 0.5
        write_journal(folder, [epoch(number, **figures)])
        ingest(db, run_id, 1, folder)
        best_after.append((fetch(db, run_id).best or {}).get("epoch"))
    assert best_after == [None, 2, 3, 3, 3]
    run = fetch(db, run_id)
    assert (run.best or {})["chosen_on"] == split
    assert (run.best or {})["test_accuracy"] == 0.3
    assert ((run.last or {})["epoch"], (run.last or {})[f"{split}_balanced_accuracy"]) == (5, 0.55)


def test_of_equal_epochs_the_earlier_is_best(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    told = [epoch(n, test_balanced_accuracy=value) for n, value in enumerate([0.3, 0.5, 0.5, 0.4], start=1)]
    write_journal(folder, [started(), *told])
    ingest(db, run_id, 1, folder)
    assert (fetch(db, run_id).best or {})["epoch"] == 2


def test_a_run_that_failed_has_the_best_epoch_that_its_trainer_knew(db: Database, settings: Settings) -> None:
    """What the child kept in its checkpoint is what the board says, diverged and unmeasured epochs included;
    a split that left every class without validation images has its best epoch chosen on test by both."""
    run_id, folder = claimed(db, settings, parse_config({"data": {"validation_fraction": 0.01}}))
    told = [
        epoch(1, test_balanced_accuracy=0.3),
        epoch(2, test_balanced_accuracy=0.9, diverged=True),
        epoch(3, test_balanced_accuracy=0.4),
        epoch(4, test_balanced_accuracy=math.nan),
    ]
    progress = Progress()
    write_journal(folder, [started()])
    for record in told:
        progress = progress.after(record)
        write_journal(folder, [record])
        ingest(db, run_id, 1, folder)
        assert progress.best is not None
        best = fetch(db, run_id).best or {}
        assert (best["epoch"], best["chosen_on"]) == (progress.best.epoch, progress.best.chosen_on)
    assert (fetch(db, run_id).best or {})["epoch"] == 3


def test_the_best_that_the_run_tells_counts(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    best = Best(epoch=2, value=0.7, chosen_on="validation")
    finished = Finished(epochs=2, seconds=1.0, best=best)
    write_journal(folder, [started(), epoch(1), epoch(2, test_accuracy=0.25), finished])
    ingest(db, run_id, 1, folder)
    chosen = fetch(db, run_id).best or {}
    assert (chosen["epoch"], chosen["test_accuracy"], chosen["chosen_on"]) == (2, 0.25, "validation")


def test_a_diverged_run_is_stored_as_null(db: Database, settings: Settings) -> None:
    """S15: the training loss is finite, infinite, not a number."""
    run_id, folder = claimed(db, settings)
    told = [
        epoch(
            n,
            train_loss=loss,
            test_accuracy=loss,
            test_balanced_accuracy=loss,
            diverged=not math.isfinite(loss),
        )
        for n, loss in enumerate([0.5, math.inf, math.nan], start=1)
    ]
    failed = Failed(
        error_type="DivergedError", message="The loss is not finite at step 3.", hint="Lower the rate."
    )
    write_journal(folder, [started(), *told, failed])
    ingest(db, run_id, 1, folder)
    run = fetch(db, run_id)
    assert [(row.train_loss, row.diverged) for row in epochs_of(db, run_id)] == [
        (0.5, 0),
        (None, 1),
        (None, 1),
    ]
    assert (run.test_accuracy, run.last and run.last["diverged"]) == (None, True)
    assert (run.best or {})["epoch"] == 1
    assert run.state == "failed"
    assert (run.error or {})["hint"] == "Lower the rate."


def test_a_hundred_classes_and_none_at_all(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(100), epoch(1, classes=100), epoch(2, classes=1)])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert len(series.class_epochs(s, run_id, 1)) == 100
        assert len(series.class_epochs(s, run_id, 2)) == 1


@pytest.mark.parametrize("state", [State.CANCELED, State.PAUSED])
def test_a_stop_ends_as_it_was_asked(db: Database, settings: Settings, state: State) -> None:
    run_id, folder = claimed(db, settings)
    with db.write() as s:
        queue.request_stop(s, get_run(s, run_id), state)
    write_journal(folder, [started(), Stopped(epoch=0)])
    ingest(db, run_id, 1, folder)
    assert (fetch(db, run_id).state, fetch(db, run_id).error) == (state, None)


def test_a_run_whose_worker_had_its_process_end_waits_again(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), Stopped(epoch=0)])
    ingest(db, run_id, 1, folder)
    assert (fetch(db, run_id).state, fetch(db, run_id).error) == ("queued", None)
    with db.read() as s:
        told = s.scalars(select(Event).where(Event.kind == "state").order_by(Event.id.desc())).first()
    assert told is not None
    assert "asked to end" in told.payload["reason"]


def test_an_ending_of_an_older_attempt_does_not_end_a_new_one(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), Stopped(epoch=1)])
    assert ingest(db, run_id, 1, folder, ends=None) == 3
    assert fetch(db, run_id).state == "running"
    write_journal(folder, [started(attempt=1, resumed_after_epoch=1)])
    ingest(db, run_id, 1, folder)
    assert fetch(db, run_id).state == "running"


def test_a_late_writer_is_refused(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1)])
    for attempt in (0, 2):
        with pytest.raises(LostClaimError):
            ingest(db, run_id, attempt, folder)
    with db.write() as s:
        queue.move(s, get_run(s, run_id), State.CRASHED)
    with pytest.raises(LostClaimError):
        ingest(db, run_id, 1, folder)
    with pytest.raises(LostClaimError):
        ingest(db, 99, 1, folder)
    assert epochs_of(db, run_id) == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (b"{not json}\n", "damaged at byte"),
        (
            b'{"seq": 3, "time": "2026-01-01T00:00:00.000Z", "event": {"kind": "surprise"}}\n',
            "damaged at byte",
        ),
        (
            b'{"seq": 9, "time": "", "event": {"kind": "stopped", "epoch": 1}}\n',
            "event 9 stands where 3 must be",
        ),
        (
            b'{"seq": 2, "time": "", "event": {"kind": "stopped", "epoch": 1}}\n',
            "event 2 stands where 3 must be",
        ),
        (b"\xff\xfe\n", "damaged at byte"),
    ],
)
def test_damage_is_said_once_all_before_it_is_stored(
    db: Database, settings: Settings, damage: bytes, told: str
) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1)])
    with folder.events.open("ab") as file:
        file.write(damage)
    with pytest.raises(JournalError, match=told):
        ingest(db, run_id, 1, folder)
    assert fetch(db, run_id).state == "running", "what that means is up to the caller"
    assert [row.epoch for row in epochs_of(db, run_id)] == [1]


@pytest.mark.parametrize(("left", "said"), [(b"{", "shorter than"), (b"", "is gone"), (None, "is gone")])
def test_a_journal_that_shrank_is_told(
    db: Database, settings: Settings, left: bytes | None, said: str
) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1)])
    ingest(db, run_id, 1, folder)
    folder.events.unlink()
    if left is not None:
        folder.events.write_bytes(left)
    with pytest.raises(JournalError, match=said):
        ingest(db, run_id, 1, folder)


def test_a_run_without_a_journal_has_nothing_to_ingest(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    assert ingest(db, run_id, 1, folder) == 0


def test_the_worker_learns_its_speed(db: Database, settings: Settings) -> None:
    with db.write() as s:
        register(s, WorkerInfo("w1", 1, "host", 1, 1, ("cpu",)))
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1, images_per_second=10.0), epoch(2, images_per_second=20.0)])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert s.get_one(Worker, "w1").images_per_second == 20.0
