"""How long the write lock is held by what people do to a sweep of 500 cells.

    python -m tests.benchmarks.bench_locks [--postgres]

Prints each figure with its target and exits with 1 where one is missed. While the lock is held, no worker
renews its claims and every other write waits.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.runs import sweep_actions
from app.schemas import ExtendBody, SweepBody
from app.store.engine import Database
from app.store.tables import Run
from tests.benchmarks.bench_store import Board, boards, installation

SECONDS = 0.3
BASE = {"data": {"dataset": "shapes10"}, "loss": {"name": "focal", "weighting": "class_balanced"}}
GRID = {"loss.beta": [0.5, 0.9, 0.99, 0.999, 0.9999], "loss.gamma": [0.5, 1.0, 1.5, 2.0, 2.5]}


class TimedDatabase(Database):
    """Knows how long its longest write held the lock."""

    longest = 0.0

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            session.connection()
            begun = time.perf_counter()
            yield session
            session.flush()
            self.longest = max(self.longest, time.perf_counter() - begun)


def asked(seeds: range, reuse: bool = True) -> SweepBody:
    """25 settings over these seeds."""
    return SweepBody.model_validate({"base": BASE, "axes": {**GRID, "seed": list(seeds)}, "reuse": reuse})


def steps(board: Board) -> Iterator[tuple[str, float]]:
    """(what is done, seconds that the lock was held)."""
    with installation(board) as (settings, _):
        db = TimedDatabase(settings.url)

        def held(work: Callable[[], object]) -> float:
            db.longest = 0.0
            work()
            return db.longest

        sweep_actions.launch_sweep(db, settings, asked(range(1)))
        other, _ = sweep_actions.launch_sweep(db, settings, asked(range(1), reuse=False))
        yield "launch 500 cells", held(lambda: sweep_actions.launch_sweep(db, settings, asked(range(20))))
        more = ExtendBody.model_validate({"axes": {"seed": list(range(100, 119))}})
        yield "extend by 475 cells", held(lambda: sweep_actions.extend_sweep(db, settings, other, more))
        with db.write() as s:
            s.execute(update(Run).where(Run.sweep_id == other).values(state="crashed"))
        yield "retry 500 runs", held(lambda: sweep_actions.retry_sweep(db, settings, other))
        with db.write() as s:
            s.execute(delete(Run).where(Run.sweep_id == other))
        yield "launch 500 missing cells", held(lambda: sweep_actions.retry_sweep(db, settings, other))
        db.close()


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL in place of SQLite")
    met = True
    with boards(parser.parse_args().postgres) as board:
        for what, seconds in steps(board):
            print(f"{what}: the write lock is held {1000 * seconds:.0f} ms (<= {1000 * SECONDS:.0f})")
            met &= seconds <= SECONDS
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
