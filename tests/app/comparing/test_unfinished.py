"""While runs are to come no answer is firm, and how many there are is counted once; by counting anew."""

import random
from typing import Any

import pytest

from app.comparing.baselines import PlannedLooks
from app.comparing.table.sheet import ANSWERS, answers_in_full, sheet
from tests.app.comparing.boards import CE, FOCAL, Board, fill, focal, said

pytestmark = pytest.mark.slow

STATES = ("completed", "queued", "running", "failed", "paused", "canceled", "crashed")
LOSSES = (CE, FOCAL, focal(0.9))
FIRM = {"yes", "no", "same"}


def clear(board: Board) -> None:
    """CE, and Focal that is surely better."""
    fill(board, [(CE, (60, 60, 60)), (FOCAL, (150, 150, 150))])


def sibling(board: Board, sweep: int, loss: dict[str, Any] = CE, seed: int = 9, state: str = "queued") -> int:
    """A run of the sweep that is not on the page."""
    run = board.add(loss, seed, state=state)
    board.ids.remove(run)
    board.change(run, sweep_id=sweep)
    return run


@pytest.mark.parametrize("state", ["queued", "running"])
def test_answers_are_so_far_until_the_last_run_is_done(board: Board, state: str) -> None:
    clear(board)
    firm = board.view()
    board.add(FOCAL, 5, state=state)
    view = board.view()
    assert (firm.unfinished, {one.answer for one in firm.verdicts}) == (None, {"yes", "no"})
    assert view.unfinished is not None
    assert (view.unfinished.to_come, view.unfinished.of) == (1, 11)
    assert view.unfinished.text == f"So far, with 1 of 11 runs still to come (1 {state})"
    assert [one.answer for one in view.verdicts] == [f"so_far_{one.answer}" for one in firm.verdicts]
    assert [one.text for one in view.verdicts] == [one.text for one in firm.verdicts]
    assert answers_in_full(view)[0] == f"{view.unfinished.text}."
    assert sheet(view).verdicts == answers_in_full(view)
    assert all(ANSWERS[one.answer].startswith("So far ") for one in view.verdicts)
    assert said(view).count("counts for nothing yet") == 0, "the count is said once"


@pytest.mark.parametrize("seed", range(6))
def test_the_count_is_of_experiments(board: Board, seed: int) -> None:
    """Repeats count once, and not at all where one of them is completed."""
    draw = random.Random(seed)
    clear(board)
    states: dict[tuple[int, int], list[str]] = {(at, s): ["completed"] for at in (0, 1) for s in range(5)}
    for _ in range(12):
        at, training_seed, state = draw.randrange(3), draw.randrange(8), draw.choice(STATES)
        board.add(LOSSES[at], training_seed, state=state)
        states.setdefault((at, training_seed), []).append(state)
    expected = sum(
        "completed" not in one and bool({"queued", "running"} & set(one)) for one in states.values()
    )
    found = board.view().unfinished
    assert (found.to_come if found else 0) == expected
    assert found is None or found.of == len(states)


def test_runs_beside_the_page_count_where_their_sweep_and_setting_do(board: Board) -> None:
    clear(board)
    board.change(board.ids[0], sweep_id=3)
    sibling(board, 3, CE, 9)
    sibling(board, 3, FOCAL, 9, "running")
    sibling(board, 3, FOCAL, 8, "failed")
    sibling(board, 3, focal(0.9))
    sibling(board, 4, CE, 8)
    sibling(board, 3, CE, 0)
    found = board.view().unfinished
    assert found is not None
    assert (found.to_come, found.of) == (2, 12), (
        "not of another setting or sweep, nor an experiment once more"
    )
    assert found.text.endswith("(1 running, 1 queued)")


def test_what_has_stopped_is_not_to_come_but_warned_of(board: Board) -> None:
    clear(board)
    for seed, state in enumerate(("failed", "paused", "canceled", "crashed"), 5):
        board.add(FOCAL, seed, state=state)
    view = board.view()
    assert view.unfinished is None
    assert {one.answer for one in view.verdicts} <= {*FIRM, "unknown"}
    assert said(view).count("counts for nothing yet") == 4


def test_rows_on_other_data_do_not_make_an_answer_wait(board: Board) -> None:
    clear(board)
    board.add(CE, 0, state="queued", data={"imbalance_ratio": 10.0})
    assert board.view().unfinished is None


def test_nothing_is_compared_yet_and_that_is_said(board: Board) -> None:
    board.add(CE, state="queued")
    view = board.view()
    assert view.verdicts == ()
    assert answers_in_full(view) == ("So far, with 1 of 1 run still to come (1 queued).",)


def test_planned_looks_wait_too(board: Board) -> None:
    clear(board)
    board.add(CE, 5, state="queued")
    view = board.view(looks=PlannedLooks((5, 10), (0.01, 0.04)))
    assert view.unfinished is not None
    assert not {one.answer for one in view.verdicts} & FIRM
