"""Ingest speed, and what a page of the list of runs and a search read at 1,000 and at 100,000 runs.

    python -m tests.benchmarks.bench_store [--runs 100000] [--postgres]

`--postgres`: on a server of its own that waits for the disk at each commit, in place of SQLite.

Prints each figure with its target and exits with 1 where one is missed. Run it on a quiet machine.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, text

from app.runs.ingest import ingest
from app.runs.queue import enqueue
from app.serving.installation import prepare
from app.settings import Settings
from app.store.clock import now
from app.store.engine import Database
from app.store.figures import epoch_columns
from app.store.runs import RunFilter, find_runs, tags_of
from app.store.search_index import store_fields
from app.store.series import accuracy_curves
from app.store.tables import Epoch, Run, RunFigures, Tag
from tests.app.journals import FIGURES, claimed, epoch, started, write_long_journal
from tests.postgres_server import make_template, own_server
from trainer.config import RunConfig, as_json, merge
from trainer.events import Event

EPOCHS_PER_SECOND = 1_500
LIST_MILLISECONDS = 25.0
SEARCH_MILLISECONDS = 100.0
INGESTED = 5_000
REPEATS = 15
SORTS = ("-id", "id", "name", "-test_accuracy", "test_accuracy", "-created_at", "state")
SEARCHES = (
    "77",
    "beta 0.99",
    "state = completed",
    "seed = 5",
    "loss = focal",
    "beta != 0.99",
    "accuracy > 60",
    "tail > 10 and test_loss < 2",
    "loss.name = focal and beta >= 0.99 and rate > 0.03",
    "loss.name = focal or beta >= 0.99 or rate > 0.03",
    "not (loss.name = focal and beta >= 0.99)",
    "loss.name = focal and beta >= 0.99 and accuracy > 60 and tag:bench and not state = failed"
    " and created > 2 days ago",
)

Board = Callable[[], AbstractContextManager[str]]
"""Makes the address of an empty database that is gone afterwards; "" for SQLite."""


@contextmanager
def boards(postgres: bool) -> Iterator[Board]:
    """Where installations get their databases from."""
    if not postgres:
        yield lambda: nullcontext("")
        return
    with own_server(fsync="on", full_page_writes="on", shared_buffers="256MB", autovacuum="on") as server:
        make_template(server)
        yield server.clone


@contextmanager
def installation(board: Board) -> Iterator[tuple[Settings, Database]]:
    """An empty installation that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, board() as url:
        settings = Settings(data_dir=Path(folder), database_url=url)
        prepare(settings)
        db = Database(settings.url)
        yield settings, db
        db.close()


def ingest_speed(board: Board) -> float:
    """Epochs of 18 figures and 10 classes a second, from a journal on disk to committed rows."""
    told: list[Event] = [started(10), *(epoch(n, classes=10) for n in range(1, INGESTED + 1))]
    with installation(board) as (settings, db):
        run_id, folder = claimed(db, settings)
        write_long_journal(folder, told)
        begun = time.perf_counter()
        ingest(db, run_id, 1, folder)
        return INGESTED / (time.perf_counter() - begun)


def fill(db: Database, runs: int, epochs: int) -> None:
    """Completed runs with figures and a tag, and with `epochs` epochs each."""
    with db.write() as s:
        model = enqueue(s, RunConfig(), "run 0")
        model.state, model.epoch, model.started = "completed", epochs, {"class_names": ["x"] * 100}
        model.last = {"epoch": epochs, **FIGURES, "diverged": False}
        s.flush()
        ids = range(model.id, model.id + runs)
        shared = {column.name: getattr(model, column.name) for column in Run.__table__.columns}
        s.execute(insert(Run), [shared | distinct(n) for n in ids[1:]])
        s.execute(insert(Tag), [{"run_id": n, "tag": "bench"} for n in ids])
        last = {name: value for name, value in FIGURES.items() if name in RunFigures.__table__.columns}
        told = ({**last, "run_id": n, "test_accuracy": distinct(n)["test_accuracy"]} for n in ids)
        s.execute(insert(RunFigures), list(told))
        for first in range(0, runs, 500):
            store_fields(s, {n: config_of(n) for n in ids[first : first + 500]})
        figures = {**FIGURES, "time": now(), "diverged": False}
        rows = [epoch_columns(figures) | {"run_id": n, "epoch": e} for n in ids for e in range(1, epochs + 1)]
        if rows:
            s.execute(insert(Epoch.__table__), rows)  # type: ignore[arg-type]


def settled(settings: Settings) -> None:
    """What a server does by itself within the minute after so many rows have come."""
    if settings.database_url:
        engine = create_engine(settings.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()


def distinct(n: int) -> dict[str, Any]:
    """What tells one run from the next; a third has no accuracy yet."""
    accuracy = n * 7919 % 1000 / 1000 if n % 3 else None
    told = {"created_at": now(), "test_accuracy": accuracy, "config": config_of(n)}
    return {"id": n, "name": f"run {n * 7919 % 99_991}", **told}


def config_of(n: int) -> dict[str, Any]:
    """Of run n: one of thirty settings and one of many seeds."""
    loss = {"name": ("cross_entropy", "focal")[n % 2], "beta": (0.9, 0.99, 0.995, 0.999, 0.9999)[n % 5]}
    optim = {"learning_rate": (0.1, 0.05, 0.02)[n % 3]}
    return merge(_USUAL, {"loss": {"weighting": "class_balanced", **loss}, "optim": optim, "seed": n // 30})


_USUAL = as_json(RunConfig())


def search(db: Database, q: str) -> None:
    """What the list reads of 100 runs that a search finds, with how many it finds."""
    with db.read() as s:
        ids = find_runs(s, RunFilter(q=q), "-id", 100).ids
        tags_of(s, ids)
        accuracy_curves(s, ids, at_most=40)


def page(db: Database, sort: str, cursor: str | None = None) -> None:
    """What a page of 100 runs reads: rows, tags, sparklines."""
    with db.read() as s:
        ids = find_runs(s, RunFilter(), sort, 100, cursor).ids
        tags_of(s, ids)
        accuracy_curves(s, ids, at_most=40)


def deep_cursor(db: Database, sort: str, runs: int) -> str | None:
    """Where the page begins that has `runs` runs before it."""
    cursor = None
    for _ in range(runs // 500):
        with db.read() as s:
            cursor = find_runs(s, RunFilter(), sort, 500, cursor).next_cursor
    return cursor


def milliseconds(work: Callable[[], object]) -> float:
    """Median of REPEATS calls, after a first one."""
    work()
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def list_times(board: Board, runs: int, epochs: int) -> Iterator[tuple[str, float]]:
    """(which page, milliseconds) for the first page and one three quarters down, in every order."""
    with installation(board) as (settings, db):
        fill(db, runs, epochs)
        settled(settings)
        for sort in SORTS:
            yield f"first of {runs:,} by {sort}", milliseconds(partial(page, db, sort))
            deep = deep_cursor(db, sort, runs * 3 // 4)
            yield f"at {runs * 3 // 4:,} of {runs:,} by {sort}", milliseconds(partial(page, db, sort, deep))
        for q in SEARCHES:
            yield f"of {runs:,} found by {q}", milliseconds(partial(search, db, q))


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000, help="runs of the large list")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL in place of SQLite")
    options = parser.parse_args()
    with boards(options.postgres) as board:
        return int(not is_met(board, options.runs))


def is_met(board: Board, large: int) -> bool:
    """Measure and print; whether all targets were met."""
    speed = ingest_speed(board)
    print(f"ingest: {speed:,.0f} epochs/s, n = {INGESTED:,} (>= {EPOCHS_PER_SECOND:,})")
    met = speed >= EPOCHS_PER_SECOND
    for runs, epochs in ((1_000, 10), (large, 0)):
        for which, took in list_times(board, runs, epochs):
            target = SEARCH_MILLISECONDS if "found" in which else LIST_MILLISECONDS
            print(f"100 runs, {which}: {took:.1f} ms (<= {target:.0f})", flush=True)
            met &= took <= target
    return met


if __name__ == "__main__":
    sys.exit(main())
