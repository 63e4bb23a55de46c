"""Live events as messages, and the listeners that they wait for.

A message is made bytes once, however many listen, and all that wait for a listener go out at once: FastAPI's
own streams hand each message through two queues with a timer, which is ten times the CPU.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from app.views.base import View
from app.views.runs.progress import ProgressWords
from app.views.series.view import EventRow

LOOK_SECONDS = 5.0
"""How long a quiet stream of one run waits before it looks whether the run still is there."""
KEEP_ALIVE_SECONDS = 15.0
"""How long a stream is silent before it says that it lives."""
PAGE = 500
"""Events that wait for a listener at most, and that are read at once."""


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
