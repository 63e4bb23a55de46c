"""What webhooks are owed: put down once, claimed by one process at a time, kept until it arrived.

Clocks of hosts are compared here: where they differ, something is sent a little later, or twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.store.clock import ahead, now
from app.store.tables import Delivery, Event, HookPlace

CLAIM_SECONDS = 60.0
KEPT_SECONDS = 7 * 86_400
"""How long it is kept what was sent or given up."""
Owed = tuple[str, Mapping[str, Any]]
"""A key, and the payload."""


@dataclass(frozen=True)
class HookState:
    """What is known of a webhook: what it is still owed, and what came of the rest within KEPT_SECONDS."""

    owed: int = 0
    sent: int = 0
    given_up: int = 0
    last_sent_at: str | None = None
    error: str | None = None
    """Why the last attempt at what is still owed, or else at what was given up last, failed."""
    next_at: str | None = None
    """When what is owed is tried again."""


def newest_event(s: Session) -> int:
    """The id of the newest event of all; 0 where there is none."""
    return s.scalar(select(func.max(Event.id))) or 0


def place_of(s: Session, hook: str) -> int | None:
    """Up to which event it has been told; None where it is new."""
    return s.scalar(select(HookPlace.upto).where(HookPlace.hook == hook))


def put_place(s: Session, hook: str, upto: int) -> None:
    """It has been told up to there."""
    s.merge(HookPlace(hook=hook, upto=upto))


def state_changes(s: Session, after: int, since: str, limit: int) -> Sequence[Event]:
    """Changes of state behind the event `after` and not older than `since`, oldest first."""
    is_one = and_(Event.id > after, Event.kind == "state", Event.time >= since)
    return s.scalars(select(Event).where(is_one).order_by(Event.id).limit(limit)).all()


def owe(s: Session, hook: str, told: Iterable[Owed]) -> None:
    """Put down what the webhook is to be told, once under each key."""
    payloads = dict(told)
    known = set(s.scalars(select(Delivery.key).where(Delivery.hook == hook, Delivery.key.in_(payloads))))
    moment = now()
    rows = [
        {"hook": hook, "key": key, "payload": payload, "created_at": moment, "due_at": moment}
        for key, payload in payloads.items()
        if key not in known
    ]
    if rows:
        s.execute(insert(Delivery), rows)


def forget_old(s: Session) -> None:
    """Delete what was settled long ago."""
    s.execute(delete(Delivery).where(Delivery.settled_at < ahead(-KEPT_SECONDS)))


def is_due(s: Session, hook: str) -> bool:
    """Whether something can be sent now."""
    return s.scalar(select(Delivery.id).where(_due(hook)).limit(1)) is not None


def claim(s: Session, hook: str) -> Delivery | None:
    """Take the oldest that is due, for CLAIM_SECONDS; None where none is, or another process was first."""
    first = select(Delivery.id).where(_due(hook)).order_by(Delivery.id).limit(1).scalar_subquery()
    taken = (
        update(Delivery)
        .where(Delivery.id == first, _due(hook))
        .values(attempts=Delivery.attempts + 1, claimed_until=ahead(CLAIM_SECONDS))
        .returning(Delivery)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return s.scalar(taken)


def arrived(s: Session, delivery_id: int) -> None:
    """It was taken by its receiver."""
    _settle(s, delivery_id, settled_at=now(), error=None)


def give_up(s: Session, delivery_id: int, error: str) -> None:
    """It is not tried again."""
    _settle(s, delivery_id, settled_at=now(), error=error)


def put_off(s: Session, delivery: Delivery, error: str, seconds: float) -> None:
    """Let it be tried again after so long, and nothing else that its webhook is owed before."""
    _settle(s, delivery.id, error=error)
    due = ahead(seconds)
    waiting = and_(Delivery.hook == delivery.hook, Delivery.settled_at.is_(None), Delivery.due_at < due)
    s.execute(update(Delivery).where(waiting).values(due_at=due))


def states(s: Session, hooks: Sequence[str]) -> dict[str, HookState]:
    """Of each of these webhooks."""
    is_owed = Delivery.settled_at.is_(None)
    query = select(
        Delivery.hook,
        func.sum(case((is_owed, 1), else_=0)),
        func.sum(case((and_(~is_owed, Delivery.error.is_(None)), 1), else_=0)),
        func.sum(case((and_(~is_owed, Delivery.error.is_not(None)), 1), else_=0)),
        func.max(case((Delivery.error.is_(None), Delivery.settled_at))),
        func.min(case((is_owed, Delivery.due_at))),
    )
    found = {hook: HookState() for hook in hooks}
    for hook, owed, sent, given_up, last, due in s.execute(
        query.where(Delivery.hook.in_(hooks)).group_by(Delivery.hook)
    ):
        error = _last_error(s, hook, last)
        found[hook] = HookState(int(owed), int(sent), int(given_up), last, error, due)
    return found


def _last_error(s: Session, hook: str, sent_at: str | None) -> str | None:
    """Of what is owed, else of what was given up since something last arrived."""
    is_recent = or_(Delivery.settled_at.is_(None), Delivery.settled_at > (sent_at or ""))
    failed = select(Delivery.error).where(Delivery.hook == hook, Delivery.error.is_not(None), is_recent)
    return s.scalar(failed.order_by(Delivery.settled_at.is_(None).desc(), Delivery.id.desc()).limit(1))


def _due(hook: str) -> ColumnElement[bool]:
    moment = now()
    is_free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < moment)
    return and_(Delivery.hook == hook, Delivery.settled_at.is_(None), Delivery.due_at <= moment, is_free)


def _settle(s: Session, delivery_id: int, **values: Any) -> None:
    s.execute(update(Delivery).where(Delivery.id == delivery_id).values(claimed_until=None, **values))
