"""The machine's gauges against /proc and a made-up driver; the recorder beside a worker."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.store import machines
from app.store.engine import Database
from app.store.tables import MachineSample
from app.worker.gauges import Gauges
from app.worker.recorder import Recorder


class DriverError(Exception):
    pass


class Driver:
    """Two cards: one tells all, the other almost nothing."""

    NVMLError = DriverError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, cards: int = 2) -> None:
        self.cards = cards

    def nvmlInit(self) -> None:  # noqa: N802 (the driver's own names)
        if not self.cards:
            raise DriverError("no driver")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return self.cards

    def nvmlDeviceGetHandleByIndex(self, at: int) -> int:  # noqa: N802
        return at

    def nvmlDeviceGetName(self, card: int) -> str | bytes:  # noqa: N802
        return b"Old card" if card else "Big card"

    def nvmlDeviceGetMemoryInfo(self, card: int) -> Any:  # noqa: N802
        return SimpleNamespace(used=3, total=8)

    def nvmlDeviceGetUtilizationRates(self, card: int) -> Any:  # noqa: N802
        if card:
            raise DriverError("not supported")
        return SimpleNamespace(gpu=37, memory=1)

    def nvmlDeviceGetTemperature(self, card: int, which: int) -> int:  # noqa: N802
        if card:
            raise DriverError("not supported")
        return 61

    def nvmlDeviceGetPowerUsage(self, card: int) -> int:  # noqa: N802
        if card:
            raise DriverError("not supported")
        return 250_500


def test_cards_tell_what_they_can() -> None:
    assert Gauges(Driver()).read()["gpus"] == [
        {"name": "Big card", "utilisation": 0.37, "memory_bytes": 3, "memory_total_bytes": 8,
         "temperature": 61, "power": 250.5},
        {"name": "Old card", "utilisation": None, "memory_bytes": 3, "memory_total_bytes": 8,
         "temperature": None, "power": None},
    ]  # fmt: skip


def test_without_a_driver_there_are_no_cards() -> None:
    assert Gauges(Driver(cards=0)).read()["gpus"] == []


def test_memory_is_that_of_proc() -> None:
    lines = [line.split() for line in Path("/proc/meminfo").read_text().splitlines()]
    told = {line[0]: int(line[1]) * 1024 for line in lines}
    seen = Gauges(Driver(cards=0)).read()
    assert seen["memory_total_bytes"] == told["MemTotal:"]
    free = told["MemTotal:"] - told["MemAvailable:"]
    assert seen["memory_bytes"] == pytest.approx(free, abs=0.25 * told["MemTotal:"])
    assert 0.0 <= seen["cpu"] <= 1.0
    assert seen["cores"] >= 1


def test_a_recorder_keeps_what_it_reads_and_survives_a_gauge_that_breaks(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, stop = Event(), Event()
    reads: Iterator[Exception | float] = iter([RuntimeError("the driver fell over"), 0.25])

    def read(_: Gauges) -> dict[str, Any]:
        found = next(reads, None)
        if isinstance(found, Exception):
            raise found
        if found is None:
            kept.set()
            found = 1.0
        return {"cores": 2, "cpu": found, "memory_bytes": 1, "memory_total_bytes": 2, "gpus": []}

    monkeypatch.setattr(Gauges, "read", read)
    monkeypatch.setattr(machines, "FINE_SECONDS", 0.001)
    monkeypatch.setattr(machines, "step_of", lambda moment, seconds: moment)
    recorder = Thread(target=Recorder(db, "h").run_until, args=(stop,))
    recorder.start()
    assert kept.wait(30)
    stop.set()
    recorder.join()
    with db.read() as s:
        rows = s.scalars(select(MachineSample).order_by(MachineSample.time)).all()
    assert rows[0].host == "h"
    assert rows[0].cpu == 0.25
