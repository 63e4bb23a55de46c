"""A crowd before a board that trains: errors, times, memory of the web process, what training loses.

    python -m tests.benchmarks.bench_load [--rounds 3] [--seconds 60] [--listeners 200] [--rate 50]

A real `serve` with 1,000 runs, whose worker trains one run with one thread. Each round has three parts of
that many seconds: in peace; before the crowd (tests.benchmarks.load, a process of its own); and beside a
stranger who takes as much CPU as web, worker and crowd did beyond the calm part, and touches nothing. The
run's images per second, with evaluation, are those between the first and the last epoch that ends within the
part. What serving costs training beyond its CPU is the part before the crowd against that beside the
stranger. Prints each figure with its target, and exits with 1 where one is missed. Run it on a quiet machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import httpx2
import psutil

from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.series import last_event_id
from tests.app.real_processes import Family, wait_for
from tests.benchmarks import load
from tests.benchmarks.bench_web import Report, installation
from trainer.config import parse_config
from trainer.events import Epoch
from trainer.journal import read_entries
from trainer.run_dir import RunDir

STORED = 1_000
TRAINED = {
    "model": {"width": 32},
    "optim": {"epochs": 10_000, "milestones": []},
    "threads": 1,
    "device": "cpu",
}
"""Two seconds an epoch: one of many hundred epochs would make the last round another than the first."""
ERRORS, LIST_MILLISECONDS, MEMORY_SHARE, SLOWED_SHARE = 0, 200.0, 0.10, 0.05
MOST_CPU_SHARE = 0.97
"""Of a core, by a stranger: one who never rested would be moved about by the kernel."""
STRANGER = """
import sys, time
share = float(sys.argv[1])
while True:
    begun = time.perf_counter()
    while time.perf_counter() - begun < 0.02 * share:
        pass
    time.sleep(0.02 * (1 - share))
"""


@dataclass(frozen=True)
class Part:
    """What one part of a round measured."""

    rate: float
    """Images per second of the run."""
    cpu: float
    """Cores that web and worker took."""
    memory: float
    """Megabytes of the web process, on average."""
    crowd: dict[str, Any]
    """What the crowd told."""


@dataclass(frozen=True)
class Board:
    """The board and its run that trains."""

    settings: Settings
    db: Database
    url: str
    processes: list[psutil.Process]
    """Web first, then worker."""
    run: int

    def epochs(self) -> list[tuple[float, int]]:
        """When each epoch of the run was told, and its images."""
        told = read_entries(RunDir(self.settings.run_dir(self.run)).events)
        return [
            (_seconds(entry.time), entry.event.images) for entry, _ in told if isinstance(entry.event, Epoch)
        ]

    def watched(self, seconds: float, crowd: list[str]) -> Part:
        """One part: beside that command, or for so many seconds."""
        web, begun, clock = self.processes[0], time.time(), time.monotonic()
        spent = sum(map(cpu, self.processes))
        with _sampled(web) as memory:
            if crowd:
                done = subprocess.run(crowd, check=True, stdout=subprocess.PIPE, text=True).stdout
            else:
                time.sleep(seconds)
                done = "{}"
        taken = (sum(map(cpu, self.processes)) - spent) / (time.monotonic() - clock)
        return Part(self._rate(begun, time.time()), taken, statistics.mean(memory), json.loads(done))

    def _rate(self, begun: float, ended: float) -> float:
        within = [(at, images) for at, images in self.epochs() if begun <= at <= ended]
        assert len(within) > 2, "longer parts are needed: three epochs have not ended within one"
        return sum(images for _, images in within[1:]) / (within[-1][0] - within[0][0])

    def crowd(self, listeners: int, rate: float, seconds: float) -> list[str]:
        """The command of one that listens from now on."""
        with self.db.read() as s:
            after = last_event_id(s)
        asked = {"run": self.run, "after": after, "listeners": listeners, "rate": rate, "seconds": seconds}
        options = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
        return [sys.executable, "-m", "tests.benchmarks.load", self.url, *options]


def cpu(process: psutil.Process) -> float:
    """CPU seconds of the process so far, with those of its threads that have ended."""
    used = process.cpu_times()
    return float(used.user + used.system)


def _seconds(time_text: str) -> float:
    return datetime.fromisoformat(time_text).timestamp()


@contextmanager
def _sampled(process: psutil.Process) -> Iterator[list[float]]:
    """Its resident megabytes, once a second."""
    done, found = Event(), [process.memory_info().rss / 1e6]

    def look() -> None:
        while not done.wait(1):
            found.append(process.memory_info().rss / 1e6)

    thread = Thread(target=look, daemon=True)
    thread.start()
    yield found
    done.set()
    thread.join()


@contextmanager
def stranger(cores: float) -> Iterator[None]:
    """Somebody takes so much CPU meanwhile."""
    whole, rest = divmod(max(0.0, cores), MOST_CPU_SHARE)
    shares = [MOST_CPU_SHARE] * int(whole) + [rest]
    taking = [subprocess.Popen([sys.executable, "-c", STRANGER, str(share)]) for share in shares]
    try:
        yield
    finally:
        for process in taking:
            process.kill()
            process.wait()


@contextmanager
def training(folder: Path) -> Iterator[Board]:
    """A board whose run trains, and whose pages were all looked at once."""
    settings = installation(folder, STORED, epochs=10)
    family, db = Family(settings.data_dir), Database(settings.url)
    try:
        with db.write() as s:
            run = queue.enqueue(s, parse_config(TRAINED), "beside the crowd").id
        board = Board(settings, db, family.url, [*family.web(), *family.worker()], run)
        wait_for(lambda: len(board.epochs()) >= 2, 120)
        for path in load.ASKED:
            assert httpx2.get(board.url + path.format(run=run), timeout=60).status_code == 200
        yield board
    finally:
        family.kill()
        db.close()


def measured(board: Board, asked: argparse.Namespace) -> list[tuple[Part, Part, Part]]:
    """Rounds of calm, crowd, stranger; each is printed."""
    rounds = []
    for number in range(1, asked.rounds + 1):
        calm = board.watched(asked.seconds, [])
        crowd = board.watched(asked.seconds, board.crowd(asked.listeners, asked.rate, asked.seconds))
        serving = crowd.cpu - calm.cpu + crowd.crowd["cpu_seconds"] / asked.seconds
        with stranger(serving):
            beside = board.watched(asked.seconds, [])
        print(f"round {number}: {calm.rate:.0f} images/s in peace, {crowd.rate:.0f} before the crowd, "
              f"{beside.rate:.0f} beside a stranger; CPU of web and worker {crowd.cpu:.2f} cores "
              f"({calm.cpu:.2f} in peace), with the crowd's {serving:.2f} more than in peace; "
              f"web {crowd.memory:.0f} MB", flush=True)  # fmt: skip
        for path, (count, *times) in sorted(crowd.crowd["milliseconds"].items()):
            print(f"    {path}: n = {count}, median {times[0]}, p99 {times[1]}, most {times[2]} ms")
        rounds.append((calm, crowd, beside))
    return rounds


def judged(rounds: list[tuple[Part, Part, Part]], asked: argparse.Namespace) -> Report:
    """Print each figure with its target."""
    report, crowds = Report(), [crowd.crowd for _, crowd, _ in rounds]
    for crowd in crowds:
        for error in crowd["errors"][:5]:
            print(f"ERROR {error}")
    heard = [crowd["events_each"] for crowd in crowds]
    print(f"{sum(crowd['requests'] for crowd in crowds)} requests; events heard by each listener: {heard}")
    report("errors", sum(len(crowd["errors"]) for crowd in crowds), ERRORS, "")
    report("listeners that missed something", sum(one["listeners_that_missed"] for one in crowds), 0, "")
    report("listeners that came not", sum(asked.listeners - one["listeners"] for one in crowds), 0, "")
    p99 = max(crowd["milliseconds"][load.LIST][2] for crowd in crowds)
    report("p99 of the list, worst round", p99, LIST_MILLISECONDS, " ms")
    grown = rounds[-1][1].memory / rounds[0][1].memory - 1
    report("web memory, last round over first", 100 * grown, 100 * MEMORY_SHARE, " %")
    calm, before, beside = (statistics.mean(one.rate for one in parts) for parts in zip(*rounds, strict=True))
    crowded, slower = (100 * (rate / calm - 1) for rate in (before, beside))
    print(f"training: {calm:.0f} images/s in peace, {before:.0f} ({crowded:+.1f} %) before the crowd, "
          f"{beside:.0f} ({slower:+.1f} %) beside a stranger")  # fmt: skip
    report("training slowed beyond serving's CPU", 100 * (1 - before / beside), 100 * SLOWED_SHARE, " %")
    return report


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="betaboard-load-") as folder, training(Path(folder)) as board:
        return int(not judged(measured(board, asked), asked).met)


if __name__ == "__main__":
    sys.exit(main())
