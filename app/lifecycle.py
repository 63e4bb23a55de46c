"""The life of a run: its states and the only moves between them (design: one table, nothing else)."""

from enum import StrEnum

from app.errors import IllegalMoveError


class State(StrEnum):
    """Where a run stands. Archived is a timestamp, not a state."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CRASHED = "crashed"
    CANCELED = "canceled"

    @classmethod
    def _missing_(cls, value: object) -> "State | None":
        """A word that people typed in another case."""
        return cls.__members__.get(value.upper()) if isinstance(value, str) else None


MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELED}),
    State.RUNNING: frozenset({State.COMPLETED, State.FAILED, State.CRASHED, State.CANCELED, State.PAUSED}),
    State.PAUSED: frozenset({State.QUEUED, State.CANCELED}),
    State.FAILED: frozenset({State.QUEUED}),
    State.CRASHED: frozenset({State.QUEUED}),
    State.CANCELED: frozenset({State.QUEUED}),
    State.COMPLETED: frozenset(),
}

ENDED = frozenset({State.COMPLETED, State.FAILED, State.CRASHED, State.CANCELED})
"""States in which nothing more happens unless somebody asks for it."""
ACTIVE = (State.QUEUED, State.RUNNING)
TO_RETRY = tuple(state for state in State if State.QUEUED in MOVES[state] and state in ENDED)

MOST_ATTEMPTS = 100
"""At a run, before it stays crashed, whatever is asked for."""


def check_move(current: State, wanted: State) -> None:
    """Pass where the move is legal. Raises IllegalMoveError (409) naming both states."""
    if wanted not in MOVES[current]:
        raise IllegalMoveError(current, wanted, sorted(MOVES[current]))
