"""Live events over SSE: one poller reads the events table for all listeners of this process.

It polls only while somebody listens, in a thread, and hands new rows to each listener's queue. A listener
first catches up from where it stopped (Last-Event-ID), then lives on its queue; one that is too slow for its
queue reads the table again. What pages say of a run's progress is put into words here, once for all of them.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Set

from anyio import CapacityLimiter, to_thread
from fastapi.sse import format_sse_event
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.store.engine import Database
from app.store.series import events_after, last_event_id
from app.store.tables import Job
from app.store.trouble import trouble_of
from app.views.runs.progress import words_of_runs
from app.views.series.fill import event_row
from app.web.listeners import PAGE, UNTOLD, FeedEvent, Listener, has_ended

POLL_SECONDS = 0.3
STATES_SECONDS = 5.0
"""How often it is looked whether the runs that are listened to still are there."""
CATCHING_UP = 2
"""Listeners that read the table at once: a crowd that comes back must leave threads to those who ask."""
HOLDERS_SECONDS = 2.0
"""How often it is asked whose right to listen has ended."""
RETRY_MILLISECONDS = 2000


class EventFeed:
    """The poller and its listeners. Everything but the queries happens on the event loop."""

    def __init__(self, database: Database, gone: Callable[[Set[str]], Set[str]]) -> None:
        """gone: of these holders, those who may listen no longer; asked in a thread."""
        self._database = database
        self._gone = gone
        self._asked = 0.0
        self._listeners: set[Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._polled = 0
        self._starting = asyncio.Lock()
        self._catching_up = CapacityLimiter(CATCHING_UP)
        self._closed = False

    async def listen(
        self, run_id: int | None, after: int | None, in_words: bool = False, holder: str = ""
    ) -> AsyncIterator[bytes]:
        """Messages of events with an id above `after`, of one run or all (None), while the caller reads.

        after = None: from a run's beginning, or, for all runs, from now on. The stream of a run ends, with
        an event `end`, when the run has ended and everything was sent. Any ends soon after
        its holder is gone.
        """
        yield format_sse_event(retry=RETRY_MILLISECONDS, comment="events of betaboard")
        await self._start_polling()
        start = after if after is not None else self._polled if run_id is None else 0
        listener = Listener(run_id, start, in_words, holder, behind=start < self._polled)
        self._listeners.add(listener)
        try:
            async for message in self._follow(listener):
                listener.spoke = time.monotonic()
                yield message
        finally:
            self._leave(listener)

    def close(self) -> None:
        """End every stream: the server is about to stop."""
        self._closed = True
        for listener in self._listeners:
            listener.wake.set()

    async def _follow(self, listener: Listener) -> AsyncIterator[bytes]:
        while not (self._closed or listener.is_over):
            if listener.behind:
                listener.behind = False
                try:
                    events, state = await self._catch_up(listener)
                except SQLAlchemyError:  # which the poller tells
                    listener.behind = True
                    await asyncio.sleep(POLL_SECONDS)
                    continue
                listener.behind |= len(events) == PAGE
            else:
                events, state = await listener.take()
            if message := listener.message(events):
                yield message
            if not listener.behind and has_ended(state):
                yield format_sse_event(event="end", data_str=json.dumps({"state": state}))
                return

    async def _catch_up(self, listener: Listener) -> tuple[list[FeedEvent], str | None]:
        """A page of what it misses, and the state of its run after the last one."""
        events, states = await to_thread.run_sync(
            self._look, listener.run_id, listener.position, listener.runs, limiter=self._catching_up
        )
        listener.learned = time.monotonic()
        return events, next(iter(states.values()), UNTOLD)

    def _look(
        self, run_id: int | None, position: int, runs: Set[int], is_due: bool = True
    ) -> tuple[list[FeedEvent], Mapping[int, str | None]]:
        """A page of events of one run or of all, and in the same snapshot the states of these runs.

        No states where more events are left to be read, or where that is not due and none of them changed.
        """
        with self._database.read() as session:
            rows = [event_row(row) for row in events_after(session, position, run_id=run_id, limit=PAGE)]
            under_way = {row.run_id for row in rows if row.kind == "batch"}
            words = words_of_runs(session, under_way) if under_way else {}
            events = [FeedEvent(row, words.get(row.run_id) if row.kind == "batch" else None) for row in rows]
            has_moved = any(row.kind == "state" and row.run_id in runs for row in rows)
            if not runs or len(events) == PAGE or not (is_due or has_moved):
                return events, {}
            found = session.execute(select(Job.id, Job.state).where(Job.id.in_(runs)))
            return events, dict.fromkeys(runs) | dict(found.all())

    async def _start_polling(self) -> None:
        async with self._starting:
            if self._poller is None:
                self._polled = await run_in_threadpool(self._last_id)
                self._poller = asyncio.create_task(self._poll())

    def _leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    async def _poll(self) -> None:
        is_lost, read = False, 0.0
        while True:
            await asyncio.sleep(POLL_SECONDS)
            moment = time.monotonic()
            runs = {run_id for one in self._listeners for run_id in one.runs}
            is_due = moment - read > STATES_SECONDS or any(one.is_untold for one in self._listeners)
            try:
                events, states = await run_in_threadpool(self._look, None, self._polled, runs, is_due)
                await self._end_without_right()
            except Exception as error:  # one that died would leave all that listen waiting for ever
                if not is_lost:
                    _tell_loss(error)
                is_lost = True
                continue
            if is_lost:
                logging.getLogger(__name__).warning("Live events can be read again.")
                is_lost = False
            read = moment if states else read
            if events:
                self._polled = events[-1].row.id
            for listener in self._listeners:
                listener.offer(events, states, moment)
                if len(events) < PAGE:
                    listener.come_down(self._polled, moment)

    async def _end_without_right(self) -> None:
        """From time to time, end the streams of those who may listen no longer."""
        moment = time.monotonic()
        if moment - self._asked < HOLDERS_SECONDS:
            return
        self._asked = moment
        gone = await run_in_threadpool(self._gone, {listener.holder for listener in self._listeners})
        for listener in self._listeners:
            if listener.holder in gone:
                listener.end()

    def _last_id(self) -> int:
        with self._database.read() as session:
            return last_event_id(session)


def _tell_loss(error: Exception) -> None:
    """The machine's trouble in words, anything else with its trace."""
    found = trouble_of(error)
    why = f": {found.message} {found.hint}" if found else "."
    text, trace = "Live events cannot be read until further notice%s", None if found else error
    logging.getLogger(__name__).warning(text, why, exc_info=trace)
