"""Workers of several processes and threads race for a board of sweeps and requirements."""

import json
import subprocess
import sys
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from app.requirements import Offer, requirements
from app.runs import queue
from app.runs.drafts import drafted
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Job
from trainer.config import RunConfig

pytestmark = pytest.mark.slow

RACER = """
import json, sys
from app.requirements import Offer
from app.runs.queue import claim
from app.store.engine import Database
db, offer = Database(sys.argv[1]), Offer(**json.loads(sys.argv[3]))
print("ready", flush=True)
sys.stdin.readline()
while True:
    with db.write() as s:
        if claim(s, sys.argv[2], offer=offer) is None:
            break
"""
OFFERS = {
    "plain": {"devices": ["cpu"], "labels": []},
    "big": {"devices": ["cpu"], "labels": ["big"]},
    "card": {"devices": ["cpu", "cuda:0"], "labels": []},
}
NEEDS = {"plain": requirements(), "big": requirements(labels=["big"]), "card": requirements("cuda")}


def fill(db: Database) -> None:
    with db.write() as s:
        for sweep, (size, needs) in enumerate(
            [(6, "plain"), (40, "plain"), (9, "big"), (9, "card"), (5, "plain")]
        ):
            drafts = [drafted(RunConfig(), "run", required=NEEDS[needs])] * size
            queue.enqueue_all(s, drafts, sweep_id=sweep or None)


def claims(db: Database) -> list[tuple[str, int, str]]:
    """(worker, lane, what was required) of each claim, in the order in which they came."""
    named = {json.dumps(needs): name for name, needs in NEEDS.items()}
    with db.read() as s:
        jobs = s.scalars(select(Job).order_by(Job.turn)).all()
    assert [job.turn for job in jobs] == list(range(1, len(jobs) + 1)), "each once, none left"
    assert {job.attempt for job in jobs} == {1}
    return [(str(job.worker_id), job.lane, named[json.dumps(job.requirements)]) for job in jobs]


def check(found: list[tuple[str, int, str]]) -> None:
    """Each by somebody who can, and each the turn of the lane that had waited longest, for that worker."""
    left = {0: (6, "plain"), 1: (40, "plain"), 2: (9, "big"), 3: (9, "card"), 4: (5, "plain")}
    turns: dict[int, int] = {}
    for number, (worker, lane, needs) in enumerate(found, start=1):
        can = {"plain", worker.partition("-")[0]}
        assert needs in can
        open_to = [one for one, (size, what) in left.items() if size and what in can]
        assert lane == min(open_to, key=lambda one: (turns.get(one, 0), one))
        left[lane] = (left[lane][0] - 1, needs)
        turns[lane] = number


def test_processes_take_turns_in_order_and_only_what_they_can(settings: Settings, db: Database) -> None:
    fill(db)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, settings.url, f"{name}-1", json.dumps(offer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, offer in OFFERS.items()
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        racer.communicate()
        assert racer.returncode == 0
    check(claims(db))


def test_threads_do_likewise(settings: Settings, db: Database) -> None:
    fill(db)
    names = [f"{name}-{number}" for name in OFFERS for number in range(2)]
    together = Barrier(len(names))

    def race(name: str) -> None:
        offer = Offer(**OFFERS[name.partition("-")[0]])
        together.wait()
        while True:
            with db.write() as s:
                if queue.claim(s, name, offer=offer) is None:
                    return

    threads = [Thread(target=race, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    check(claims(db))
