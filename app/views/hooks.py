"""The view of webhooks: where each is, by its host, and what came of what it was owed."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.hooks import Hook, Shape
from app.store import deliveries
from app.views.base import View, same_named


class HookView(View):
    """A webhook of the settings.

    owed: messages that are still to arrive, tried next at next_at. sent, given_up: of the last seven days.
    error: why the last attempt failed; null where the last one arrived.
    """

    id: str
    shape: Shape
    host: str
    owed: int
    sent: int
    given_up: int
    last_sent_at: str | None
    error: str | None
    next_at: str | None


class HookList(View):
    """The webhooks, in the order of the settings."""

    items: tuple[HookView, ...]


def hook_views(session: Session, hooks: Sequence[Hook]) -> tuple[HookView, ...]:
    """Those of the process that is asked; a worker elsewhere may have others."""
    found = deliveries.states(session, [hook.id for hook in hooks]) if hooks else {}
    return tuple(
        HookView(id=hook.id, shape=hook.shape, host=hook.host, **same_named(HookView, found[hook.id]))
        for hook in hooks
    )
