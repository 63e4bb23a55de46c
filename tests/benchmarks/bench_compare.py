"""A comparison of 50 runs of 100 epochs: its JSON, its page and each of its figures, over HTTP.

    python -m tests.benchmarks.bench_compare [--among 100000] [--postgres]

Twice: 10 settings of 5 seeds, and 50 settings of one; `--among`: so many other runs are on the board, too.
`--postgres`: on a server of its own. Times are medians of whole HTTP exchanges with a warm web process.
Prints each figure with its target and exits with 1 where one is missed.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from app.comparing.figures.registry import FIGURES
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.benchmarks.bench_store import Board, boards, fill, settled
from tests.benchmarks.bench_web import Report, milliseconds, web
from tests.conftest import Matrix, Seed

RUNS, EPOCHS, CLASSES, IMAGES = 50, 100, 10, 200
JSON_MILLISECONDS = 100.0
FIGURE_MILLISECONDS = 25.0
PAGE_MILLISECONDS = 500.0


def matrices(seed: int) -> list[Matrix]:
    """Confusions of a run that learns, head classes first, with noise of its own."""
    rng = np.random.default_rng(seed)
    found: list[Matrix] = []
    for epoch in range(EPOCHS):
        recall = np.clip(
            0.9 * (epoch + 1) / EPOCHS - 0.05 * np.arange(CLASSES) + rng.normal(0, 0.02, CLASSES), 0.02, 1
        )
        shares = np.full((CLASSES, CLASSES), 1.0) * ((1 - recall) / (CLASSES - 1))[:, None]
        np.fill_diagonal(shares, recall)
        found.append([rng.multinomial(IMAGES, row / row.sum()).tolist() for row in shares])
    return found


def configs(settings: int) -> Iterator[dict[str, Any]]:
    """RUNS configurations: cross-entropy and betas of class-balanced focal, each over its seeds."""
    for setting in range(settings):
        beta = 1 - 0.1 ** (0.5 + setting / 10)
        focal = {"name": "focal", "weighting": "class_balanced", "beta": beta}
        for seed in range(RUNS // settings):
            yield {"loss": focal if setting else {}, "seed": seed}


def installation(made: Settings, settings: int, among: int) -> Settings:
    """RUNS completed runs with every figure, and those others."""
    prepare(made)
    db = Database(made.url)
    seed = Seed(db, made)
    names, counts = zip(*((f"class {at}", 1 + (999 >> at)) for at in range(CLASSES)), strict=True)
    for number, config in enumerate(configs(settings)):
        config["optim"] = {"epochs": EPOCHS}
        seed(config=config, class_names=names, train_counts=counts, confusions=matrices(number))
    if among:
        fill(db, among, epochs=0)
    db.close()
    settled(made)
    return made


def measure(report: Report, board: Board, settings: int, among: int) -> None:
    """JSON, page and figures at so many settings."""
    runs = f"runs={','.join(map(str, range(1, RUNS + 1)))}"
    print(f"{RUNS} runs of {EPOCHS} epochs, {settings} settings, among {among:,} others:")
    with (
        TemporaryDirectory() as folder,
        board() as address,
        web(installation(Settings(data_dir=Path(folder), database_url=address), settings, among)) as (
            _,
            url,
            _,
        ),
    ):
        report("json", milliseconds(f"{url}/api/v1/compare?{runs}"), JSON_MILLISECONDS, " ms")
        report("page", milliseconds(f"{url}/compare?{runs}"), PAGE_MILLISECONDS, " ms")
        for figure in FIGURES.values():
            if figure.about == "runs":
                took = milliseconds(f"{url}/api/v1/figures/{figure.name}?{runs}")
                report(figure.name, took, FIGURE_MILLISECONDS, " ms")


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--among", type=int, default=0, help="other runs on the board")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL in place of SQLite")
    asked, report = parser.parse_args(), Report()
    with boards(asked.postgres) as board:
        for settings in (10, 50):
            measure(report, board, settings, asked.among)
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
