"""Laps: the clock's, and those of a GPU that works behind a processor which only orders."""

from dataclasses import dataclass, field

import pytest
import torch

import trainer.laps
from trainer.laps import MOST_MARKS, DeviceLaps, HostLaps, laps_on


@dataclass
class Machine:
    """A processor whose clock moves when it is told to, and a GPU that works off what it ordered."""

    now: float = 0.0
    gpu_free_at: float = 0.0
    marks: int = 0
    waits: int = 0

    def perf_counter(self) -> float:
        return self.now

    def order(self, gpu_seconds: float, own_seconds: float = 0.01) -> None:
        self.now += own_seconds
        self.gpu_free_at = max(self.gpu_free_at, self.now) + gpu_seconds

    def mark(self) -> "Mark":
        self.marks += 1
        return Mark(self)


@dataclass
class Mark:
    machine: Machine
    at: float = field(default=0.0)

    def record(self) -> None:
        self.at = max(self.machine.gpu_free_at, self.machine.now)

    def query(self) -> bool:
        return self.at <= self.machine.now

    def synchronize(self) -> None:
        self.machine.waits += 1
        self.machine.now = max(self.machine.now, self.at)

    def elapsed_time(self, end_event: "Mark") -> float:
        assert self.query()
        assert end_event.query()
        return (end_event.at - self.at) * 1000


def test_laps_by_the_clock_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(now=5.0)
    monkeypatch.setattr(trainer.laps, "time", machine)
    laps = HostLaps()
    for part, seconds in (("data", 1.0), ("forward", 2.0), ("data", 4.0)):
        machine.now += seconds
        laps.lap(part)
    assert laps.seconds == {"data": 5.0, "forward": 2.0}


def test_a_gpu_is_asked_what_took_its_time_not_the_processor_that_ordered_it() -> None:
    machine = Machine()
    laps = DeviceLaps(machine.mark)
    for _ in range(10):
        machine.order(0.5)
        laps.lap("data")
        machine.order(3.0)
        laps.lap("forward")
        machine.order(5.0)
        laps.lap("backward")
    assert machine.now == pytest.approx(0.3)
    assert machine.waits == 0
    assert laps.seconds == pytest.approx({"data": 5.0 + 0.01, "forward": 30.0, "backward": 50.0})
    assert machine.now == pytest.approx(machine.gpu_free_at)


def test_a_gpu_that_waits_for_data_waits_in_the_part_of_the_data() -> None:
    machine = Machine()
    laps = DeviceLaps(machine.mark)
    for _ in range(3):
        machine.order(0.5, own_seconds=4.0)
        laps.lap("data")
        machine.order(1.0, own_seconds=0.0)
        laps.lap("forward")
    assert laps.seconds == pytest.approx({"data": 4.5 + 3.0 + 3.0, "forward": 3.0})


def test_marks_are_used_again_and_nobody_waits_for_them() -> None:
    machine = Machine()
    laps = DeviceLaps(machine.mark)
    steps = 5 * MOST_MARKS
    for _ in range(steps):
        machine.order(0.001, own_seconds=0.002)
        laps.lap("forward")
    assert machine.waits == 0
    assert machine.marks <= MOST_MARKS + 3
    assert laps.seconds["forward"] == pytest.approx(steps * 0.002 + 0.001)


def test_only_a_cuda_device_has_marks() -> None:
    assert isinstance(laps_on(torch.device("cpu")), HostLaps)
    assert isinstance(laps_on(torch.device("mps")), HostLaps)
