"""Lines that lie under others: by hand, and by the distance of every point."""

from hypothesis import given
from hypothesis import strategies as st

from app.comparing.figures.hidden import hidden_lines, hidden_note
from app.figures.lines import Line

HEIGHTS = st.lists(st.none() | st.integers(0, 4).map(float), min_size=4, max_size=4)


def line(name: str, *y: float | None) -> Line:
    return Line(name, range(len(y)), y, "#000000", "#000000")


def test_a_line_under_a_later_one_is_told_and_one_that_parts_is_not() -> None:
    lines = [line("CE", 0.0, 0.3, 9.0), line("Focal", 0.2, 0.0, 9.1), line("VS", 0.0, 0.3, 40.0)]
    assert hidden_lines(lines, 0.6) == [("CE", "Focal")]
    assert hidden_note(lines, 0.6) == "CE lies under Focal"
    assert hidden_note(lines, 0.1) == ""


def test_more_than_three_are_counted() -> None:
    lines = [line(f"{at}", 1.0, 2.0) for at in range(6)]
    assert hidden_note(lines, 0.1).endswith("2 lies under 3 and 2 more under others")


def test_a_longer_line_is_seen_beyond_the_end_of_the_one_upon_it() -> None:
    assert hidden_lines([line("long", 1.0, 1.0, 1.0), line("short", 1.0, 1.0, None)], 0.5) == []
    assert hidden_lines([line("empty", None, None), line("full", 1.0, 1.0)], 0.5) == []


@given(st.lists(HEIGHTS, min_size=2, max_size=5))
def test_who_is_told_has_no_point_that_could_be_seen(board: list[list[float | None]]) -> None:
    lines = [line(str(at), *y) for at, y in enumerate(board)]
    told = dict(hidden_lines(lines, 0.5))
    for at, y in enumerate(board):
        covers = [
            str(later)
            for later in range(at + 1, len(board))
            if any(value is not None for value in y)
            and all(value is None or value == board[later][place] for place, value in enumerate(y))
        ]
        assert told.get(str(at)) == (covers[0] if covers else None)
