"""Narrow screens: tables keep their columns in view where there is room, and no band above them is blank."""

import pytest

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_all_columns_of_the_focal_loss_are_in_view_on_a_phone(open_page: OpenPage, board: Board) -> None:
    page = open_page(width=390)
    page.goto(f"{board.url}/theory/focal?p=0.9,0.5,0.1")
    last = page.locator("#focal-table thead th").last.bounding_box()
    assert last is not None
    assert last["x"] + last["width"] <= 390


def test_what_is_noted_of_a_published_row_takes_the_width_of_a_phone(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page(width=390)
    page.goto(f"{board.url}/published")
    for box in (note.bounding_box() for note in page.locator(".row-about").all()):
        assert box is not None
        assert box["width"] > 300
        assert box["height"] < 6 * 18, "a few lines of 12 px"


@pytest.mark.parametrize("width", [390, 1100])
def test_the_head_of_a_comparison_has_no_blank_band(open_page: OpenPage, board: Board, width: int) -> None:
    page = open_page(width=width)
    page.goto(f"{board.url}/compare?runs={board.plain},{board.balanced}")
    row = page.locator("#compare-table thead tr").bounding_box()
    assert row is not None
    assert row["height"] < 64


def test_names_of_classes_end_where_their_figures_do(open_page: OpenPage, board: Board) -> None:
    page = open_page(width=1440)
    page.goto(f"{board.url}/theory/class-balance?run={board.balanced}")
    ends = "all => all.map(one => one.getBoundingClientRect().right)"
    names = page.locator("#shares-table .tail-name").evaluate_all(ends)
    assert names == pytest.approx(page.locator("#shares-table .tail-count").evaluate_all(ends), abs=1)
