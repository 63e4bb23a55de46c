"""What of the events is kept, for a listener that was away: progress may pass, nothing else does."""

import json
from typing import Any

import pytest

from app.lifecycle import State
from app.runs import queue
from app.runs.endings import of_lease
from app.runs.ingest import end, ingest, owned
from app.runs.retries import Retries
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.api.test_events import all_of, opened
from tests.app.journals import claimed, epoch, started, write_journal
from trainer.events import Batch, Event, Finished
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

END = Finished(epochs=4, seconds=4.0, best=None)


def trained(number: int, **figures: Any) -> list[Event]:
    """An epoch with the progress before it."""
    steps = [Batch(epoch=number, step=step, steps=3, loss=1.0, images_per_second=1.0) for step in (1, 2, 3)]
    return [*steps, epoch(number, **figures)]


def tell(db: Database, run_id: int, attempt: int, folder: RunDir, *told: Event) -> None:
    write_journal(folder, told)
    ingest(db, run_id, attempt, folder)


def told_to(url: str, run_id: int, after: int) -> list[tuple[str, Any]]:
    """Kind, and epoch or state, of all that is sent to who heard of `after` last."""
    events = all_of(url, f"/runs/{run_id}/stream", headers={"Last-Event-ID": str(after)})
    found: list[tuple[str, Any]] = []
    for event in events:
        payload = json.loads(event.data).get("payload", {})
        found.append((event.event, payload.get("epoch", payload.get("to"))))
    return found


def test_who_was_away_misses_no_epoch_and_no_change_of_state(
    web_url: str, db: Database, settings: Settings
) -> None:
    run_id, folder = claimed(db, settings)
    tell(db, run_id, 1, folder, started(), *trained(1), *trained(2)[:2])
    with opened(web_url, f"/runs/{run_id}/stream") as stream:
        heard = next(int(event.id) for event in stream if event.event == "batch")
    tell(db, run_id, 1, folder, *trained(2)[2:], *trained(3)[:1])
    with db.write() as s:
        end(s, owned(s, run_id, 1), of_lease(None), Retries(most_attempts=1))
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
        assert queue.claim(s, "w2") is not None
    again = trained(2, test_accuracy=0.75)
    tell(
        db,
        run_id,
        2,
        folder,
        started(attempt=2, resumed_after_epoch=1),
        *again,
        *trained(3),
        *trained(4),
        END,
    )
    assert told_to(web_url, run_id, heard) == [
        *(("state", state) for state in (State.CRASHED, State.QUEUED, State.RUNNING)),
        ("started", None),
        *(("epoch", number) for number in (2, 3, 4)),
        ("finished", None),
        ("state", State.COMPLETED),
        ("end", None),
    ]


def test_the_stream_tells_an_epoch_as_the_journal_does(
    web_url: str, db: Database, settings: Settings
) -> None:
    run_id, folder = claimed(db, settings)
    whole = epoch(1, test_loss=0.1 + 0.2, scalars={"x/y": 1 / 3})
    tell(db, run_id, 1, folder, started(), whole, END)
    [sent] = [event for event in all_of(web_url, f"/runs/{run_id}/stream") if event.event == "epoch"]
    expected = json.loads(whole.model_dump_json(exclude={"kind", "confusion"}))
    assert json.loads(sent.data)["payload"] == expected
