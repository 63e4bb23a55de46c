"""What a worker says of its machine."""

import multiprocessing
from pathlib import Path

import psutil
import pytest

from app.store.tables import Run
from app.worker import machine
from app.worker.machine import cores, describe, devices, memory_bytes, threads_for


def test_cores_and_memory_are_those_of_the_machine_or_of_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= cores() <= multiprocessing.cpu_count()
    assert 10**8 < memory_bytes() <= psutil.virtual_memory().total
    monkeypatch.setattr(machine, "cpu_limit", lambda: 1)
    monkeypatch.setattr(machine, "memory_limit", lambda: 123_456_789)
    assert (cores(), memory_bytes()) == (1, 123_456_789)


def test_auto_looks_at_cores_memory_and_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 8)
    monkeypatch.setattr(machine, "memory_bytes", lambda: 8 * 10**9)
    monkeypatch.setattr(machine, "devices", lambda: ("cpu",))
    auto, asked = describe("auto"), describe(2)
    assert (auto.slots, auto.threads, auto.split) == (4, 2, "memory")
    assert (asked.slots, asked.threads, asked.split) == (2, 4, "asked")
    monkeypatch.setattr(machine, "devices", lambda: ("cpu", "cuda:0"))
    assert (describe("auto").slots, describe("auto").split) == (1, "gpu")


def test_counts_cards_but_not_control_devices(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert [device for device in devices(tmp_path) if device != "mps"] == ["cpu", "cuda:0", "cuda:1"]


def test_a_worker_never_has_the_name_of_another() -> None:
    assert describe(2).id != describe(2).id
    assert describe(2).slots == 2


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (None, 1),
        ({"provenance": {}}, 1),
        ({"provenance": {"threads": 2}}, 2),
        ({"provenance": {"threads": 4}}, 4),
        ({"provenance": {"threads": 5}}, 1),
    ],
)
def test_a_run_goes_on_with_the_threads_that_it_had_where_there_are_so_many(
    started: dict[str, object] | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 4)
    assert threads_for(Run(started=started), share=1) == expected
