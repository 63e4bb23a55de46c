"""From POST /runs to the first step of training, with a warm worker, and where that time goes.

    python -m tests.benchmarks.bench_warm [--rounds 7] [--cifar10 data/cifar10-jpeg.tar.gz]

A real `serve` with one slot. One run of each kind goes first: it makes the data set and shows that the fork
server has imported what it needs. Runs are timed one by one and canceled: by the database's times of launch
and claim, and by the journal's of `started` and of the progress within the first epoch, from which the end of
the first step follows. `--cifar10` imports that archive and times runs on it too. Prints medians, with CPU
seconds of the child up to its first progress, and exits with 1 where a median from POST to the first step is
above the target. Run it on a quiet machine.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from app.client import Client
from app.views.runs.view import RunDetail
from tests.app.real_processes import Family
from trainer.events import Batch, Entry, Started
from trainer.journal import read_entries
from trainer.run_dir import RunDir

TARGET_SECONDS = 1.0
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 300.0
KINDS: dict[str, dict[str, Any]] = {
    "convnet4 on shapes10": {"data": {"dataset": "shapes10", "imbalance_ratio": 10}},
    "resnet on shapes10": {"data": {"dataset": "shapes10"}, "model": {"name": "resnet_cifar"}},
    "convnet4 on cifar10": {"data": {"dataset": "folder:cifar10"}},
    "resnet on cifar10": {"data": {"dataset": "folder:cifar10"}, "model": {"name": "resnet_cifar"}},
}


@dataclass(frozen=True)
class Start:
    """Seconds of one run's start, one after the other, and CPU seconds of its child until then."""

    answered: float
    claimed: float
    started: float
    first_step: float
    whole: float
    cpu: float


def moment(text: str | None) -> float:
    """Seconds since 1970 of a time as the board writes it."""
    assert text is not None
    return datetime.fromisoformat(text).timestamp()


def first_step(started: float, batches: list[Entry]) -> float:
    """When the first step ended, by two reports of the epoch: steps in between take equally long.

    On a busy machine they do not; it is after `started` at least, by one step.
    """
    (early, one), (late, two) = [(moment(entry.time), entry.event) for entry in batches[:2]]
    assert isinstance(one, Batch)
    assert isinstance(two, Batch)
    step = (late - early) / (two.step - one.step)
    return max(early - (one.step - 1) * step, started + step)


def reports(run_dir: RunDir) -> tuple[Entry | None, list[Entry]]:
    """The journal's `started`, and its reports of progress within the first epoch."""
    entries = [entry for entry, _ in read_entries(run_dir.events)] if run_dir.events.exists() else []
    begun = next((entry for entry in entries if isinstance(entry.event, Started)), None)
    return begun, [entry for entry in entries if isinstance(entry.event, Batch) and entry.event.epoch == 1]


def timed(board: Client, family: Family, data_dir: Path, config: dict[str, Any]) -> Start:
    """Launch a run, see it train, and cancel it."""
    posted = time.time()
    run = board.launch(config)
    answered, run_dir, cpu = time.time(), RunDir(data_dir / "runs" / str(run.id)), 0.0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        begun, batches = reports(run_dir)
        if not cpu and batches:
            cpu = sum(sum(child.cpu_times()[:2]) for child in family.trainers())
        if len(batches) >= 2:
            break
        assert time.monotonic() < deadline, run_dir.log.read_text()
        time.sleep(LOOK_SECONDS)
    assert begun is not None
    seen: RunDetail = board.run(run.id)
    board.cancel(run.id)
    board.wait(run.id)
    claimed, started = moment(seen.started_at), moment(begun.time)
    stepped = first_step(started, batches)
    return Start(
        answered - posted, claimed - answered, started - claimed, stepped - started, stepped - posted, cpu
    )


def kinds(data_dir: Path, archive: Path | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """What can be launched here; imports the archive first."""
    if archive:
        command = ["data", "add", "cifar10", str(archive), "--data-dir", str(data_dir)]
        main = "from app.__main__ import main; main()"
        subprocess.run([sys.executable, "-c", main, *command], check=True, stdout=subprocess.DEVNULL)
    for name, kind in KINDS.items():
        if archive or "cifar10" not in name:
            yield name, kind | {"optim": {"epochs": 1000, "milestones": []}, "device": "cpu"}


def main() -> int:
    """Measure, print, and say by the exit code whether the target was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, help="of each kind of run")
    parser.add_argument("--cifar10", type=Path, help="an archive to import")
    options, met = parser.parse_args(), True
    with TemporaryDirectory() as name:
        data_dir = Path(name)
        known = dict(kinds(data_dir, options.cifar10))
        family = Family(data_dir)
        try:
            with Client(family.url) as board:
                found: dict[str, list[Start]] = {kind: [] for kind in known}
                for at in range(options.rounds + 1):
                    for kind, config in known.items():
                        one = timed(board, family, data_dir, config)
                        found[kind] += [one] if at else []
            for kind, starts in found.items():
                middle = Start(*map(statistics.median, zip(*map(astuple, starts), strict=True)))
                told = ", ".join(f"{part.name} {getattr(middle, part.name):.2f}" for part in fields(Start))
                print(f"{kind}: {told} s; least {min(one.whole for one in starts):.2f} s", flush=True)
                met &= middle.whole <= TARGET_SECONDS
            family.end()
        finally:
            family.kill()
    print(f"machine: load {psutil.getloadavg()[0]:.1f}; target {TARGET_SECONDS} s")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
