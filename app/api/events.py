"""/stream and /runs/{id}/stream: events as they happen (SSE), resuming by Last-Event-ID or ?after=."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from app.schema_types import LARGEST_ID
from app.store.runs import get_run
from app.urls import API
from app.web.deps import CallerDep, ReadSession, RunId
from app.web.sse import EventFeed

router = APIRouter(prefix=API, tags=["events"])


def _feed(request: Request) -> EventFeed:
    return cast(EventFeed, request.app.state.feed)


def _position(
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Send events with a higher id.")
    ] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=LARGEST_ID)] = None,
) -> int | None:
    """A browser that reconnects adds Last-Event-ID to the address it was first given: the header is newer."""
    return last_event_id if last_event_id is not None else after


def _existing(run_id: RunId, session: ReadSession) -> int:
    """Refuses an unknown run before the stream begins."""
    return get_run(session, run_id).id


Feed = Annotated[EventFeed, Depends(_feed)]
Position = Annotated[int | None, Depends(_position)]
InWords = Annotated[
    bool,
    Query(alias="words", description="Send what an open page says of each event, in place of the event."),
]


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


def _sent(messages: AsyncIterator[bytes]) -> EventStream:
    """As they come: a proxy that collected them first would make them late."""
    return EventStream(messages, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})


@router.get("/stream", response_class=EventStream)
async def stream(feed: Feed, position: Position, caller: CallerDep, in_words: InWords = False) -> Response:
    """Events of all runs, from now on unless told where to start."""
    return _sent(feed.listen(None, position, in_words, caller.digest))


@router.get("/runs/{run_id}/stream", response_class=EventStream)
async def run_stream(
    run_id: Annotated[int, Depends(_existing)],
    feed: Feed,
    position: Position,
    caller: CallerDep,
    in_words: InWords = False,
) -> Response:
    """Events of one run, from its beginning unless told where to start; `end` follows its last one."""
    return _sent(feed.listen(run_id, position, in_words, caller.digest))
