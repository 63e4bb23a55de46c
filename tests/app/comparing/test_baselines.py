"""Two looks: nothing before the first, then the runs completed first, at the look's own error."""

import pytest

from app.comparing.baselines import PlannedLooks
from tests.app.comparing.boards import CE, FOCAL, Board, claims, focal, row, said

pytestmark = pytest.mark.slow

LOOKS = PlannedLooks((2, 4), (0.01, 0.04))


def fill(board: Board, seeds: range) -> None:
    for seed in seeds:
        board.add(CE, seed, (60 + seed, 20, 20))
        board.add(FOCAL, seed, (190 + seed, 180, 170))


def test_nothing_is_claimed_before_the_first_look(board: Board) -> None:
    fill(board, range(1))
    view = board.view(looks=LOOKS)
    assert (claims(view), view.alpha) == ([], 0)
    assert "the first is not reached, so nothing is claimed yet (1 seeds)" in view.warnings[0]


def test_nothing_is_claimed_of_many_seeds_either_while_a_row_lags(board: Board) -> None:
    fill(board, range(5))
    board.add(focal(0.9), 0)
    view = board.view(looks=LOOKS)
    assert claims(view) == []
    assert "nothing is claimed before the first look" in said(view)
    assert "1,000 seeds" not in said(view)


def test_the_looks_have_their_own_seeds_and_errors(board: Board) -> None:
    fill(board, range(2))
    first = board.view(looks=LOOKS)
    assert (first.alpha, [one.n for one in first.rows]) == (0.01, [2, 2])
    fill(board, range(2, 3))
    between = board.view(looks=LOOKS)
    assert [one.metrics for one in between.rows] == [one.metrics for one in first.rows]
    assert between.verdicts == first.verdicts
    fill(board, range(3, 5))
    second = board.view(looks=LOOKS)
    assert (second.alpha, [one.n for one in second.rows]) == (0.04, [4, 4])
    assert sum(LOOKS.alphas) == pytest.approx(0.05)


def test_a_lower_seed_that_ends_later_changes_nothing_between_the_looks(board: Board) -> None:
    fill(board, range(5, 7))
    first = board.view(looks=LOOKS)
    for loss in (CE, FOCAL):
        board.change(board.add(loss, 0, (0, 0, 0)), finished_at="2099-01-01T00:00:00.000Z")
    assert row(board.view(looks=LOOKS), "Focal").metrics == row(first, "Focal").metrics
