"""While the database is gone the live events say so once, and once when it is back; then they go on."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.store.engine import Database
from app.web import sse
from app.web.sse import EventFeed
from tests.apart import apart
from tests.conftest import Seed


def gone() -> OperationalError:
    error = sqlite3.OperationalError("unable to open database file")
    error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
    made = OperationalError("SELECT 1", {}, error)
    made.__cause__ = error
    return made


class Reads:
    """What reads of a database come to: they fail with `error` while there is one."""

    def __init__(self, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = None
        self.begun = 0
        self._read = db.read
        monkeypatch.setattr(db, "read", self._counted)

    @contextmanager
    def _counted(self) -> Iterator[Session]:
        self.begun += 1
        if self.error:
            raise self.error
        with self._read() as session:
            yield session

    async def go_on(self, error: Exception | None = None) -> None:
        """Until the feed has heard of several reads, which failed where an error is given."""
        self.error = error
        end = self.begun + 4
        while self.begun < end:
            await asyncio.sleep(0.005)


async def listens(feed: EventFeed, reads: Reads, seed: Seed, error: Exception) -> str:
    """The first line of a message after the database failed for a while, twice."""
    stream = feed.listen(None, 0)
    await anext(stream)
    wanted = asyncio.ensure_future(anext(stream))
    for outcome in (None, error, None, error, None):
        await reads.go_on(outcome)
    seed("queued")
    message = await asyncio.wait_for(wanted, 5)
    await stream.aclose()  # type: ignore[attr-defined]
    return message.decode().splitlines()[0]


@pytest.mark.parametrize(
    ("error", "has_trace"), [(gone(), False), (SQLAlchemyError("odd"), True), (ValueError("ours"), True)]
)
def test_a_lost_database_is_told_once(
    db: Database,
    seed_run: Seed,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    has_trace: bool,
) -> None:
    monkeypatch.setattr(sse, "POLL_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING, "app.web.sse"):
        heard = apart(listens, EventFeed(db, lambda holders: set()), Reads(db, monkeypatch), seed_run, error)
    assert heard == "event: state"
    said = [record.getMessage() for record in caplog.records]
    assert [line.split()[2:4] for line in said] == [["cannot", "be"], ["can", "be"]] * 2
    assert [bool(record.exc_info) for record in caplog.records] == [has_trace, False] * 2
    assert ("database file is gone" in said[0]) is not has_trace


async def catches_up(feed: EventFeed, reads: Reads, run_id: int) -> str:
    """What a stream is told that began while the database was lost."""
    first, second = feed.listen(None, None), feed.listen(run_id, 0)
    await anext(first)
    waiting = asyncio.ensure_future(anext(first))
    await reads.go_on()
    reads.error = gone()
    await anext(second)
    wanted = asyncio.ensure_future(anext(second))
    await reads.go_on(reads.error)
    assert not wanted.done()
    reads.error = None
    message = await asyncio.wait_for(wanted, 5)
    waiting.cancel()
    await asyncio.wait([waiting])
    for stream in (first, second):
        await stream.aclose()  # type: ignore[attr-defined]
    return message.decode().splitlines()[0]


def test_a_stream_outlives_a_lost_database(
    db: Database, seed_run: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "POLL_SECONDS", 0.01)
    run_id = seed_run("queued")
    feed, reads = EventFeed(db, lambda holders: set()), Reads(db, monkeypatch)
    assert apart(catches_up, feed, reads, run_id) == "event: state"
