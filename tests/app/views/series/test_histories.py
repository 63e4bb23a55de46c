"""Recall of the classes of a run that is watched: each epoch read once, trained again read again."""

from collections.abc import Sequence

import pytest

from app.runs.ingest import ingest
from app.settings import Settings
from app.store import series
from app.store.engine import Database
from app.views.series.histories import Histories
from tests.app.journals import claimed, epoch, started
from tests.conftest import SeedRun
from trainer.events import ENTRY, Entry, Event
from trainer.run_dir import RunDir


@pytest.fixture
def read_after(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Epochs after which the classes were read."""
    asked: list[int] = []
    reads = series.class_recall

    def noted(session: object, run_id: int, after: int = 0) -> object:
        asked.append(after)
        return reads(session, run_id, after)  # type: ignore[arg-type]

    monkeypatch.setattr(series, "class_recall", noted)
    return asked


def tell(folder: RunDir, told: Sequence[Event]) -> None:
    """Entries a second apart."""
    before = folder.events.read_bytes() if folder.events.exists() else b""
    first = before.count(b"\n") + 1
    lines = [
        ENTRY.dump_json(Entry(seq=seq, time=f"2026-01-01T00:00:{seq:02}.000Z", event=event)) + b"\n"
        for seq, event in enumerate(told, first)
    ]
    folder.events.write_bytes(before + b"".join(lines))


def test_a_finished_epoch_is_read_once(db: Database, settings: Settings, read_after: list[int]) -> None:
    run_id, folder = claimed(db, settings)
    histories, seen = Histories(), []
    steps: list[list[Event]] = [
        [started()],
        [epoch(1, correct=(1, 2))],
        [epoch(2), epoch(3, correct=(10, 0))],
        [],
    ]
    for told in steps:
        tell(folder, told)
        ingest(db, run_id, 1, folder)
        with db.read() as session:
            view = histories.of(session, run_id)
        seen.append((view.epochs, view.recall))
    last = ((1, 2, 3), ((0.1, 0.5, 1.0), (0.2, 0.5, 0.0)))
    assert seen == [((), ((), ())), ((1,), ((0.1,), (0.2,))), last, last]
    assert read_after == [0, 0, 1, 3]
    assert (view.names, view.train_counts) == (("class 0", "class 1"), (100, 50))


def test_epochs_that_are_trained_again_are_read_again(
    db: Database, settings: Settings, read_after: list[int]
) -> None:
    run_id, folder = claimed(db, settings)
    histories, seen = Histories(), []
    steps: list[list[Event]] = [
        [started(), epoch(1), epoch(2), epoch(3)],
        [started(resumed_after_epoch=1), epoch(2, correct=(8, 9))],
        [epoch(3, correct=(6, 7))],
    ]
    for told in steps:
        tell(folder, told)
        ingest(db, run_id, 1, folder)
        with db.read() as session:
            seen.append(histories.of(session, run_id).recall)
    assert seen[1:] == [((0.5, 0.8), (0.5, 0.9)), ((0.5, 0.8, 0.6), (0.5, 0.9, 0.7))]
    assert read_after == [0, 1, 2]


def test_the_longest_unasked_are_forgotten(db: Database, seed_run: SeedRun, read_after: list[int]) -> None:
    one, two = (seed_run(epochs=2, class_names=("a", "b", "c")) for _ in range(2))
    histories = Histories(most_values=11)
    with db.read() as session:
        for run_id in (one, one, two, one):
            histories.of(session, run_id)
    assert read_after == [0, 2, 0, 0]
