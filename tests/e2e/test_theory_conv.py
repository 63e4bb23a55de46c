"""A convolution as a matrix, by hand: keys, clicks, an answer that is marked, a large A, no script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SMALL = "/theory/conv-matrix?height=4&width=4&stride=1&padding=1"
LARGE = "/theory/conv-matrix?height=28&width=28&stride=1&padding=1"


def row(page: Page) -> str:
    return page.locator("#window h2").inner_text()


def test_arrow_keys_step_through_rows(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + SMALL)
    page.locator("#conv-step").focus()
    for key, made in (("ArrowRight", "y(0,1)"), ("ArrowDown", "y(1,1)"), ("ArrowLeft", "y(1,0)"),
                      ("End", "y(3,3)"), ("ArrowUp", "y(2,3)"), ("Home", "y(0,0)")):  # fmt: skip
        page.keyboard.press(key)
        expect(page.locator("#window h2")).to_contain_text(made)
        expect(page.locator("#matrix tr.on th")).to_have_text(made)
        expect(page.locator("#picture-output .conv-square.on + text")).to_have_text(made)
        expect(page.locator("#conv-step")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("row=4$"))
    page.reload()
    assert "y(1,0)" in row(page)
    assert page.locator("#picture-window .conv-square.on").count() == 6
    assert page.locator("#matrix tr.on td.weight").count() == 6


def test_the_answer_reaches_the_right_edge(open_page: OpenPage, board: Board) -> None:
    page = open_page(width=1100)
    page.goto(board.url + SMALL)
    box = page.locator(".lab-answer").bounding_box()
    assert box
    assert box["x"] + box["width"] == pytest.approx(1100 - 24, abs=1)


def test_heads_of_rows_step_without_a_new_page(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + SMALL)
    page.evaluate("window.kept = true")
    page.locator("#matrix").get_by_role("link", name="y(2,1)").click()
    expect(page.locator("#window h2")).to_have_text("Row 9 of A makes y(2,1)")
    assert page.evaluate("window.kept")


def test_arrows_in_the_matrix_go_row_by_row_and_take_the_focus_along(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page()
    page.goto(board.url + SMALL)
    heads = page.locator("#matrix")
    heads.get_by_role("link", name="y(0,0)").focus()
    for key, made in (("ArrowDown", "y(0,1)"), ("ArrowDown", "y(0,2)"), ("ArrowUp", "y(0,1)"),
                      ("End", "y(3,3)"), ("ArrowDown", "y(3,3)"), ("Home", "y(0,0)"),
                      ("ArrowUp", "y(0,0)")):  # fmt: skip
        page.keyboard.press(key)
        expect(heads.get_by_role("link", name=made)).to_be_focused()
        expect(page.locator("#window h2")).to_contain_text(f"makes {made}")


def test_the_focus_stays_on_a_step_that_goes_no_further(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}{SMALL}&row=14")
    step = page.locator("#conv-step").get_by_role("link", name="next")
    step.focus()
    for _ in range(2):
        page.keyboard.press("Enter")
        expect(page.locator("#window h2")).to_have_text("Row 15 of A makes y(3,3)")
        expect(step).to_be_focused()
        expect(step).to_have_attribute("aria-disabled", "true")


def test_a_pasted_answer_is_marked_while_it_is_typed(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(
        f"{board.url}/theory/conv-matrix?height=2&width=2&kernel_height=2&kernel_width=2&stride=1&padding=0"
    )
    page.locator("#f-answer").fill("w(0,0)\tw(0,1)\tw(1,1)\tw(1,0)")
    expect(page.locator("#marked strong")).to_have_text("✗ 2 entries are wrong.")
    wrong = page.locator("#marked td.wrong")
    expect(wrong).to_have_count(2)
    wrong.first.focus()
    shown = "element => getComputedStyle(element, '::after').content"
    assert wrong.first.evaluate(shown) == '"should be w(1,0)"'
    assert wrong.last.evaluate(shown) == "none"
    expect(wrong.first).to_contain_text("should be w(1,0)")
    page.get_by_text("What each should be").click()
    expect(page.locator("#marked tbody").last.locator("tr")).to_have_count(2)
    page.locator("#f-answer").fill("w(0,0)\tw(0,1)\tw(1,0)\tw(1,1)")
    expect(page.locator("#marked strong")).to_have_text("✓ Right.")


def size(page: Page, address: str) -> tuple[int, int]:
    """Nodes and characters of a page."""
    page.goto(address)
    return page.locator("*").count(), len(page.content())


def test_the_large_matrix_is_drawn_in_bands_not_in_cells(open_page: OpenPage, board: Board) -> None:
    """784 x 784 entries make no more of a page than 16 x 16, whose entries stand in a table."""
    page = open_page(height=2400)
    small, large = size(page, board.url + SMALL), size(page, board.url + LARGE)
    assert page.locator("#conv-heat .band").count() == 9
    assert large[0] < 2 * small[0]
    assert large[1] < 2 * small[1]


def test_pointing_at_the_large_matrix_names_the_row_and_a_click_goes_there(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page(height=2400)
    page.goto(board.url + LARGE)
    box = page.locator("#conv-heat").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] * 400.5 / 784)
    expect(page.locator("#heat-name")).to_have_text("Under the pointer: row 400, y(14,8).")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#window h2")).to_have_text("Row 400 of A makes y(14,8)")
    assert page.locator("#conv-heat .heat-row").get_attribute("y") == "400"


def test_a_field_lights_up_its_part_and_a_refusal_keeps_the_picture(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page()
    page.goto(board.url + SMALL)
    page.locator("#f-padding").focus()
    expect(page.locator("#picture-window .padding")).to_have_class("padding lit-part")
    page.locator("#f-stride").fill("0")
    expect(page.locator("#f-stride-about")).to_contain_text("0")
    expect(page.locator("#f-stride")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answer")).to_have_class(re.compile("stale"))
    expect(page.locator("#matrix tr.on th")).to_have_text("y(0,0)")


def test_without_script_links_step_and_the_tab_turns_round(open_page: OpenPage, board: Board) -> None:
    page = open_page(scripts=False)
    page.goto(board.url + SMALL)
    page.locator("#conv-step").get_by_text("next").click()
    assert row(page) == "Row 1 of A makes y(0,1)"
    page.locator("#f-height").fill("5")
    page.get_by_role("button", name="Work it out").click()
    assert "A is 20 x 20: 20 outputs" in page.locator("#summary").inner_text()
    assert row(page) == "Row 1 of A makes y(0,1)"
    page.get_by_role("link", name="Transposed convolution", exact=True).click()
    expect(page.locator("#f-output_padding")).to_be_visible()
    expect(page.locator("#conv-tabs [aria-current]")).to_have_text("Transposed convolution")
