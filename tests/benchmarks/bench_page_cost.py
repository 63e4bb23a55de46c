"""What an open page of a running training costs that training: by its server, and by a browser beside it.

    python -m tests.benchmarks.bench_page_cost [--rounds 4] [--seconds 20] [--threads 1 2]

A real board trains `convnet4` on shapes10. By turns nobody looks; a client hears the run's stream and asks
for what the page asks for (what the server costs); Chromium shows the page (what both cost where the browser
is on the same machine). Speeds are images per second of the epochs that lie wholly in a turn, by the run's
journal; each round is compared within itself, since the machine's speed wanders. CPU seconds say the same
without the wandering: of the web process and of all of Chromium's, for each epoch and in percent of what the
training itself takes. Prints figures and targets, and exits with 1 where one is missed.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from playwright.sync_api import Browser, sync_playwright

from app.client import Client
from tests.app.real_processes import Family
from tests.benchmarks.bench_live import OpenPage, listening
from tests.benchmarks.bench_memory import served
from tests.benchmarks.bench_web import Report
from trainer.events import Epoch
from trainer.journal import read_entries
from trainer.run_dir import RunDir

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
SETTLE_SECONDS = 3.0
LOOK_SECONDS = 0.05
PERCENT = 5.0


@dataclass(frozen=True)
class Turn:
    """The epochs of a turn: their images and seconds, and CPU seconds of whoever took them meanwhile."""

    epochs: int
    images: int
    seconds: float
    web: float
    browser: float
    training: float

    @property
    def speed(self) -> float:
        """Images a second."""
        return self.images / self.seconds


class Watch:
    """Reads run 1's journal, and the processes' accounts at the ends of epochs."""

    def __init__(self, folder: Path, family: Family) -> None:
        self._journal, self._offset = RunDir(folder / "runs" / "1").events, 0
        [self._web], [self._training] = family.web(), family.trainers()

    def turn(self, seconds: float) -> Turn:
        """From the end of the next epoch to the first one that ends after so many seconds."""
        self._next()
        begun, until, epochs = self._spent(), time.monotonic() + seconds, [self._next()]
        while time.monotonic() < until:
            epochs.append(self._next())
        images, took = sum(each.images for each in epochs), sum(each.seconds for each in epochs)
        spent = (now - before for now, before in zip(self._spent(), begun, strict=True))
        return Turn(len(epochs), images, took, *spent)

    def _next(self) -> Epoch:
        """The epoch that ends next; those before are passed over."""
        while not (found := self._new()):
            time.sleep(LOOK_SECONDS)
        return found[-1]

    def _new(self) -> list[Epoch]:
        entries = list(read_entries(self._journal, self._offset))
        self._offset = entries[-1][1] if entries else self._offset
        return [entry.event for entry, _ in entries if isinstance(entry.event, Epoch)]

    def _spent(self) -> tuple[float, float, float]:
        return cpu_seconds(self._web), chromium_seconds(), cpu_seconds(self._training)


def cpu_seconds(process: psutil.Process) -> float:
    """Of the process so far, threads that have ended included."""
    return float(sum(process.cpu_times()[:2]))


def chromium_seconds() -> float:
    """CPU seconds of all processes of the browser that this process started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            total += cpu_seconds(process) if "chrom" in process.name() else 0.0
    return total


@contextmanager
def scripted(url: str) -> Iterator[None]:
    """A client that does what the page's scripts do."""
    page = OpenPage(url, whole=False)
    page.open()
    with listening(url, "/api/v1/stream?words=true", page.hear):
        yield


@contextmanager
def shown(browser: Browser, url: str) -> Iterator[None]:
    """The page in a window that is seen, its figures drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/runs/1")
    page.wait_for_selector("#panels .plot-box.drawn", timeout=60_000)
    yield
    assert page.evaluate("document.visibilityState") == "visible"
    page.close()


def rounds_of(threads: int, rounds: int, seconds: float, browser: Browser) -> list[list[Turn]]:
    """Of each round: nobody, the page's requests alone, the page in a browser."""
    config = {"optim": {"epochs": 10_000, "milestones": []}, "threads": threads}
    with TemporaryDirectory() as name, served(Path(name)) as (family, _), Client(family.url) as board:
        run = board.launch(config).id
        next(event for event in board.follow(run) if event.kind == "epoch")
        watch = Watch(Path(name), family)
        looks: tuple[Callable[[], AbstractContextManager[None]], ...] = (
            nullcontext, lambda: scripted(family.url), lambda: shown(browser, family.url),
        )  # fmt: skip
        return [[_turn(watch, look, seconds) for look in looks] for _ in range(rounds)]


def _turn(watch: Watch, look: Callable[[], AbstractContextManager[None]], seconds: float) -> Turn:
    with look():
        time.sleep(SETTLE_SECONDS)
        return watch.turn(seconds)


def tell(report: Report, threads: int, rounds: list[list[Turn]]) -> None:
    """Losses of speed by round, and CPU for each epoch, with their targets."""
    print(
        f"threads = {threads}: {statistics.median(alone.speed for alone, _, _ in rounds):.0f} images/s alone"
    )
    for at, what in ((1, "requests of the page"), (2, "page in a browser")):
        losses = [100 * (1 - turns[at].speed / turns[0].speed) for turns in rounds]
        print(f"{what}: loses", ", ".join(f"{loss:.1f}" for loss in losses), "% of the speed, by round")
        report(f"{what}: median loss", statistics.median(losses), PERCENT, " %")
        looked = [turns[at] for turns in rounds]
        epochs, own = sum(turn.epochs for turn in looked), sum(turn.training for turn in looked)
        web, shows = sum(turn.web for turn in looked), sum(turn.browser for turn in looked)
        print(f"{what}: CPU by epoch: web {web / epochs:.3f} s, Chromium {shows / epochs:.3f} s, "
              f"training {own / epochs:.2f} s")  # fmt: skip
        report(f"{what}: CPU of both / training", 100 * (web + shows) / own, PERCENT, " %")


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    asked, report = parser.parse_args(), Report()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for threads in asked.threads:
            tell(report, threads, rounds_of(threads, asked.rounds, asked.seconds, browser))
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
