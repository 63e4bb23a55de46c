"""Who is told of what, once; again until it arrives; after a restart, and by several processes at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from app.hooks import Hook
from app.lifecycle import State
from app.runs import queue
from app.runs.hooks.messenger import Messenger, pause
from app.runs.hooks.post import DeliveryError
from app.runs.ingest import end
from app.runs.reasons import Reason
from app.runs.retries import Retries
from app.settings import Settings
from app.store import deliveries
from app.store.clock import ahead
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.tables import Delivery, Event, HookPlace, Transfer
from tests.app.receiver import receiving
from tests.app.runs.hooks.sweeps import put_into_sweep
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow
JSON, CHAT = "https://example.org/told", "https://hooks.slack.com/x"


class Sent:
    """In place of the network: what was sent where; refuses while `refuses`."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []
        self.refuses = ""

    def __call__(self, hook: Hook, _body: bytes, headers: dict[str, str], _allowed: Any) -> None:
        if self.refuses:
            raise DeliveryError(self.refuses)
        self.came.append((hook.shape, headers["X-Betaboard-Delivery"].rpartition("-")[0]))


@pytest.fixture
def sent() -> Sent:
    return Sent()


Make = Callable[..., Messenger]


@pytest.fixture
def make(db: Database, settings: Settings, sent: Sent) -> Make:
    def made(*hooks: str) -> Messenger:
        own = settings.model_copy(update={"webhook": hooks or (JSON,)})
        return Messenger(db, own, sent)

    return made


@pytest.fixture
def told(make: Make) -> Messenger:
    """One whose webhook is known: what comes is news to it."""
    found = make()
    found.look()
    return found


def test_what_ended_by_itself_is_told_once_and_nothing_else(
    told: Messenger, sent: Sent, seed_run: SeedRun
) -> None:
    completed, failed, crashed = (seed_run(state) for state in ("completed", "failed", "crashed"))
    for state in ("canceled", "paused", "running", "queued"):
        seed_run(state)
    assert told.look() == 3
    assert told.look() == 0
    assert sent.came == [("json", f"training-{run_id}") for run_id in (completed, failed, crashed)]


def test_a_new_webhook_hears_nothing_of_before(make: Make, sent: Sent, seed_run: SeedRun) -> None:
    seed_run()
    assert make().look() == 0
    second = seed_run()
    assert make().look() == 1
    assert sent.came == [("json", f"training-{second}")]


def test_a_retry_that_will_come_is_told_to_nobody_and_a_crash_for_good_is(
    told: Messenger, sent: Sent, seed_run: SeedRun, db: Database
) -> None:
    run_id, reason = seed_run("running"), Reason("LeaseExpired", "The worker fell silent.")
    with db.write() as s:
        end(s, get_run(s, run_id), (State.CRASHED, reason), Retries(most_attempts=2, first_seconds=0))
    assert told.look() == 0
    with db.write() as s:
        assert queue.claim(s, "other") is not None
        end(s, get_run(s, run_id), (State.CRASHED, reason), Retries(most_attempts=2, first_seconds=0))
    assert told.look() == 1
    assert sent.came == [("json", f"training-{run_id}")]


def test_a_run_that_somebody_has_retried_meanwhile_is_not_told_as_failed(
    told: Messenger, seed_run: SeedRun, db: Database
) -> None:
    run_id = seed_run("failed")
    with db.write() as s:
        queue.requeue(s, get_run(s, run_id))
    assert told.look() == 0


def test_a_sweep_is_told_once_when_no_run_of_it_is_to_come(
    make: Make, sent: Sent, seed_run: SeedRun, db: Database
) -> None:
    both = make(JSON, CHAT)
    both.look()
    first, second, third = (seed_run(state) for state in ("completed", "failed", "running"))
    put_into_sweep(db, [first, second, third])
    both.look()
    assert ("json", "sweep-1") not in sent.came
    assert sent.came.count(("slack", f"training-{first}")) == 0
    assert sent.came.count(("slack", f"training-{second}")) == 1
    with db.write() as s:
        queue.move(s, get_run(s, third), State.COMPLETED)
    both.look()
    both.look()
    assert sent.came.count(("json", "sweep-1")) == 1
    assert sent.came.count(("slack", "sweep-1")) == 1
    with db.read() as s:
        payload = s.scalars(select(Delivery.payload).where(Delivery.key.like("sweep-%"))).first()
    assert payload is not None
    assert payload["counts"] == {"completed": 2, "failed": 1}


@pytest.mark.parametrize(("others", "is_told"), [("completed", True), ("canceled", False)])
def test_a_sweep_whose_last_run_is_canceled_has_ended(
    told: Messenger, sent: Sent, seed_run: SeedRun, db: Database, others: str, is_told: bool
) -> None:
    """One that was canceled whole is no news to whoever did so."""
    first, last = seed_run(others), seed_run("running")
    put_into_sweep(db, [first, last])
    told.look()
    sent.came.clear()
    with db.write() as s:
        queue.move(s, get_run(s, last), State.CANCELED)
    told.look()
    assert sent.came == [("json", "sweep-1")] * is_told


def test_a_transfer_is_told(told: Messenger, sent: Sent, db: Database) -> None:
    with db.write() as s:
        job = Transfer(name="t", config={"kind": "transfer"}, config_hash="c", setting_hash="s", dataset="d",
                       epochs=1, priority=0)  # fmt: skip
        queue.enter(s, job)
        assert queue.claim(s, "w") is not None
        queue.move(s, s.get_one(Transfer, job.id), State.COMPLETED)
    assert told.look() == 1
    assert sent.came == [("json", f"transfer-{job.id}")]


class TestUntilItArrives:
    def owed(self, db: Database) -> list[Delivery]:
        with db.read() as s:
            return list(s.scalars(select(Delivery).order_by(Delivery.id)))

    def make_due(self, db: Database) -> None:
        with db.write() as s:
            s.execute(update(Delivery).values(due_at=ahead(-1)))

    def test_it_is_tried_again_with_growing_pauses_and_others_wait_with_it(
        self, told: Messenger, sent: Sent, seed_run: SeedRun, db: Database
    ) -> None:
        first, second = seed_run(), seed_run()
        sent.refuses = "example.org answered 500"
        pauses = []
        for _ in range(4):
            assert told.look() == 0
            one, other = self.owed(db)
            assert one.error == sent.refuses
            assert (other.attempts, other.error) == (0, None)
            assert other.due_at == one.due_at
            pauses.append(one.attempts)
            assert told.look() == 0, "nothing is due yet"
            self.make_due(db)
        assert pauses == [1, 2, 3, 4]
        sent.refuses = ""
        assert told.look() == 2
        assert sent.came == [("json", f"training-{first}"), ("json", f"training-{second}")]
        assert all(one.settled_at and one.error is None for one in self.owed(db))

    def test_pauses(self) -> None:
        assert [pause(attempts) for attempts in (1, 2, 3, 4)] == [10, 30, 90, 270]
        assert pause(7) == pause(1000) == 3600

    def test_after_a_day_it_is_given_up_and_the_next_one_is_tried(
        self, told: Messenger, sent: Sent, seed_run: SeedRun, db: Database
    ) -> None:
        seed_run()
        sent.refuses = "nobody there"
        told.look()
        with db.write() as s:
            s.execute(update(Delivery).values(created_at=ahead(-86_401), due_at=ahead(-1)))
        told.look()
        [one] = self.owed(db)
        assert one.settled_at is not None
        with db.read() as s:
            state = deliveries.states(s, [one.hook])[one.hook]
        assert (state.owed, state.sent, state.given_up, state.error) == (0, 0, 1, "nobody there")
        sent.refuses = ""
        seed_run()
        assert told.look() == 1
        with db.read() as s:
            state = deliveries.states(s, [one.hook])[one.hook]
        assert (state.sent, state.error) == (1, None)

    def test_what_a_killed_process_was_sending_another_sends(
        self, told: Messenger, make: Make, seed_run: SeedRun, db: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seed_run()

        class KilledError(BaseException):
            pass

        def killed(*_: object) -> None:
            raise KilledError

        monkeypatch.setattr(told, "_send", killed)
        with pytest.raises(KilledError):
            told.look()
        assert make().look() == 0, "it is claimed"
        with db.write() as s:
            s.execute(update(Delivery).values(claimed_until=ahead(-1)))
        assert make().look() == 1

    def test_of_several_processes_one_sends_it(
        self, told: Messenger, make: Make, sent: Sent, seed_run: SeedRun
    ) -> None:
        runs = [seed_run() for _ in range(6)]
        others = [make() for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Messenger.look, others))
        assert sorted(sent.came) == sorted(("json", f"training-{run_id}") for run_id in runs)


def test_what_ended_while_nobody_ran_is_told_and_what_is_old_is_not(
    told: Messenger, make: Make, sent: Sent, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    old, new, gone = seed_run(), seed_run(), seed_run()
    with db.write() as s:
        s.execute(update(Event).where(Event.run_id == old).values(time=ahead(-86_401)))
    delete_run(db, settings, gone)
    assert make().look() == 1
    assert sent.came == [("json", f"training-{new}")]


def test_progress_alone_writes_nothing(told: Messenger, seed_run: SeedRun, db: Database) -> None:
    run_id = seed_run("running", epochs=2)
    told.look()

    def place() -> int:
        with db.read() as s:
            return s.scalars(select(HookPlace.upto)).one()

    before = place()
    with db.write() as s:
        s.add_all([Event(run_id=run_id, seq=None, time=ahead(0), kind="batch", payload={}) for _ in range(3)])
    told.look()
    assert place() == before


def test_the_whole_way_over_a_real_connection(
    db: Database, settings: Settings, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        own = settings.model_copy(
            update={"webhook": (receiver.url,), "webhook_allow": ("127.0.0.1/32",), "webhook_secret": "hush",
                    "public_url": "https://board.org/lab"}
        )  # fmt: skip
        messenger = Messenger(db, own)
        messenger.look()
        run_id = seed_run(name="mine")
        receiver.answers.append((500, {}))
        assert messenger.look() == 0
        with db.write() as s:
            s.execute(update(Delivery).values(due_at=ahead(-1)))
        assert messenger.look() == 1
    first, again = receiver.told
    assert first == again
    assert again["id"].startswith(f"training-{run_id}-")
    assert (again["event"], again["kind"], again["number"]) == ("run.completed", "run", run_id)
    assert again["url"] == f"https://board.org/lab/runs/{run_id}"
    assert again["test_accuracy"] == pytest.approx((20 + 11 + 8) / 60)
    assert "'mine' is completed: test accuracy 65.0 % after epoch 3 of 3" in again["text"]
    assert "X-Betaboard-Signature" in receiver.came[0][1]
