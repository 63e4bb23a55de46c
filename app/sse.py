"""Live events over SSE: one poller reads the events table for all listeners of this process.

It polls only while somebody listens, in a thread, and hands new rows to each listener's queue. A listener
first catches up from where it stopped (Last-Event-ID), then lives on its queue; one that is too slow for its
queue reads the table again. Keep-alive comments and headers come from FastAPI.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from fastapi.sse import ServerSentEvent
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.lifecycle import ENDED
from app.store.engine import Database
from app.store.series import events_after, last_event_id
from app.store.tables import Run
from app.views.series import EventRow
from app.views.series_views import event_row

POLL_SECONDS = 0.3
LOOK_SECONDS = 5.0
"""How long a quiet stream of one run waits before it looks whether the run still is there."""
PAGE = 500
RETRY_MILLISECONDS = 2000


@dataclass(eq=False)
class Listener:
    """One open stream: whose events it wants, the id it has come to, and the rows that wait for it."""

    run_id: int | None
    position: int
    waiting: deque[EventRow] = field(default_factory=deque)
    behind: bool = True
    """Its queue does not hold all that it misses: it must look into the table."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, rows: Sequence[EventRow]) -> None:
        """Queue the rows it wants; a full queue is dropped, as the table still holds them."""
        self.waiting.extend(row for row in rows if self.run_id in (None, row.run_id))
        if len(self.waiting) > PAGE:
            self.waiting.clear()
            self.behind = True
        if self.waiting or self.behind:
            self.wake.set()

    async def take(self) -> list[EventRow]:
        """The waiting rows, once there are some; [] when a run was quiet for LOOK_SECONDS."""
        try:
            await asyncio.wait_for(self.wake.wait(), LOOK_SECONDS if self.run_id is not None else None)
        except TimeoutError:
            self.behind = True
        self.wake.clear()
        rows = list(self.waiting)
        self.waiting.clear()
        return rows


class EventFeed:
    """The poller and its listeners. Everything but the queries happens on the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        self._polled = 0
        self._starting = asyncio.Lock()
        self._closed = False

    async def listen(self, run_id: int | None, after: int | None) -> AsyncIterator[ServerSentEvent]:
        """Events with an id above `after`, of one run or of all (None), for as long as the caller reads.

        after = None: from a run's beginning, or, for all runs, from now on. The stream of a run ends, with
        an event `end`, when the run has ended and everything was sent.
        """
        yield ServerSentEvent(retry=RETRY_MILLISECONDS, comment="events of betaboard")
        await self._start_polling()
        start = after if after is not None else self._polled if run_id is None else 0
        listener = Listener(run_id, start)
        self._listeners.add(listener)
        try:
            async for event in self._follow(listener):
                yield event
        finally:
            self._leave(listener)

    def close(self) -> None:
        """End every stream: the server is about to stop."""
        self._closed = True
        for listener in self._listeners:
            listener.wake.set()

    async def _follow(self, listener: Listener) -> AsyncIterator[ServerSentEvent]:
        while not self._closed:
            state: str | None = ""
            if listener.behind:
                listener.behind = False
                rows, state = await run_in_threadpool(self._look, listener.run_id, listener.position)
                listener.behind |= len(rows) == PAGE
            else:
                rows = await listener.take()
            for row in rows:
                if row.id > listener.position:
                    listener.position = row.id
                    yield _as_sent(row)
            if not listener.behind and (state is None or state in ENDED):
                yield ServerSentEvent(event="end", data={"state": state})
                return
            listener.behind |= listener.run_id is not None and any(row.kind == "state" for row in rows)

    def _look(self, run_id: int | None, position: int) -> tuple[list[EventRow], str | None]:
        """A page of rows and, in the same snapshot, the run's state (None: deleted; "": of all runs)."""
        with self._database.read() as session:
            rows = [event_row(row) for row in events_after(session, position, run_id=run_id, limit=PAGE)]
            if run_id is None:
                return rows, ""
            return rows, session.scalar(select(Run.state).where(Run.id == run_id))

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
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                rows, _ = await run_in_threadpool(self._look, None, self._polled)
            except SQLAlchemyError:
                logging.getLogger(__name__).exception("Live events could not be read; trying again.")
                continue
            if rows:
                self._polled = rows[-1].id
                for listener in self._listeners:
                    listener.offer(rows)

    def _last_id(self) -> int:
        with self._database.read() as session:
            return last_event_id(session)


def _as_sent(row: EventRow) -> ServerSentEvent:
    return ServerSentEvent(id=str(row.id), event=row.kind, raw_data=row.model_dump_json())
