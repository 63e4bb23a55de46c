"""The queue against a model of a dozen lines, whatever is done to runs of one and two stages."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select, update

from app.errors import ConflictError, IllegalMoveError
from app.lifecycle import State
from app.runs import actions, ingest, queue, waiting
from app.runs.places import places_now
from app.runs.reasons import Reason
from app.runs.retries import Retries
from app.store.clock import ahead
from app.store.runs import delete_run, get_run
from app.store.tables import Attempt, Run
from tests.app.runs.board_machine import BoardMachine
from trainer.config import parse_config

ENDS = (State.COMPLETED, State.FAILED, State.CRASHED, State.PAUSED, State.CANCELED)
PREFERRED = ("completed", "running", "queued", "paused")
ALLOWED = {
    "cancel": {"queued", "paused"},
    "resume": {"paused", "failed", "crashed", "canceled"},
    "archive": {"paused", "completed", "failed", "crashed", "canceled"},
}
"""From which states it may be done."""
LOST = {
    "vanishes": (State.CRASHED, "ProcessVanished"),
    "no memory": (State.FAILED, "OutOfMemory"),
    "worker ends": (State.QUEUED, "WorkerStopped"),
    "fails": (State.FAILED, "DataError"),
}
MOST_ATTEMPTS = 3
which = st.integers(0, 30)


@dataclass
class Known:
    """What the model holds of a run."""

    stage: str
    seed: int
    priority: int
    first: int | None
    state: str = "queued"
    archived: bool = False
    ended_with_first: bool = False
    retried: int = 0
    pauses: bool = False
    alone: bool = False
    attempts: list[str] = field(default_factory=list)
    """How each that has ended did."""


class Queue(BoardMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[int, Known] = {}
        self.next_id = 1

    def upon(self, seed: int, priority: int) -> int:
        """The first stage of a new run: one that is there, else a new one before it."""
        equal = [
            (PREFERRED.index(one.state), run_id)
            for run_id, one in self.runs.items()
            if (one.stage, one.seed, one.archived) == ("none", seed, False) and one.state in PREFERRED
        ]
        return min(equal)[1] if equal else self.added(Known("none", seed, priority, None))

    def added(self, run: Known) -> int:
        self.runs[self.next_id] = run
        self.next_id += 1
        return self.next_id - 1

    def due(self) -> list[int]:
        """Who is claimed, in this order."""
        ready = [
            (-one.priority, run_id)
            for run_id, one in self.runs.items()
            if one.state == "queued" and not one.pauses and not self.behind(one)
        ]
        return [run_id for _, run_id in sorted(ready)]

    def behind(self, run: Known) -> bool:
        """Whether it waits for its first stage."""
        return run.first is not None and self.runs[run.first].state != "completed"

    def running(self, number: int) -> int:
        """One of those that are."""
        found = [run_id for run_id, one in self.runs.items() if one.state == "running"]
        return found[number % len(found)]

    def ends(self, run_id: int, state: str) -> None:
        self.runs[run_id].state, self.runs[run_id].pauses = state, False
        if state in ("failed", "crashed", "canceled"):
            for one in self.runs.values():
                if one.first == run_id and one.state == "queued":
                    one.state = "canceled" if state == "canceled" else "failed"
                    one.ended_with_first, one.pauses = True, False

    def comes_back(self, run_id: int) -> None:
        run = self.runs[run_id]
        run.state, run.archived, run.ended_with_first = "queued", False, False
        run.retried, run.alone = 0, False
        if run.first is not None and self.runs[run.first].state in ("failed", "crashed", "canceled"):
            self.comes_back(run.first)
        for other, one in self.runs.items():
            if one.first == run_id and one.ended_with_first:
                self.comes_back(other)

    def picked(self, number: int) -> int:
        return sorted(self.runs)[number % len(self.runs)]

    @rule(stage=st.sampled_from(["none", "crt", "tau_norm"]), seed=st.integers(0, 2), high=st.booleans())
    def launch(self, stage: str, seed: int, high: bool) -> None:
        first = self.upon(seed, int(high)) if stage != "none" else None
        run_id = self.added(Known(stage, seed, int(high), first))
        config = parse_config({"seed": seed, "second_stage": {"name": stage}})
        with self.db.write() as s:
            assert queue.enqueue(s, config, "run", priority=int(high), source="images").id == run_id

    @rule(idle=st.booleans())
    def claim(self, idle: bool) -> None:
        wanted = [run_id for run_id in self.due()[:1] if idle or not self.runs[run_id].alone]
        with self.db.write() as s:
            run = queue.claim(s, "w", idle=idle)
        assert ([run.id] if run else []) == wanted
        for run_id in wanted:
            self.runs[run_id].state = "running"

    @precondition(lambda self: any(one.state == "running" for one in self.runs.values()))
    @rule(number=which, state=st.sampled_from(ENDS))
    def end(self, number: int, state: State) -> None:
        run_id = self.running(number)
        with self.db.write() as s:
            queue.move(s, get_run(s, run_id), state)
        self.runs[run_id].attempts.append(state)
        self.ends(run_id, state)

    @precondition(lambda self: any(one.state == "running" for one in self.runs.values()))
    @rule(number=which, of=st.sampled_from(list(LOST)))
    def loses_its_attempt(self, number: int, of: str) -> None:
        """Its process vanishes, its memory runs out, its worker is asked to end, or it fails for good."""
        run_id, (state, kind) = self.running(number), LOST[of]
        with self.db.write() as s:
            ingest.end(s, get_run(s, run_id), (state, Reason(kind, "It ended.")), Retries(MOST_ATTEMPTS))
        run = self.runs[run_id]
        run.attempts.append(state)
        again = of == "vanishes" or (of == "no memory" and not run.alone)
        if of == "worker ends":
            run.state = "queued"
        elif again and run.retried < MOST_ATTEMPTS - 1:
            run.state, run.pauses, run.retried = "queued", True, run.retried + 1
            run.alone = run.alone or of == "no memory"
        else:
            self.ends(run_id, state)

    @rule()
    def pauses_pass(self) -> None:
        with self.db.write() as s:
            s.execute(update(Run).where(Run.not_before.is_not(None)).values(not_before=ahead(-0.001)))
        for one in self.runs.values():
            one.pauses = False

    @precondition(lambda self: self.runs)
    @rule(number=which, action=st.sampled_from(list(ALLOWED)))
    def act(self, number: int, action: str) -> None:
        run_id = self.picked(number)
        run, allowed = self.runs[run_id], ALLOWED[action]
        if run.state == "running" and action == "cancel":
            return  # only asks its worker
        try:
            with self.db.write() as s:
                actions.act(s, get_run(s, run_id), action)
        except (IllegalMoveError, ConflictError):
            assert run.state not in allowed
            assert action != "resume" or not run.pauses
            return
        if action == "resume" and run.pauses:  # goes on at once, as the attempt that it waited to be
            run.pauses = False
            return
        assert run.state in allowed
        if action == "archive":
            run.archived = True
        elif action == "cancel":
            self.ends(run_id, "canceled")
        else:
            self.comes_back(run_id)

    @precondition(lambda self: self.runs)
    @rule(number=which)
    def delete(self, number: int) -> None:
        run_id = self.picked(number)
        needed = any(one.first == run_id and one.state != "completed" for one in self.runs.values())
        try:
            delete_run(self.db, self.installation, run_id)
        except ConflictError:
            assert needed or self.runs[run_id].state == "running"
        else:
            assert not needed
            assert self.runs.pop(run_id).state != "running"

    @invariant()
    def the_database_is_as_the_model(self) -> None:
        with self.db.read() as s:
            stored = {run.id: run for run in s.scalars(select(Run))}
            places = places_now(s)
            awaited = waiting.awaited(s, list(stored))
            kept = s.scalars(select(Attempt).order_by(Attempt.run_id, Attempt.attempt)).all()
        assert {run_id: (run.state, run.first_stage_id) for run_id, run in stored.items()} == {
            run_id: (one.state, one.first) for run_id, one in self.runs.items()
        }
        for one in self.runs.values():
            assert one.state != "queued" or one.first is None or self.runs[one.first].state in PREFERRED
        assert sorted(places, key=lambda run_id: places[run_id]) == self.due()
        assert awaited == {
            run_id: (one.first, self.runs[one.first].state)
            for run_id, one in self.runs.items()
            if one.state == "queued" and one.first is not None and self.behind(one)
        }
        assert {run_id: (run.retried, run.alone) for run_id, run in stored.items()} == {
            run_id: (one.retried, one.alone) for run_id, one in self.runs.items()
        }
        for run_id, one in self.runs.items():
            under_way = [None] if one.state == "running" else []
            told = [found.ended for found in kept if found.run_id == run_id]
            assert told == [*one.attempts, *under_way]


TestQueue = pytest.mark.slow(Queue.TestCase)
TestQueue.settings = examples(stateful_step_count=40)
