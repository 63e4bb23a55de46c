"""A crowd of listeners that has missed nothing reads nothing: what the poller saw tells all of them."""

import asyncio
from collections.abc import Callable, Mapping, Set
from functools import partial
from threading import Event

import pytest

from app.lifecycle import State
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.series import last_event_id
from app.web import sse
from app.web.listeners import FeedEvent, Listener
from app.web.sse import EventFeed
from tests.apart import apart
from tests.conftest import Seed

CROWD = 30


class Feed(EventFeed):
    """Notes who reads the table for itself."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, lambda holders: set())
        self.read_alone: list[int | None] = []

    async def _catch_up(self, listener: Listener) -> tuple[list[FeedEvent], str | None]:
        self.read_alone.append(listener.run_id)
        return await super()._catch_up(listener)


async def heard(feed: EventFeed, run_id: int, after: int) -> list[str]:
    """Kind and data of each message behind the greeting, until the stream ends."""
    sent = [message.decode() async for message in feed.listen(run_id, after)]
    lines = [line for message in sent[1:] for line in message.splitlines()]
    return [line for line in lines if line.startswith("event:") or line.startswith('data: {"state"')]


async def crowd(feed: Feed, run_id: int, after: int, happens: Callable[[], None]) -> list[list[str]]:
    """What each hears from that event on, of a run with which something happens a moment later."""
    hearing = [asyncio.ensure_future(heard(feed, run_id, after)) for _ in range(CROWD)]
    await asyncio.sleep(0.1)
    happens()
    return await asyncio.wait_for(asyncio.gather(*hearing), 20)


def _cancel(db: Database, run_id: int) -> None:
    with db.write() as session:
        queue.request_stop(session, get_run(session, run_id), State.CANCELED)


def _nothing() -> None:
    """All has happened."""


def _last(db: Database) -> int:
    with db.read() as session:
        return last_event_id(session)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(sse, "STATES_SECONDS", 0.05)


def test_all_hear_the_end_that_one_look_saw(db: Database, seed_run: Seed) -> None:
    run_id, feed = seed_run("queued"), Feed(db)
    told = apart(crowd, feed, run_id, _last(db), partial(_cancel, db, run_id))
    assert told == [["event: state", "event: end", 'data: {"state": "canceled"}']] * CROWD
    assert feed.read_alone == []


def test_all_hear_that_their_run_is_gone(db: Database, seed_run: Seed, settings: Settings) -> None:
    run_id, feed = seed_run("paused"), Feed(db)
    told = apart(crowd, feed, run_id, _last(db), partial(delete_run, db, settings, run_id))
    assert told == [["event: end", 'data: {"state": null}']] * CROWD
    assert feed.read_alone == []


def test_a_run_that_has_ended_before_ends_its_stream(db: Database, seed_run: Seed) -> None:
    run_id, feed = seed_run("completed"), Feed(db)
    told = apart(crowd, feed, run_id, _last(db), _nothing)
    assert told == [["event: end", 'data: {"state": "completed"}']] * CROWD
    assert feed.read_alone == []


def test_who_has_missed_something_reads_it(db: Database, seed_run: Seed) -> None:
    run_id, feed = seed_run("completed"), Feed(db)
    (first, *_) = told = apart(crowd, feed, run_id, 0, _nothing)
    assert told == [first] * CROWD
    assert (first[0], first[-1]) == ("event: state", 'data: {"state": "completed"}')
    assert feed.read_alone == [run_id] * CROWD


def test_states_wait_for_events_that_are_left_to_read(
    db: Database, seed_run: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run has ended, but a page of events does not hold its last ones."""
    run_id = seed_run("completed")
    monkeypatch.setattr(sse, "PAGE", 2)
    events, states = EventFeed(db, lambda holders: set())._look(None, 0, {run_id})
    assert (len(events), states) == (2, {})
    assert EventFeed(db, lambda holders: set())._look(None, _last(db), {run_id})[1] == {run_id: "completed"}


def test_an_id_that_is_not_there_yet_hides_nothing(db: Database, seed_run: Seed) -> None:
    """As of a page whose board was restored from an older backup."""
    run_id, feed = seed_run("queued"), Feed(db)
    told = apart(crowd, feed, run_id, _last(db) + 1000, partial(_cancel, db, run_id))
    assert told == [["event: state", "event: end", 'data: {"state": "canceled"}']] * CROWD
    assert feed.read_alone == []


class SlowPoller(Feed):
    """Its poller has looked, and cannot tell of it before something happened."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.may_tell = Event()
        self.may_tell.set()
        self.has_looked = Event()

    def _look(
        self, run_id: int | None, position: int, runs: Set[int], is_due: bool = True
    ) -> tuple[list[FeedEvent], Mapping[int, str | None]]:
        seen = super()._look(run_id, position, runs, is_due)
        if run_id is None and "failed" in seen[1].values():
            self.has_looked.set()
            self.may_tell.wait(10)
        return seen


@pytest.mark.parametrize("misses", [False, True])
def test_who_comes_after_a_retry_does_not_hear_of_the_end_before_it(
    db: Database, seed_run: Seed, misses: bool
) -> None:
    """One who listens already is told that the run has failed; meanwhile it is tried again."""
    run_id, feed = seed_run("failed"), SlowPoller(db)
    feed.may_tell.clear()

    async def scene() -> list[str]:
        first = asyncio.ensure_future(heard(feed, run_id, _last(db)))
        while not feed.has_looked.is_set():
            await asyncio.sleep(0.01)
        with db.write() as session:
            queue.requeue(session, get_run(session, run_id))
        second = asyncio.ensure_future(heard(feed, run_id, _last(db) - misses))
        await asyncio.sleep(0.2)
        feed.may_tell.set()
        await asyncio.sleep(0.2)
        assert not second.done(), second.result()
        _cancel(db, run_id)
        _, told = await asyncio.wait_for(asyncio.gather(first, second), 10)
        return told

    wanted = ["event: state"] * (1 + misses) + ["event: end", 'data: {"state": "canceled"}']
    assert apart(scene) == wanted
