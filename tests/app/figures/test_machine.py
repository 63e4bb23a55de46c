"""The curve of a machine: how long ago is told in what suits the time that it has been watched."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.figures.machine import machine
from app.figures.theme import LIGHT
from app.views.usage.view import Machine, MachineSpan


def watched(steps: int, seconds: int) -> Machine:
    """In `steps` of so many seconds."""
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    what: dict[str, Any] = {"cores": 2, "cpu": 0.5, "memory_bytes": 1, "memory_total_bytes": 2, "gpus": ()}
    times = [(begun + timedelta(seconds=at * seconds)).isoformat() for at in range(steps)]
    spans = [MachineSpan(time=time, seconds=seconds, **what) for time in times]
    return Machine(host="here", spans=tuple(spans))


@pytest.mark.parametrize(
    ("steps", "seconds", "unit", "first"),
    [(3, 10, "seconds", 25), (30, 10, "minutes", 295 / 60), (60, 300, "hours", 5 - 150 / 3600)],
)
def test_the_unit_follows_the_time(steps: int, seconds: int, unit: str, first: float) -> None:
    figure = machine(watched(steps, seconds), LIGHT).figure
    titles = [axis["title"]["text"] for name, axis in figure["layout"].items() if name.startswith("xaxis")]
    assert f"{unit} ago" in titles
    assert figure["data"][0]["x"][0] == pytest.approx(first)
