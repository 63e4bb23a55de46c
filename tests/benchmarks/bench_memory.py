"""Resident memory of the web process of a whole board over mixed use, with a training beside it.

    python -m tests.benchmarks.bench_memory [--minutes 10]

The board has a few hundred runs, finished sweeps with kept predictions, and a run of 100 classes and 100
epochs. Each page and answer but the comparisons is asked for by each of four clients; then everything; then
readers look at random, one client launches, changes, cancels, extends, exports and deletes, and the open page
of a training hears of its epochs (mixed_use). Prints what is resident before the comparisons, the mean of
each minute, and how much was done; exits with 1 where a target is missed.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import func, select

from app.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from tests.app.serving import Family
from tests.benchmarks.bench_web import Report
from tests.benchmarks.mixed_use import READERS, Use, comparisons, plain_addresses, walk
from tests.conftest import Seed
from tests.e2e.seeded_finished import seed_finished

MANY_CLASSES, MANY_EPOCHS, PLAIN_RUNS = 100, 100, 200
LOOK_SECONDS, LOOKS = 5.0, 12
"""How often a minute is looked at the memory."""
MEGABYTES_BEFORE, MEGABYTES_AFTER, GROWTH = 150.0, 250.0, 1.1


def installation(folder: Path) -> tuple[int, int, int]:
    """The board; returns a run with predictions, the first of its plain runs, its run of many classes."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    db = Database(settings.url)
    seed = Seed(db, settings)
    seed_finished(seed)
    with db.read() as session:
        predicted = session.scalars(select(func.min(Run.id))).one()
    plain = min(
        seed(config={"seed": number}, tags=[f"batch {number % 7}"], notes="Said of it. " * 20)
        for number in range(PLAIN_RUNS)
    )
    names = [f"class {at}" for at in range(MANY_CLASSES)]
    counts = [1 + (4999 >> at // 8) for at in range(MANY_CLASSES)]
    many = seed(epochs=MANY_EPOCHS, class_names=names, train_counts=counts)
    db.close()
    return predicted, plain, many


@contextmanager
def served(folder: Path) -> Iterator[tuple[Family, psutil.Process]]:
    """A real `serve` with one slot, and its web process."""
    family = Family(folder)
    try:
        [web] = family.web()
        yield family, web
        family.end()
    finally:
        family.kill()


def all_seen(url: str, addresses: list[str]) -> None:
    """Each reader sees each address once."""
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(walk, [url] * READERS, [addresses] * READERS))


def minutes_of(process: psutil.Process, minutes: int) -> list[float]:
    """The mean of each minute from now on."""
    means = []
    for minute in range(1, minutes + 1):
        looks = []
        for _ in range(LOOKS):
            time.sleep(LOOK_SECONDS)
            looks.append(megabytes(process))
        means.append(fmean(looks))
        print(f"minute {minute}: {means[-1]:.1f} MB ({min(looks):.1f} to {max(looks):.1f})", flush=True)
    return means


def megabytes(process: psutil.Process) -> float:
    """Resident now."""
    return float(process.memory_info().rss) / 1e6


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10)
    minutes, report = parser.parse_args().minutes, Report()
    with TemporaryDirectory() as name:
        predicted, plain, many = installation(Path(name))
        with served(Path(name)) as (family, web):
            url = family.url
            addresses = plain_addresses(plain, many)
            all_seen(url, addresses)
            report("before statistics", megabytes(web), MEGABYTES_BEFORE, " MB")
            addresses += comparisons(plain, predicted)
            all_seen(url, addresses)
            use = Use(url, addresses)
            with use.going_on() as said:
                means = minutes_of(web, minutes)
                print(", ".join(f"{times} {what}" for what, times in said().items()))
            report("highest minute", max(means), MEGABYTES_AFTER, " MB")
            report("last minute / first", means[-1] / means[0], GROWTH, "")
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
