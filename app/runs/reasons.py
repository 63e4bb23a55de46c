"""Why a job came to its state, and the event that tells of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store.clock import now
from app.store.tables import Event


@dataclass(frozen=True)
class Reason:
    """Why a run failed, crashed or stopped; what the `error` column holds."""

    type: str
    message: str
    hint: str = ""
    traceback: str = ""

    def as_json(self) -> dict[str, Any]:
        """As stored."""
        return {"type": self.type, "message": self.message, "hint": self.hint, "traceback": self.traceback}


def announce(
    s: Session, run_id: int, before: State | None, after: State, reason: Reason | None = None
) -> None:
    """Write a change of state into the events of a job."""
    s.add(Event(**state_event(run_id, before, after, reason)))


def state_event(
    run_id: int, before: State | None, after: State, reason: Reason | None = None
) -> dict[str, Any]:
    """The row of such an event; `before` is None of a job that is new."""
    payload = {"from": before, "to": after, "reason": reason.message if reason else None}
    return {"run_id": run_id, "seq": None, "time": now(), "kind": "state", "payload": payload}
