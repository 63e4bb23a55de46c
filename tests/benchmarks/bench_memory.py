"""Resident memory of the web process over many views of all kinds of pages, asked for by several at once.

    python -m tests.benchmarks.bench_memory [--views 10000]

The board has a few hundred runs, finished sweeps with kept predictions, and a run of 100 classes and 100
epochs. Eight clients take turns through lists, runs, comparisons, figures, the theory lab and the API.
"First" is after each client saw each address once, so that nothing more is loaded for the first time. Prints
what is
resident before the statistics are loaded, at first and at last, and exits with 1 where a target is missed.
"""

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psutil

from app.comparing.figures.registry import FIGURES
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.urls import API
from tests.benchmarks.bench_web import Report, web
from tests.conftest import Seed
from tests.e2e.seeded_finished import seed_finished

CLIENTS, LOOKS = 8, 10
MANY_CLASSES, MANY_EPOCHS, PLAIN_RUNS = 100, 100, 200
MEGABYTES_BEFORE, MEGABYTES_AFTER, GROWTH = 150.0, 250.0, 1.1


def installation(folder: Path) -> tuple[Settings, dict[str, int]]:
    """The board, and the ids of its sweeps and of its run of many classes."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    db = Database(settings.url)
    seed = Seed(db, settings)
    known = seed_finished(seed)
    known["plain"] = min(
        seed(config={"seed": number}, tags=[f"batch {number % 7}"], notes="Said of it. " * 20)
        for number in range(PLAIN_RUNS)
    )
    names = [f"class {at}" for at in range(MANY_CLASSES)]
    known["many"] = seed(
        epochs=MANY_EPOCHS,
        class_names=names,
        train_counts=[1 + (4999 >> at // 8) for at in range(MANY_CLASSES)],
    )
    db.close()
    return settings, known


def plain_addresses(plain: int, many: int) -> list[str]:
    """Pages and answers that need no statistics: of two plain runs, and of the one of many classes."""
    theory = ("", "/conv-matrix", "/relu-network", "/class-balance", "/focal", "/layers", "/dead-relu")
    runs = [f"/runs/{run}" for run in (plain, plain + 1, many)]
    about_one = [f"{API}/figures/{it.name}?run={many}" for it in FIGURES.values() if it.about == "run"]
    return [
        "/runs", "/runs?q=seed&sort=-test_accuracy", "/runs?state=completed", "/runs/new", "/sweeps",
        "/sweeps/1", "/sweeps/2", "/compare", "/published", "/datasets", "/system",
        *(f"/theory{path}" for path in theory),
        *runs, *(f"{API}{path}" for path in runs), f"{API}/runs?limit=100", f"{API}/sweeps/1", f"{API}/meta",
        f"{API}/runs/{many}/epochs", f"{API}/runs/{many}/events", *about_one,
    ]  # fmt: skip


def comparisons(plain: int) -> list[str]:
    """Comparisons, their figures and what is taken from them."""
    chosen = [f"runs={first},{first + 1},{first + 2}" for first in range(plain, plain + 60, 5)]
    asked = ["sweep=1", "sweep=2", *chosen]
    figures = [f"{API}/figures/{it.name}?{about}" for it in FIGURES.values() if it.about == "runs"
               for about in ("sweep=1", "sweep=2")]  # fmt: skip
    return [*(f"/compare?{it}" for it in asked), *(f"{API}/compare?{it}" for it in asked), *figures,
            "/compare/report.html?sweep=1"]  # fmt: skip


def seen(url: str, rounds: Iterable[Sequence[str]]) -> None:
    """Eight clients, each with a round of addresses of its own; any answer but 200 is printed once."""

    def walk(addresses: Sequence[str]) -> set[str]:
        with httpx2.Client(base_url=url, timeout=120, follow_redirects=True) as client:
            return {it for it in addresses if client.get(it).status_code != 200}

    with ThreadPoolExecutor(CLIENTS) as pool:
        bad = set().union(*pool.map(walk, rounds))
    if bad:
        print("not answered with 200:", *sorted(bad), sep="\n  ")


def shuffled(addresses: Sequence[str], views: int, chance: random.Random) -> list[list[str]]:
    """So many views in all, dealt to the clients."""
    return [chance.choices(addresses, k=views // CLIENTS) for _ in range(CLIENTS)]


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=10_000)
    views, report, chance = parser.parse_args().views, Report(), random.Random(1)
    with TemporaryDirectory() as folder:
        settings, known = installation(Path(folder))
        plain = plain_addresses(known["plain"], known["many"])
        with web(settings) as (process, url, _):
            seen(url, [plain] * CLIENTS)
            report("before statistics", megabytes(process), MEGABYTES_BEFORE, " MB")
            everything = plain + comparisons(known["plain"])
            seen(url, [everything] * CLIENTS)
            first = megabytes(process)
            for part in range(1, LOOKS + 1):
                seen(url, shuffled(everything, views // LOOKS, chance))
                print(f"after {part * views // LOOKS} views: {megabytes(process):.0f} MB", flush=True)
            report("after statistics", megabytes(process), MEGABYTES_AFTER, " MB")
            report("last / first", megabytes(process) / first, GROWTH, "")
    return int(not report.met)


def megabytes(process: psutil.Process) -> float:
    """Resident now."""
    return float(process.memory_info().rss) / 1e6


if __name__ == "__main__":
    sys.exit(main())
