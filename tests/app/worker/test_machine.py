"""What a worker says of its machine."""

from pathlib import Path

from app.worker.machine import cores, describe, devices, threads_per_slot


def test_slots_share_the_cores() -> None:
    assert [threads_per_slot(8, slots) for slots in (1, 2, 3, 8, 9)] == [8, 4, 2, 1, 1]
    assert cores() >= 1


def test_counts_cards_but_not_control_devices(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    assert [device for device in devices(tmp_path) if device != "mps"] == ["cpu", "cuda:0", "cuda:1"]


def test_a_worker_never_has_the_name_of_another() -> None:
    assert describe(2).id != describe(2).id
    assert describe(2).slots == 2
