"""The life of a run: exactly the moves of the design, and a refusal that names both states."""

from itertools import product

import pytest

from app.errors import IllegalMoveError
from app.lifecycle import ENDED, MOVES, State, check_move

DESIGN = {
    "queued": {"running", "canceled"},
    "running": {"completed", "failed", "crashed", "canceled", "paused"},
    "paused": {"queued", "canceled"},
    "failed": {"queued"},
    "crashed": {"queued"},
    "canceled": {"queued"},
    "completed": set(),
}


def test_only_the_moves_of_the_design_are_legal() -> None:
    for current, wanted in product(State, State):
        if wanted in DESIGN[current]:
            check_move(current, wanted)
        else:
            with pytest.raises(IllegalMoveError, match=f"{current} cannot become {wanted}") as refused:
                check_move(current, wanted)
            assert refused.value.status == 409


def test_a_run_that_ended_does_nothing_by_itself() -> None:
    assert {state for state in State if MOVES[state] <= {State.QUEUED}} == ENDED


def test_a_refusal_says_what_is_possible() -> None:
    with pytest.raises(IllegalMoveError) as refused:
        check_move(State.PAUSED, State.RUNNING)
    assert refused.value.hint == "From paused it can only become canceled, queued."
    with pytest.raises(IllegalMoveError) as final:
        check_move(State.COMPLETED, State.QUEUED)
    assert final.value.hint == "completed is final."
