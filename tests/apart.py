"""Coroutines in tests run in a thread of their own: a browser of other tests may hold a loop in this one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

from anyio.from_thread import start_blocking_portal

Given = TypeVarTuple("Given")
Result = TypeVar("Result")


def apart(work: Callable[[*Given], Awaitable[Result]], *given: *Given) -> Result:
    """What `work(*given)` comes to."""
    with start_blocking_portal() as portal:
        return portal.call(work, *given)
