"""What hosts did: fine for an hour, coarse for a week, then gone; one row a step, whoever looks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.store import machines, workers
from app.store.engine import Database
from app.store.tables import MachineSample, Worker
from app.store.workers import WorkerInfo

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the time that the store goes by."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(machines, "ahead", lambda seconds: text(moment + timedelta(seconds=seconds)))

    return set_to


def reading(cpu: float = 0.5, memory: int = 100, gpus: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"host": "h", "cores": 4, "cpu": cpu, "memory_bytes": memory, "memory_total_bytes": 2**40,
            "gpus": list(gpus)}  # fmt: skip


def gpu(busy: float | None, temperature: float | None = 50.0) -> dict[str, Any]:
    return {"name": "card", "utilisation": busy, "memory_bytes": 10, "memory_total_bytes": 80,
            "temperature": temperature, "power": None}  # fmt: skip


def test_two_workers_of_a_host_keep_one_row_a_step(db: Database) -> None:
    with db.write() as s:
        for second in (0, 9, 10, 19, 21):
            machines.store(s, reading(cpu=second / 100), text(NOON + timedelta(seconds=second)))
        rows = s.execute(select(MachineSample.time, MachineSample.cpu).order_by(MachineSample.time)).all()
    steps = [text(NOON + timedelta(seconds=second)) for second in (0, 10, 20)]
    assert [tuple(row) for row in rows] == list(zip(steps, (0.0, 0.1, 0.21), strict=True))


def test_a_step_of_before_the_hour_is_the_mean_of_its_looks(db: Database, at: Callable[..., None]) -> None:
    with db.write() as s:
        for number in range(60):
            seen = reading(number / 100, memory=number, gpus=(gpu(number / 100), gpu(None, None)))
            machines.store(s, seen, text(NOON + timedelta(seconds=10 * number)))
        at(NOON + timedelta(hours=1, minutes=5, seconds=30))
        machines.thin(s, "h")
        rows = machines.samples(s, "h")
    assert [(row["time"], row["seconds"]) for row in rows[:2]] == [
        (text(NOON), 300), (text(NOON + timedelta(minutes=5)), 10)
    ]  # fmt: skip
    assert len(rows) == 31
    first = rows[0]
    assert first["cpu"] == pytest.approx(sum(range(30)) / 30 / 100)
    assert first["memory_bytes"] == 29
    assert first["gpus"][0]["utilisation"] == pytest.approx(0.145)
    assert (first["gpus"][1]["utilisation"], first["gpus"][1]["temperature"]) == (None, None)


def test_a_week_of_looks_stays_bounded_and_what_is_older_goes(db: Database, at: Callable[..., None]) -> None:
    info = WorkerInfo("old", 1, "h", 1, 1, ("cpu",))
    with db.write() as s:
        workers.register(s, info)
        s.get_one(Worker, "old").heartbeat_at = text(NOON)
        for number in range(0, 9 * 86_400, 3600):  # one look an hour stands for many
            moment = NOON + timedelta(seconds=number)
            at(moment)
            machines.store(s, reading(), text(moment))
            machines.thin(s, "h")
        count = s.scalar(select(func.count()).select_from(MachineSample))
        oldest = s.scalar(select(func.min(MachineSample.time)))
        assert s.get(Worker, "old") is None
    assert count == 7 * 24 + 1
    assert oldest == text(NOON + timedelta(days=2, hours=-1))


def test_thinning_again_changes_nothing(db: Database, at: Callable[..., None]) -> None:
    with db.write() as s:
        for number in range(90):
            machines.store(s, reading(number / 100), text(NOON + timedelta(seconds=10 * number)))
        at(NOON + timedelta(hours=2))
        machines.thin(s, "h")
        once = machines.samples(s, "h")
        machines.thin(s, "h")
        assert machines.samples(s, "h") == once
    assert [row["seconds"] for row in once] == [300, 300, 300]
