"""What a claim takes with 10,000 queued runs, and what the queue's page and a list of queued runs take.

    python -m tests.benchmarks.bench_queue [--queued 10000] [--sweeps 30] [--plan]

Prints each figure, the claim's with its target, and exits with 1 where that is missed. `--plan` shows how the
database goes about it. Run it on a quiet machine.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

from sqlalchemy import insert, text

from app.lifecycle import State
from app.requirements import requirements
from app.runs import order, queue
from app.runs.places import places_now
from app.store import workers
from app.store.engine import Database
from app.store.tables import Run
from app.store.workers import WorkerInfo
from app.views.queue.fill import queue_order
from tests.benchmarks.bench_store import installation, milliseconds
from trainer.config import RunConfig

CLAIM_MILLISECONDS = 5.0
ENDED = 2_000
OFFER = WorkerInfo("w", 1, "here", 1, 1, ("cpu", "cuda:0"), ("big",))


def fill(db: Database, queued: int, sweeps: int) -> None:
    """Runs of so many sweeps, each with a tenth that requires a label; and some that have ended."""
    with db.write() as s:
        workers.register(s, OFFER)
        model = queue.enqueue(s, RunConfig(), "run 0")
        shared = {column.name: getattr(model, column.name) for column in Run.__table__.columns}
        rows = []
        for n in range(2, queued + ENDED + 2):
            is_queued, lane = n > ENDED + 1, n % (sweeps + 1)
            state = State.QUEUED if is_queued else State.COMPLETED
            needs = requirements(labels=["big"] if n % 10 == 0 else [])
            own = {"id": n, "position": n, "lane": lane, "sweep_id": lane or None, "requirements": needs}
            rows.append(shared | own | {"state": state, "turn": 0 if is_queued else n})
        s.execute(insert(Run), rows)


def times(db: Database) -> Iterator[tuple[str, float]]:
    """(what, milliseconds), the claim first."""

    def claim() -> None:
        with db.write() as s:
            assert queue.claim(s, "w", offer=workers.offer_of(OFFER)) is not None

    def read(work: Callable[..., object], *given: object) -> Callable[[], None]:
        def carried_out() -> None:
            with db.read() as s:
                work(s, *given)

        return carried_out

    yield "claim", milliseconds(claim)
    yield "places", milliseconds(read(places_now))
    yield "page of 200", milliseconds(read(queue_order, 200))


def show_plan(db: Database) -> None:
    """The steps by which the database finds whom to claim."""
    with db.read() as s:
        query = order.first_of(order.required_now(s))
        told = query.compile(s.get_bind(), compile_kwargs={"literal_binds": True})
        for row in s.execute(text(f"EXPLAIN QUERY PLAN {told}")):
            print(" ", row[3])


def main() -> int:
    """Measure, print, and say by the exit code whether the target is met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queued", type=int, default=10_000, help="at least 100")
    parser.add_argument("--sweeps", type=int, default=30)
    parser.add_argument("--plan", action="store_true")
    asked = parser.parse_args()
    with installation() as (_, db):
        fill(db, asked.queued, asked.sweeps)
        if asked.plan:
            show_plan(db)
        measured = dict(times(db))
    for what, found in measured.items():
        target = f"  (target {CLAIM_MILLISECONDS} ms)" if what == "claim" else ""
        print(f"{what:12} {found:8.2f} ms{target}")
    return 0 if measured["claim"] <= CLAIM_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
