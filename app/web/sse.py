"""Live events over SSE: one poller reads the events table for all listeners of this process.

It polls only while somebody listens, in a thread, and hands new rows to each listener's queue. A listener
first catches up from where it stopped (Last-Event-ID), then lives on its queue; one that is too slow for its
queue reads the table again. What pages say of a run's progress is put into words here, once for all of them.

Messages are made bytes once, however many listen, and all that wait for a listener go out at once: FastAPI's
own streams hand each message through two queues with a timer, which is ten times the CPU.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.lifecycle import ENDED
from app.store.engine import Database
from app.store.series import events_after, last_event_id
from app.store.tables import Job
from app.store.trouble import trouble_of
from app.views.base import View
from app.views.runs.progress import ProgressWords, words_of_runs
from app.views.series.fill import event_row
from app.views.series.view import EventRow

POLL_SECONDS = 0.3
LOOK_SECONDS = 5.0
"""How long a quiet stream of one run waits before it looks whether the run still is there."""
KEEP_ALIVE_SECONDS = 15.0
"""How long a stream is silent before it says that it lives."""
HOLDERS_SECONDS = 2.0
"""How often it is asked whose right to listen has ended."""
PAGE = 500
RETRY_MILLISECONDS = 2000


class EventWords(View):
    """An event as an open page takes it: `words` are those of a running run's progress, after a batch."""

    run_id: int
    words: ProgressWords | None


@dataclass(frozen=True)
class FeedEvent:
    """An event that is sent: made JSON at most once each way, however many listen."""

    row: EventRow
    words: ProgressWords | None

    @cached_property
    def stored(self) -> bytes:
        """A message with the event as it is stored."""
        return self._message(self.row)

    @cached_property
    def told(self) -> bytes:
        """A message with what a page needs to know of it."""
        return self._message(EventWords(run_id=self.row.run_id, words=self.words))

    def _message(self, data: View) -> bytes:
        return format_sse_event(data_str=data.model_dump_json(), event=self.row.kind, id=str(self.row.id))


@dataclass(eq=False)
class Listener:
    """One open stream: whose events it wants, the id it has come to, and the rows that wait for it."""

    run_id: int | None
    position: int
    in_words: bool = False
    """Whether it wants what pages say of an event in place of the event itself."""
    holder: str = ""
    """Who listens, as `gone` of the feed knows it."""
    is_over: bool = False
    waiting: deque[FeedEvent] = field(default_factory=deque)
    behind: bool = True
    """Its queue does not hold all that it misses: it must look into the table."""
    looked: float = field(default_factory=time.monotonic)
    """When it last looked into the table; this and `spoke` by the monotonic clock."""
    spoke: float = field(default_factory=time.monotonic)
    """When it was last sent something."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, events: Sequence[FeedEvent]) -> None:
        """Queue the events it wants; a full queue is dropped, as the table still holds them."""
        self.waiting.extend(event for event in events if self.run_id in (None, event.row.run_id))
        if len(self.waiting) > PAGE:
            self.waiting.clear()
            self.behind = True
        if self.waiting or self.behind:
            self.wake.set()

    def end(self) -> None:
        """Send nothing more."""
        self.is_over = True
        self.wake.set()

    def nudge(self, moment: float) -> None:
        """Wake it where it is time to look whether its run still is there, or to say that it lives."""
        self.behind |= self.run_id is not None and moment - self.looked > LOOK_SECONDS
        if self.behind or moment - self.spoke > KEEP_ALIVE_SECONDS:
            self.wake.set()

    async def take(self) -> list[FeedEvent]:
        """The waiting events, once it is woken."""
        await self.wake.wait()
        self.wake.clear()
        events = list(self.waiting)
        self.waiting.clear()
        return events

    def message(self, events: Sequence[FeedEvent]) -> bytes:
        """Those of them that it has not been sent, which it has then; a sign of life where it is time."""
        new = [event for event in events if event.row.id > self.position]
        if new:
            self.position = new[-1].row.id
        elif time.monotonic() - self.spoke > KEEP_ALIVE_SECONDS:
            return KEEPALIVE_COMMENT
        return b"".join(event.told if self.in_words else event.stored for event in new)


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
        self._closed = False

    async def listen(
        self, run_id: int | None, after: int | None, in_words: bool = False, holder: str = ""
    ) -> AsyncIterator[bytes]:
        """Messages of the events with an id above `after`, of one run or of all (None), for as long as the caller reads.

        after = None: from a run's beginning, or, for all runs, from now on. The stream of a run ends, with
        an event `end`, when the run has ended and everything was sent. Any ends soon after
        its holder is gone.
        """
        yield format_sse_event(retry=RETRY_MILLISECONDS, comment="events of betaboard")
        await self._start_polling()
        start = after if after is not None else self._polled if run_id is None else 0
        listener = Listener(run_id, start, in_words, holder)
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
            state: str | None = ""
            if listener.behind:
                listener.behind, listener.looked = False, time.monotonic()
                events, state = await run_in_threadpool(self._look, listener.run_id, listener.position)
                listener.behind |= len(events) == PAGE
            else:
                events = await listener.take()
            if message := listener.message(events):
                yield message
            if not listener.behind and (state is None or state in ENDED):
                yield format_sse_event(event="end", data_str=to_json({"state": state}).decode())
                return
            has_moved = any(event.row.kind == "state" for event in events)
            listener.behind |= listener.run_id is not None and has_moved

    def _look(self, run_id: int | None, position: int) -> tuple[list[FeedEvent], str | None]:
        """A page of events and, in the same snapshot, the run's state (None: deleted; "": of all runs)."""
        with self._database.read() as session:
            rows = [event_row(row) for row in events_after(session, position, run_id=run_id, limit=PAGE)]
            under_way = {row.run_id for row in rows if row.kind == "batch"}
            words = words_of_runs(session, under_way) if under_way else {}
            events = [FeedEvent(row, words.get(row.run_id) if row.kind == "batch" else None) for row in rows]
            if run_id is None:
                return events, ""
            return events, session.scalar(select(Job.state).where(Job.id == run_id))

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
        is_lost = False
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                events, _ = await run_in_threadpool(self._look, None, self._polled)
                await self._end_without_right()
            except SQLAlchemyError as error:
                if not is_lost:
                    _tell_loss(error)
                is_lost = True
                continue
            if is_lost:
                logging.getLogger(__name__).warning("Live events can be read again.")
                is_lost = False
            if events:
                self._polled = events[-1].row.id
            moment = time.monotonic()
            for listener in self._listeners:
                listener.offer(events)
                listener.nudge(moment)

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


def _tell_loss(error: SQLAlchemyError) -> None:
    """The machine's trouble in words, anything else with its trace."""
    found = trouble_of(error)
    why = f": {found.message} {found.hint}" if found else "."
    text, trace = "Live events cannot be read until further notice%s", None if found else error
    logging.getLogger(__name__).warning(text, why, exc_info=trace)
