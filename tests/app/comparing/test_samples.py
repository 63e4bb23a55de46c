"""Which runs of a setting count: completed ones, one of each experiment, the first that was reported."""

import pytest

from tests.app.comparing.boards import CE, FOCAL, SUPPORT, Board, gain, row, said


def test_a_repeat_that_is_21_points_better_does_not_replace_the_first(board: Board) -> None:
    for seed in range(2):
        board.add(CE, seed, (100, 100, 100))
        board.add(FOCAL, seed, (100, 100, 100))
    repeat = board.add(FOCAL, 0, (142, 142, 142))
    view = board.view()
    focal = row(view, "Focal")
    assert focal.n == 2
    assert focal.metrics["accuracy"].mean == pytest.approx(0.5)
    assert gain(view, "Focal").mean == pytest.approx(0)
    assert focal.epochs == (1, 1, None)
    [warning] = [one for one in view.warnings if "one experiment" in one]
    assert warning == (
        f"#{repeat} and #{board.ids[1]} are one experiment; only #{board.ids[1]} counts. They "
        f"came out otherwise: accuracy 50.0 % there, #{repeat} 71.0 %."
    )


def test_the_order_of_asking_does_not_matter(board: Board) -> None:
    first = board.add(CE, 0, (100, 100, 100))
    board.add(CE, 0, (142, 142, 142))
    board.ids.reverse()
    assert board.view().rows[0].metrics["accuracy"].mean == pytest.approx(100 / SUPPORT)
    assert f"only #{first} counts" in said(board.view())


@pytest.mark.parametrize(("moments", "first"), [((9, 8), 1), ((8, 9), 0), ((8, 8), 0)])
def test_the_first_is_the_one_that_was_done_first(board: Board, moments: tuple[int, int], first: int) -> None:
    """Of two at one moment the one that was asked for first."""
    for moment, right in zip(moments, (100, 142), strict=True):
        board.change(board.add(CE, 0, (right,) * 3), finished_at=f"2026-01-01T00:00:0{moment}.000Z")
    for ids in (board.ids, board.ids[::-1]):
        board.ids = ids
        assert board.view().rows[0].metrics["accuracy"].mean == pytest.approx((100, 142)[first] / SUPPORT)


def test_an_equal_repeat_is_named_and_no_difference_told(board: Board) -> None:
    for _ in range(2):
        board.add(CE)
    assert "are one experiment" in said(board.view())
    assert "otherwise" not in said(board.view())


@pytest.mark.parametrize("state", ["running", "failed", "canceled", "queued"])
def test_what_was_not_completed_counts_for_nothing(board: Board, state: str) -> None:
    board.add(CE, 0, (100, 100, 100))
    board.add(CE, 1, (200, 200, 200), state=state)
    board.add(FOCAL, 0, (200, 200, 200), state=state)
    view = board.view()
    assert [one.n for one in view.rows] == [1, 0]
    assert view.rows[0].metrics["accuracy"].mean == pytest.approx(0.5)
    assert view.rows[1].metrics["accuracy"].mean is None
    assert (view.rows[1].delta, view.best, view.verdicts) == (None, None, ())
    assert view.rows[1].why == view.rows[1].progress
    assert state in view.rows[1].why


def test_a_completed_run_counts_whatever_was_tried_before(board: Board) -> None:
    board.add(CE, 0, (10, 10, 10), state="failed")
    board.add(CE, 0, (100, 100, 100))
    one = board.view().rows[0]
    assert one.n == 1
    assert one.metrics["accuracy"].mean == pytest.approx(0.5)
