"""Live events as messages, and the listeners that they wait for.

A message is made bytes once, however many listen, and all that wait for a listener go out at once: FastAPI's
own streams hand each message through two queues with a timer, which is ten times the CPU.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from app.lifecycle import ENDED
from app.views.base import View
from app.views.runs.progress import ProgressWords
from app.views.series.view import EventRow

KEEP_ALIVE_SECONDS = 15.0
"""How long a stream is silent before it says that it lives."""
PAGE = 500
"""Events that wait for a listener at most, and that are read at once."""
UNTOLD = ""
"""In place of a run's state: not known yet, or of no single run."""


def has_ended(state: str | None) -> bool:
    """Whether nothing more comes of a run in this state; None: it is gone."""
    return state is None or state in ENDED


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
    state: str | None = UNTOLD
    """That of its run when all events which it was offered were read; None: the run is gone."""
    spoke: float = field(default_factory=time.monotonic)
    """When it was last sent something, by the monotonic clock."""
    learned: float = field(default_factory=time.monotonic)
    """When it came, or last looked into the table itself: what was seen before that is older news."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def runs(self) -> Set[int]:
        """The one run that it follows, or none where it follows all."""
        return frozenset(() if self.run_id is None else (self.run_id,))

    @property
    def is_untold(self) -> bool:
        """Whether it follows a run whose state it was never told."""
        return self.run_id is not None and self.state == UNTOLD

    def offer(self, events: Sequence[FeedEvent], states: Mapping[int, str | None], began: float) -> None:
        """Queue the events it wants; a full queue is dropped, as the table still holds them.

        states: of runs, as they were when all events up to these were read. began: when that was begun. A
        run that had ended by then may have been tried again since, which a listener that came later knows.
        """
        self.waiting.extend(event for event in events if self.run_id in (None, event.row.run_id))
        if self.run_id is not None and began >= self.learned:
            self.state = states.get(self.run_id, self.state)
        if len(self.waiting) > PAGE:
            self.waiting.clear()
            self.behind = True
        is_quiet = time.monotonic() - self.spoke > KEEP_ALIVE_SECONDS
        if self.waiting or self.behind or has_ended(self.state) or is_quiet:
            self.wake.set()

    def come_down(self, last: int, began: float) -> None:
        """From an id that there is not, as of a board that was restored since, to the last one that there is.

        began: when that was read; one who came later may know of more.
        """
        if began >= self.learned:
            self.position = min(self.position, last)

    def end(self) -> None:
        """Send nothing more."""
        self.is_over = True
        self.wake.set()

    async def take(self) -> tuple[list[FeedEvent], str | None]:
        """The waiting events, once it is woken, and the state of its run."""
        await self.wake.wait()
        self.wake.clear()
        events = list(self.waiting)
        self.waiting.clear()
        return events, self.state

    def message(self, events: Sequence[FeedEvent]) -> bytes:
        """Those of them that it has not been sent, which it has then; a sign of life where it is time."""
        new = [event for event in events if event.row.id > self.position]
        if new:
            self.position = new[-1].row.id
        elif time.monotonic() - self.spoke > KEEP_ALIVE_SECONDS:
            return KEEPALIVE_COMMENT
        return b"".join(event.told if self.in_words else event.stored for event in new)
