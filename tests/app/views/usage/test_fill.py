"""What the machine did for a run, and whole, as views: against figures worked out by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from app.runs.ingest import ingest
from app.settings import Settings
from app.store import machines
from app.store.engine import Database
from app.views.usage.fill import HOUR_POINTS, machine, machine_now, newest_shares, run_usage
from app.views.usage.view import EpochTime
from tests.app.journals import claimed, epoch, started, write_journal
from trainer.events import Checkpoint, Event, Finished, Usage

PARTS = {"seconds/train": 8.0, "seconds/data": 1.0, "seconds/forward": 2.0, "seconds/backward": 4.5,
         "seconds/evaluate": 2.0}  # fmt: skip
GPU = {"name": "card", "memory_bytes": 1, "memory_total_bytes": 2, "temperature": None, "power": None}


def trained(db: Database, settings: Settings) -> int:
    run_id, folder = claimed(db, settings)
    saved = [Checkpoint(name=name, epoch=1, bytes=1, seconds=0.25) for name in ("best.pt", "last.pt")]
    looks = [
        Usage(seconds=30.0, cpu_seconds=45.0, memory_bytes=500, images_per_second=10.0),
        Usage(seconds=10.0, cpu_seconds=15.0, memory_bytes=400, gpu_memory_bytes=7),
    ]
    told: list[Event] = [started(provenance={"threads": 2, "device": "cpu"}), looks[0],
            epoch(1, seconds=10.0, scalars=PARTS), *saved, epoch(2, seconds=10.0, scalars=PARTS), looks[1],
            Finished(epochs=2, seconds=20.0, best=None)]  # fmt: skip
    write_journal(folder, told)
    ingest(db, run_id, 1, folder)
    return run_id


def test_cpu_is_cores_on_average_and_peaks_are_the_largest_seen(db: Database, settings: Settings) -> None:
    run_id = trained(db, settings)
    with db.read() as s:
        view = run_usage(s, run_id)
    assert [(span.at, span.cpu) for span in view.spans] == [(30.0, 1.5), (40.0, 1.5)]
    assert view.totals is not None
    assert view.totals.model_dump() == {
        "seconds": 40.0, "cpu": 1.5, "cpu_share": 0.75, "memory_bytes": 500, "gpu_memory_bytes": 7
    }  # fmt: skip


def test_parts_of_an_epoch_add_up_and_the_checkpoint_comes_on_top(db: Database, settings: Settings) -> None:
    run_id = trained(db, settings)
    with db.read() as s:
        view, board = run_usage(s, run_id), newest_shares(s)
    assert view.epochs == (
        EpochTime(epoch=1, seconds=10.0, data=1.0, forward=2.0, backward=4.5, other=0.5, evaluate=2.0,
                  checkpoint=0.5),
        EpochTime(epoch=2, seconds=10.0, data=1.0, forward=2.0, backward=4.5, other=0.5, evaluate=2.0,
                  checkpoint=None),
    )  # fmt: skip
    assert board == view.shares
    assert view.shares == pytest.approx(
        {"data": 2 / 20.5, "forward": 4 / 20.5, "backward": 9 / 20.5, "other": 1 / 20.5,
         "evaluate": 4 / 20.5, "checkpoint": 0.5 / 20.5}
    )  # fmt: skip


def test_a_run_of_an_earlier_version_tells_nothing(db: Database, settings: Settings) -> None:
    run_id, folder = claimed(db, settings)
    old = {"seconds/train": 8.0, "seconds/evaluate": 2.0}
    write_journal(folder, [started(), epoch(1, scalars=old), Finished(epochs=1, seconds=1.0, best=None)])
    ingest(db, run_id, 1, folder)
    with db.read() as s:
        view = run_usage(s, run_id)
        assert newest_shares(s) == {}
    assert (view.spans, view.totals, view.epochs, view.shares) == ((), None, (), {})


def test_a_host_shows_its_latest_and_its_last_hour_thinned(db: Database) -> None:
    latest = datetime.now(UTC)
    with db.write() as s:
        for back in range(150, -1, -1):
            busy = None if back == 0 else 0.5
            row = {"host": "h", "cores": 2, "cpu": back / 1000, "memory_bytes": 25, "memory_total_bytes": 100,
                   "gpus": [GPU | {"utilisation": busy}]}  # fmt: skip
            moment = latest - timedelta(seconds=10 * back)
            machines.store(s, row, moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    with db.read() as s:
        now, short = machine_now(s, "h"), machine(s, "h", 65)
        assert machine_now(s, "elsewhere") is None
    assert now is not None
    assert (now.cpu, now.hour_cpu[-1], now.gpus[0].utilisation) == (0.0, 0.0, None)
    assert HOUR_POINTS / 2 <= len(now.hour_cpu) <= HOUR_POINTS
    assert set(now.hour_memory) == {0.25}
    assert now.hour_gpus[0][-2:] == (0.5, None)
    assert [span.cpu for span in short.spans][-1] == 0.0
    assert 6 <= len(short.spans) <= 7
