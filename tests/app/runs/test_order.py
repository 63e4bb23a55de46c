"""The order of the queue against a model of it in plain Python, over random boards with several workers.

The model keeps a list of jobs and the history of claims, and knows nothing of lanes' columns: who was served
last it finds by going back through what was claimed.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from app.errors import ConflictError
from app.lifecycle import State
from app.requirements import Offer, requirements
from app.runs import by_hand, queue
from app.runs.drafts import drafted
from app.runs.places import places_now
from app.runs.reasons import Reason
from app.schemas import QueuePatchBody
from app.store import workers
from app.store.engine import Database
from app.store.tables import Job
from app.store.workers import WorkerInfo
from tests.app.runs.board_machine import BoardMachine
from trainer.config import RunConfig, parse_config

PLAIN, BIG, CARD = "plain", "big", "card"
WORKERS = {
    PLAIN: WorkerInfo(PLAIN, 1, "here", 1, 1, ("cpu",)),
    BIG: WorkerInfo(BIG, 2, "here", 1, 1, ("cpu",), ("big", "fast")),
    CARD: WorkerInfo(CARD, 3, "there", 1, 1, ("cpu", "cuda:0"), ("big",)),
}
CAN = {PLAIN: {""}, BIG: {"", "big"}, CARD: {"", "big", "cuda"}}
"""What each can carry out, by the name of what is required, told by hand."""
NEEDS = {"": requirements(), "big": requirements(labels=["big"]), "cuda": requirements("cuda", ["big"])}
which = st.integers(0, 60)
needed = st.sampled_from(list(NEEDS))


@dataclass
class Known:
    """A job as the model has it: whose turn it takes, and its order there."""

    group: object
    priority: int
    needs: str
    at: float
    first: int | None = None
    state: str = "queued"


class Board(BoardMachine):
    def __init__(self) -> None:
        super().__init__()
        with self.db.write() as s:
            for info in WORKERS.values():
                workers.register(s, info)
        self.jobs: dict[int, Known] = {}
        self.turns: dict[int, tuple[int, int, object]] = {}
        self.claims = 0
        self.before = 0

    def due(self, can: set[str]) -> list[int]:
        return [
            job_id
            for job_id, job in self.jobs.items()
            if job.state == "queued"
            and job.needs in can
            and (job.first is None or self.jobs[job.first].state == "completed")
        ]

    def line(self, can: set[str]) -> list[int]:
        """The sequence in which one worker that can do this would claim: step by step, a turn at a time."""
        left, history, found = self.due(can), list(self.history()), list[int]()
        while left:
            top = max(self.jobs[one].priority for one in left)
            heads: dict[object, int] = {}
            for one in sorted(left, key=lambda one: self.jobs[one].at):
                if self.jobs[one].priority == top:
                    heads.setdefault(self.jobs[one].group, one)
            taken = [turn for turn in history if turn[0] == top]
            last = {group: number for number, (_, group) in enumerate(taken, start=1)}
            chosen = min(heads, key=lambda group: (last.get(group, 0), self.jobs[heads[group]].at))
            found.append(heads[chosen])
            left.remove(heads[chosen])
            history.append((top, chosen))
        return found

    def history(self) -> list[tuple[int, object]]:
        """(priority, group) of every turn that was taken and not given back, in their order."""
        return [
            (priority, group) for _, priority, group in sorted(self.turns.values(), key=lambda turn: turn[0])
        ]

    def shown(self) -> list[int]:
        with self.db.read() as s:
            places = places_now(s)
        assert list(places.values()) == list(range(1, len(places) + 1))
        return list(places)

    @rule(size=st.integers(1, 5), needs=needed, priority=st.integers(0, 1), sweep=st.integers(1, 4))
    def sweep(self, size: int, needs: str, priority: int, sweep: int) -> None:
        """Some runs of a sweep, which may have some already."""
        with self.db.write() as s:
            drafts = [
                drafted(RunConfig(), "run", priority=priority, required=NEEDS[needs]) for _ in range(size)
            ]
            for job_id in queue.enqueue_all(s, drafts, sweep_id=sweep):
                self.jobs[job_id] = Known(sweep, priority, needs, job_id)

    @rule(needs=needed, priority=st.integers(0, 1), staged=st.booleans(), seed=st.integers(0, 10**6))
    def single(self, needs: str, priority: int, staged: bool, seed: int) -> None:
        """A run alone, or with a second stage behind it, whose first one may be there already."""
        config = parse_config({"seed": seed, "second_stage": {"name": "crt" if staged else "none"}})
        with self.db.write() as s:
            run = queue.enqueue(s, config, "run", priority=priority, required=NEEDS[needs])
            first = run.first_stage_id
        if first is not None and first not in self.jobs:
            self.jobs[first] = Known("alone", priority, needs, first)
        self.jobs[run.id] = Known("alone", priority, needs, run.id, first)

    @rule(worker=st.sampled_from(list(WORKERS)))
    def claim(self, worker: str) -> None:
        wanted = self.line(CAN[worker])[:1]
        with self.db.write() as s:
            job = queue.claim(s, worker, offer=workers.offer_of(WORKERS[worker]))
        assert ([job.id] if job else []) == wanted
        for job_id in wanted:
            known = self.jobs[job_id]
            known.state = "running"
            self.claims += 1
            self.turns[job_id] = (self.claims, known.priority, known.group)

    @precondition(lambda self: any(job.state == "running" for job in self.jobs.values()))
    @rule(number=which, how=st.sampled_from(["completed", "paused", "given back"]))
    def end(self, number: int, how: str) -> None:
        running = [job_id for job_id, job in self.jobs.items() if job.state == "running"]
        job_id = running[number % len(running)]
        with self.db.write() as s:
            job = s.get_one(Job, job_id)
            if how == "given back":
                queue.give_back(s, job, Reason("Returned", "The worker was asked to end."))
            else:
                queue.move(s, job, State(how))
        self.jobs[job_id].state = how
        if how == "given back":
            self.jobs[job_id].state = "queued"
            del self.turns[job_id]

    @precondition(lambda self: any(job.state == "paused" for job in self.jobs.values()))
    @rule(number=which)
    def resume(self, number: int) -> None:
        """It stands where it stood; the turn that it had stays taken."""
        paused = [job_id for job_id, job in self.jobs.items() if job.state == "paused"]
        job_id = paused[number % len(paused)]
        with self.db.write() as s:
            queue.requeue(s, s.get_one(Job, job_id))
        self.jobs[job_id].state = "queued"

    @precondition(lambda self: self.jobs)
    @rule(number=which, move=st.sampled_from(["up", "down", "top"]))
    def by_hand(self, number: int, move: Any) -> None:
        """What was shown before, with these two exchanged, or with this one first."""
        job_id = sorted(self.jobs)[number % len(self.jobs)]
        before = self.shown()
        try:
            with self.db.write() as s:
                by_hand.reorder(s, job_id, move)
        except ConflictError:
            assert job_id not in before
            return
        at = before.index(job_id)
        if move == "top":
            self.put_first(job_id, before[0])
            assert self.shown()[0] == job_id
            return
        other = at + (1 if move == "down" else -1)
        if 0 <= other < len(before):
            one, two = self.jobs[job_id], self.jobs[before[other]]
            one.group, two.group = two.group, one.group
            one.priority, two.priority = two.priority, one.priority
            one.at, two.at = two.at, one.at
            mine, theirs = self.turns.pop(job_id, None), self.turns.pop(before[other], None)
            self.turns |= {who: turn for who, turn in ((before[other], mine), (job_id, theirs)) if turn}
            before[at], before[other] = before[other], before[at]
        assert self.shown() == before

    def put_first(self, job_id: int, first: int) -> None:
        if job_id == first:
            return
        job = self.jobs[job_id]
        self.turns.pop(job_id, None)
        self.before -= 1
        job.group, job.at = ("top", self.before), self.before
        job.priority = max(job.priority, self.jobs[first].priority)

    @precondition(lambda self: self.due({*NEEDS}))
    @rule(number=which, priority=st.integers(-1, 2), needs=needed)
    def change(self, number: int, priority: int, needs: str) -> None:
        due = self.due({*NEEDS})
        job_id = due[number % len(due)]
        body = QueuePatchBody.model_validate({"priority": priority, "requirements": NEEDS[needs]})
        with self.db.write() as s:
            by_hand.change(s, job_id, body)
        self.jobs[job_id].priority, self.jobs[job_id].needs = priority, needs
        if job_id in self.turns:
            number, _, group = self.turns[job_id]
            self.turns[job_id] = (number, priority, group)

    @invariant()
    def places_are_the_line_of_whoever_can_do_all(self) -> None:
        assert self.shown() == self.line({*NEEDS})


TestBoard = pytest.mark.slow(Board.TestCase)
TestBoard.settings = examples(stateful_step_count=30)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(30, 3, 1), (1, 1, 20)])
def test_the_places_that_are_shown_are_the_claims_that_come(db: Database, sizes: tuple[int, ...]) -> None:
    """Told once, before the first claim; the claims then come from several workers in turn."""
    with db.write() as s:
        for name in "abc":
            workers.register(s, WorkerInfo(name, 1, "here", 1, 1, ("cpu",)))
        for sweep, size in enumerate(sizes):
            queue.enqueue_all(s, [drafted(RunConfig(), "run")] * size, sweep_id=sweep or None)
    with db.read() as s:
        places = places_now(s)
    claimed = []
    for turn in range(sum(sizes)):
        with db.write() as s:
            job = queue.claim(s, "abc"[turn % 3])
            assert job is not None
            claimed.append(job.id)
    assert claimed == list(places)


def test_a_sweep_of_three_hundred_lets_others_take_turns(db: Database) -> None:
    with db.write() as s:
        queue.enqueue_all(s, [drafted(RunConfig(), "run")] * 300, sweep_id=1)
    with db.write() as s:
        assert [queue.claim(s, "w") is not None for _ in range(5)] == [True] * 5
        alone = queue.enqueue(s, RunConfig(), "alone").id
        [first, second] = queue.enqueue_all(s, [drafted(RunConfig(), "run")] * 2, sweep_id=2)
    with db.read() as s:
        places = places_now(s)
    assert [places[one] for one in (alone, first, 6, second, 7)] == [1, 2, 3, 4, 5]


def test_a_configuration_that_names_a_device_requires_it(db: Database) -> None:
    with db.write() as s:
        run = queue.enqueue(s, parse_config({"device": "cuda"}), "run", required=requirements(labels=["x"]))
        assert run.requirements == {"device": "cuda", "labels": ["x"]}
        assert queue.claim(s, "w", offer=Offer(("cpu",), ("x",))) is None
        assert queue.claim(s, "w", offer=Offer(("cpu", "cuda:1"))) is None
        found = queue.claim(s, "w", offer=Offer(("cpu", "cuda:1"), ("x", "y")))
        assert found is run
        body = QueuePatchBody.model_validate({"requirements": {}})
        queue.give_back(s, run, Reason("Returned", "It waits."))
        by_hand.change(s, run.id, body)
        assert run.requirements == {"device": "cuda", "labels": []}, "the configuration still names it"
