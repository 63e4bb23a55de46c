"""What one open page of a running run costs the web process: CPU per batch event and per epoch event.

    python -m tests.benchmarks.bench_live [--events 10]

The run has 100 classes and 199 of 200 epochs. Events are stored as a worker stores them, with an open stream
and a page that asks for what the browser's scripts ask for: nothing after a batch; after an epoch the parts
and the figures near the window, five of them. Costs are CPU seconds of the process, its idle polling taken
off. Then a finished run of 1,000 classes: CPU of its page, bytes and CPU of its confusion figure. Prints each
with its target and exits with 1 where one is missed. `--whole` asks for the page and the figures anew after
each event, as pages did before they were live by parts.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import httpx2
import numpy as np
import psutil

from app.runs import leases, queue
from app.runs.ingest import ingest
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.benchmarks.bench_web import Report, web
from tests.conftest import Matrix, Seed, epoch_event
from trainer import events
from trainer.journal import Journal
from trainer.run_dir import RunDir

CLASSES, EPOCHS, IMAGES = 100, 200, 50
MANY = 1000
NEAR = ("accuracy", "loss", "class-recall", "class-curves", "confusion")
BATCH_MILLISECONDS, EPOCH_MILLISECONDS = 2.0, 40.0
PAGE_SECONDS, FIGURE_MEGABYTES = 1.0, 3.0
IDLE_SECONDS = 40.0
"""An idle page costs 12 ms of CPU a second; looked at for 6 seconds, it wavers by more than a batch event."""
SETTLE_SECONDS = 0.8
"""Longer than the poller's pause and the page's, so that an event is dealt with before the next."""


def matrix(classes: int, share: float, seed: int) -> Matrix:
    """Confusion counts of a run that is right with about this share, head classes more often."""
    rng = np.random.default_rng(seed)
    recall = np.clip(share - 0.5 * np.arange(classes) / classes + rng.normal(0, 0.03, classes), 0.02, 0.98)
    found = np.zeros((classes, classes), np.int64)
    for true in range(classes):
        right = rng.binomial(IMAGES, recall[true])
        found[true, true] = right
        np.add.at(found[true], rng.integers(0, classes, IMAGES - right), 1)
    return [list(map(int, row)) for row in found]


def counts(classes: int) -> list[int]:
    """Training images, long-tailed."""
    return [max(5, int(500 * 100 ** (-at / (classes - 1)))) for at in range(classes)]


def names(classes: int) -> list[str]:
    return [f"class number {at}" for at in range(classes)]


def make(folder: Path) -> Settings:
    """Run 1: running, EPOCHS - 1 epochs of CLASSES classes. Run 2: completed, one epoch of MANY classes."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    db = Database(settings.url)
    seed = Seed(db, settings)
    config = {"optim": {"epochs": EPOCHS, "milestones": []}}
    grown = [matrix(CLASSES, 0.9 * at / EPOCHS, at) for at in range(1, EPOCHS)]
    seed("running", config=config, class_names=names(CLASSES), train_counts=counts(CLASSES), confusions=grown)
    seed(class_names=names(MANY), train_counts=counts(MANY), confusions=[matrix(MANY, 0.8, 0)])
    db.close()
    return settings


class Training:
    """Stores events of run 1, as its worker would."""

    def __init__(self, settings: Settings) -> None:
        self._db, self._run_dir = Database(settings.url), RunDir(settings.run_dir(1))

    def tell(self, event: events.Event) -> None:
        with Journal(self._run_dir.events) as journal:
            journal.append(event)
        ingest(self._db, 1, 1, self._run_dir)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Renew the claim meanwhile."""
        done = Event()

        def renew() -> None:
            while not done.wait(queue.HEARTBEAT_SECONDS):
                with self._db.write() as session:
                    leases.renew(session, "seed", [1])

        thread = Thread(target=renew, daemon=True)
        thread.start()
        yield
        done.set()
        thread.join()

    def batch(self, number: int) -> None:
        self.tell(events.Batch(epoch=EPOCHS, step=number + 1, steps=500, loss=1.0, images_per_second=900.0))

    def epoch(self, number: int) -> None:
        """The last epoch once more: of the same size, with other figures."""
        found = matrix(CLASSES, 0.9, 1000 + number)
        self.tell(epoch_event(EPOCHS, found, counts(CLASSES), {"train_loss": 1 + number / 100}))


def cpu(process: psutil.Process) -> float:
    """CPU seconds of the process so far, to the nanosecond: its threads' own accounts."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


@contextmanager
def listening(url: str, path: str, heard: Callable[[str], None]) -> Iterator[None]:
    """An open stream; `heard` is called with the kind of each event, in a thread."""
    done, opened = Event(), Event()

    def listen() -> None:
        with httpx2.Client(timeout=60) as client, client.stream("GET", f"{url}{path}") as response:
            opened.set()
            for event in httpx2.EventSource(response):
                if done.is_set():
                    return
                if event.event:
                    heard(event.event)

    thread = Thread(target=listen, daemon=True)
    thread.start()
    assert opened.wait(30)
    time.sleep(1)
    yield
    done.set()


class OpenPage:
    """What the scripts of the run's page ask for."""

    def __init__(self, url: str, whole: bool) -> None:
        self._client, self._whole = httpx2.Client(base_url=url, timeout=60), whole

    def open(self) -> None:
        """The page and its figures, once."""
        self._get("/runs/1")
        self._figures()

    def hear(self, kind: str) -> None:
        """As live.js."""
        if self._whole and kind in ("batch", "epoch"):
            self._get("/runs/1")
        if self._whole and kind == "epoch":
            self._figures()
        if not self._whole and kind == "epoch":
            self._get(f"/runs/1/parts?order=count&theme=light&figures={','.join(NEAR)}")

    def _figures(self) -> None:
        for name in NEAR:
            self._get(f"/api/v1/figures/{name}?run=1&order=count&theme=light")

    def _get(self, path: str) -> None:
        answer = self._client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (path, answer.text[:300])


def per_event(process: psutil.Process, tell: Callable[[int], None], number: int) -> float:
    """CPU milliseconds of the process for each of `number` events."""
    begun, idle_from = cpu(process), time.monotonic()
    time.sleep(IDLE_SECONDS)
    idle = (cpu(process) - begun) / (time.monotonic() - idle_from)
    begun, since = cpu(process), time.monotonic()
    for at in range(number):
        tell(at)
        time.sleep(SETTLE_SECONDS)
    return 1000 * (cpu(process) - begun - idle * (time.monotonic() - since)) / number


def measure_events(report: Report, settings: Settings, number: int, whole: bool) -> None:
    """CPU of the web process by kind of event."""
    path = "/api/v1/stream" if whole else "/api/v1/stream?words=true"
    with web(settings) as (process, url, _):
        page, training = OpenPage(url, whole), Training(settings)
        page.open()
        with training.claimed(), listening(url, path, page.hear):
            training.epoch(-1)
            time.sleep(2)
            report("batch event", per_event(process, training.batch, 4 * number), BATCH_MILLISECONDS, " ms")
            report("epoch event", per_event(process, training.epoch, number), EPOCH_MILLISECONDS, " ms")


def measure_many(report: Report, settings: Settings) -> None:
    """The page and the confusion figure of 1,000 classes, each by a process that has shown nothing of it."""
    with web(settings) as (process, url, _), httpx2.Client(base_url=url, timeout=120) as client:
        client.get("/runs/1")

        def spent(path: str) -> tuple[float, Any]:
            begun = cpu(process)
            answer = client.get(path)
            assert answer.status_code == 200
            return cpu(process) - begun, answer

        took, page = spent("/runs/2")
        report(f"page of {MANY} classes", took, PAGE_SECONDS, " s")
        print(f"its bytes: {len(page.content) / 1e6:.2f} MB")
        took, figure = spent("/api/v1/figures/confusion?run=2")
        report(f"confusion of {MANY} classes", len(figure.content) / 1e6, FIGURE_MEGABYTES, " MB")
        print(f"its CPU: {took:.2f} s")


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10, help="epoch events to take the mean of")
    parser.add_argument("--whole", action="store_true", help="ask for everything anew after each event")
    asked = parser.parse_args()
    report = Report()
    with TemporaryDirectory() as folder:
        settings = make(Path(folder))
        measure_events(report, settings, asked.events, asked.whole)
        measure_many(report, settings)
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
