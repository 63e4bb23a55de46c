"""What it takes to group a list of 100,000 runs, and to sort it by any column.

    python -m tests.benchmarks.bench_groups [--runs 100000] [--postgres]

Five seeds a setting, a hundred runs a sweep, five data sets, three tags. Prints each figure with its target
and exits with 1 where one is missed.
"""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from typing import get_args

from sqlalchemy import insert, text

from app.schema_types import By
from app.store.engine import Database
from app.store.groups import find_groups
from app.store.job_tables import RUN_SORT_KEYS
from app.store.runs import RunFilter
from app.store.tables import Tag
from tests.benchmarks.bench_store import Board, boards, fill, installation, milliseconds, page, settled

GROUPS_MILLISECONDS = 100.0
LIST_MILLISECONDS = 25.0
FILTERS = {"": RunFilter(), "completed ": RunFilter(states=("completed",)), "tagged ": RunFilter(tags=("b",))}
SPREAD = """
UPDATE runs SET setting_hash = 's' || (id / 5), sweep_id = id / 100 + 1, seed = id % 5,
    dataset = 'd' || (id % 5), beta = (id % 97) / 97.0, learning_rate = (id % 13) / 13.0,
    loss = 'loss ' || (id % 7), epochs = id % 50 + 1, test_tail = (id % 101) / 101.0,
    state = CASE WHEN id % 10 = 0 THEN 'failed' ELSE 'completed' END
"""


def group(db: Database, by: By, only: RunFilter) -> None:
    """The first page of groups."""
    with db.read() as s:
        find_groups(s, only, by, 25 if by == "setting" else 100)


def times(board: Board, runs: int) -> Iterator[tuple[str, float, float]]:
    """(what, milliseconds, target)."""
    with installation(board) as (settings, db):
        fill(db, runs, 0)
        with db.write() as s:
            s.execute(text(SPREAD))
            more = [
                {"run_id": n, "tag": tag}
                for tag, step in (("a", 2), ("b", 9))
                for n in range(step, runs, step)
            ]
            s.execute(insert(Tag), more)
        settled(settings)
        for by in get_args(By):
            for name, only in FILTERS.items():
                took = milliseconds(partial(group, db, by, only))
                yield f"{name}runs by {by}", took, GROUPS_MILLISECONDS
        for key in RUN_SORT_KEYS:
            yield f"100 runs by -{key}", milliseconds(partial(page, db, f"-{key}")), LIST_MILLISECONDS


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL in place of SQLite")
    options = parser.parse_args()
    met = True
    with boards(options.postgres) as board:
        for what, took, target in times(board, options.runs):
            print(f"{what}: {took:.1f} ms (<= {target:.0f})", flush=True)
            met &= took <= target
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
