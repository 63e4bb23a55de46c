"""What a run says of the machine: against what the test itself burns, holds and starts."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from tests.app.journals import epoch, started
from tests.trainer.tiny import tiny_config
from trainer.events import Batch, Entry, Finished, Log, Started, Usage
from trainer.executors.base import Resources
from trainer.run_dir import RunDir
from trainer.runner import Ending, run_child
from trainer.usage import SECONDS_BETWEEN_LOOKS, Meter

MEGABYTE = 2**20
BURNS = """
import os, sys, time
held = bytearray(os.urandom(2**20)) * 100
while time.process_time() < 0.5: pass
print("done", flush=True)
sys.stdin.read()
"""
END = Finished(epochs=1, seconds=1.0, best=None)
BATCH = Batch(epoch=1, step=1, steps=2, loss=1.0, images_per_second=77.0)


def begun(seconds_between: float = SECONDS_BETWEEN_LOOKS) -> Meter:
    made = Meter(seconds_between)
    assert made.before(started()) is None
    return made


def look(meter: Meter) -> Usage:
    found = meter.before(END)
    assert found is not None
    return found


@pytest.mark.slow
def test_cpu_and_memory_of_this_process_and_of_those_that_it_starts() -> None:
    meter, before = begun(), psutil.Process().memory_info().rss
    own = time.process_time()
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", BURNS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        usage = look(meter)
        spent, passed = time.process_time() - own, time.perf_counter() - began
        child.communicate()
    assert 0.46 <= usage.cpu_seconds <= 0.7 + spent + 0.02
    assert usage.memory_bytes >= before + 100 * MEGABYTE
    assert usage.seconds == pytest.approx(passed, abs=0.5)
    after = look(meter)
    assert after.memory_bytes < usage.memory_bytes - 50 * MEGABYTE
    assert after.cpu_seconds < 0.4, "what a child took is counted once, whether it lives or has ended"


def test_a_look_is_due_after_its_time_and_before_the_end() -> None:
    meter = begun()
    assert meter.before(BATCH) is None
    assert look(meter).images_per_second == 77.0
    assert look(meter).images_per_second is None, "nothing new was told since"
    hasty = begun(0.0)
    assert hasty.before(Log(message="m")) is not None
    assert hasty.before(epoch(1, images_per_second=5.0)) is not None


def test_a_run_that_never_began_tells_nothing() -> None:
    assert Meter(0.0).before(Log(message="m")) is None
    assert Meter(0.0).before(END) is None


def test_without_a_gpu_none_is_named() -> None:
    if not torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        assert look(begun()).gpu_memory_bytes is None


@pytest.mark.slow
def test_a_run_tells_before_its_end_and_its_figures_stay(
    tmp_path: Path, datasets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = told(tmp_path / "calm", datasets_dir)
    assert [entry.event.kind for entry in calm[-2:]] == ["usage", "finished"]
    assert sum(isinstance(entry.event, Usage) for entry in calm) == 1
    monkeypatch.setattr("trainer.runner.Meter", lambda: Meter(0.0))
    watched = told(tmp_path / "watched", datasets_dir)
    assert sum(isinstance(entry.event, Usage) for entry in watched) >= 4
    assert figures(watched) == figures(calm)


def told(folder: Path, datasets_dir: Path) -> list[Entry]:
    found: list[Entry] = []
    run_dir = RunDir(folder)
    run_dir.create(tiny_config())
    assert run_child(run_dir, datasets_dir, 1, lambda: False, found.append, Resources(1)) is Ending.FINISHED
    torch.use_deterministic_algorithms(False)
    assert isinstance(found[0].event, Started)
    return found


def figures(entries: list[Entry]) -> list[str]:
    times = {"seconds", "images_per_second", "scalars"}
    return [e.event.model_dump_json(exclude=times) for e in entries if e.event.kind == "epoch"]
