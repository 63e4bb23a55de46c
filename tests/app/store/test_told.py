"""Events as they were told: an epoch's figures are stored once, and its event is whole for all that."""

from typing import Any

import pytest
from sqlalchemy import select, update

from app.runs.endings import of_lease
from app.runs.ingest import end, ingest, owned
from app.runs.queue import claim
from app.runs.retries import Retries
from app.settings import Settings
from app.store.engine import Database
from app.store.series import events_after, scalars
from app.store.tables import Event, Run
from tests.app.journals import claimed, epoch, started, write_journal
from trainer import events
from trainer.events import Batch, Checkpoint, Finished, Stopped, Usage

BATCHES = [Batch(epoch=2, step=step, steps=3, loss=1.0, images_per_second=1.0) for step in (1, 2)]
END = Finished(epochs=2, seconds=4.0, best=None)
TOLD = [
    epoch(1, test_loss=0.1 + 0.2, scalars={"b/c": 1 / 3, "a/b": None}),
    epoch(2, classes=2, correct=(1, 9), test_few_shot=0.75),
]


def payload(event: events.Event) -> dict[str, Any]:
    """What an event says, by itself: without its kind, and without what the events never held."""
    return event.model_dump(mode="json", exclude={"kind", "confusion"})


def told(db: Database, run_id: int, kind: str = "epoch") -> list[dict[str, Any]]:
    with db.read() as s:
        return [event.payload for event in events_after(s, 0, run_id) if event.kind == kind]


def test_an_epoch_is_told_to_the_last_bit_from_where_its_figures_stand(
    db: Database, settings: Settings
) -> None:
    run_id, folder = claimed(db, settings)
    saved = Checkpoint(name="last.pt", epoch=1, bytes=9, seconds=0.5)
    write_journal(folder, [started(), TOLD[0], saved, TOLD[1], END])
    ingest(db, run_id, 1, folder)
    assert told(db, run_id) == [payload(event) for event in TOLD]
    with db.read() as s:
        stored = s.scalars(select(Event.payload).where(Event.kind == "epoch").order_by(Event.id)).all()
    assert stored == [{"epoch": 1}, {"epoch": 2}]


def test_epochs_of_several_runs_are_not_mixed_up(db: Database, settings: Settings) -> None:
    ids = []
    for correct in ((1, 2), (3, 4)):
        run_id, folder = claimed(db, settings)
        write_journal(folder, [started(), epoch(1, correct=correct), epoch(2, correct=(0, 0)), END])
        ingest(db, run_id, 1, folder)
        ids.append(run_id)
    with db.read() as s:
        rows = [event for event in events_after(s, 0) if event.kind == "epoch"]
    found = {(row.run_id, row.payload["epoch"]): row.payload["correct"] for row in rows}
    assert found == {(ids[0], 1): [1, 2], (ids[0], 2): [0, 0], (ids[1], 1): [3, 4], (ids[1], 2): [0, 0]}


def test_what_an_earlier_version_stored_is_told_as_it_stands(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), END])
    ingest(db, run_id, 1, folder)
    old = payload(epoch(1, test_accuracy=0.125))
    with db.write() as s:
        s.execute(update(Event).where(Event.kind == "epoch").values(payload=old))
    assert told(db, run_id) == [old]


def test_an_epoch_that_is_trained_again_is_told_once_with_its_new_figures(
    db: Database, settings: Settings
) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), epoch(2, test_accuracy=0.25), Stopped(epoch=1)])
    ingest(db, run_id, 1, folder)
    with db.write() as s:
        assert claim(s, "w1") is not None
    again = epoch(2, test_accuracy=0.75)
    write_journal(folder, [started(attempt=2, resumed_after_epoch=1), again, END])
    ingest(db, run_id, 2, folder)
    assert told(db, run_id) == [payload(epoch(1)), payload(again)]


def test_seconds_of_checkpoints_are_added_by_epoch(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    files = [Checkpoint(name="best.pt", epoch=1, bytes=9, seconds=0.5),
             Checkpoint(name="last.pt", epoch=1, bytes=9, seconds=0.25)]  # fmt: skip
    parts: list[list[events.Event]] = [[started(), epoch(1), files[0]], [files[1], epoch(2)], [END]]
    for part in parts:
        write_journal(folder, part)
        ingest(db, run_id, 1, folder)
    with db.read() as s:
        found = [(one.epoch, one.value) for one in scalars(s, run_id, "seconds/checkpoint")]
    assert found == [(1, 0.75)]


def test_usage_is_no_row_of_the_events(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    used = Usage(seconds=9.0, cpu_seconds=8.0, memory_bytes=7)
    write_journal(folder, [started(), used, epoch(1), used, END])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        assert "usage" not in {event.kind for event in events_after(s, 0, run_id)}


@pytest.mark.parametrize("ending", ["crashed", "journal"])
def test_no_progress_of_a_run_that_has_ended_is_kept(db: Database, settings: Settings, ending: str) -> None:
    run_id, folder = claimed(db, settings)
    write_journal(folder, [started(), epoch(1), *BATCHES])
    ingest(db, run_id, 1, folder)
    assert len(told(db, run_id, "batch")) == 2
    if ending == "crashed":
        with db.write() as s:
            end(s, owned(s, run_id, 1), of_lease(None), Retries(most_attempts=1))
    else:
        write_journal(folder, [END])
        ingest(db, run_id, 1, folder)
    assert told(db, run_id, "batch") == []
    with db.read() as s:
        assert s.get_one(Run, run_id).batch is None
