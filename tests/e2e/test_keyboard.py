"""Everything by keyboard: search, new, move, tick, compare, help, skip link, visible focus."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_move_tick_and_compare(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs?state=completed")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_be_visible()
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("2 runs ticked")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/compare\?runs=\d+,\d+$"))


def test_search_new_and_help(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs")
    page.keyboard.press("/")
    page.keyboard.type("balanced")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=balanced"))
    page.wait_for_load_state("load")
    expect(page.locator(f"#run-{board.balanced}")).to_be_visible()
    expect(page.locator(f"#run-{board.plain}")).to_have_count(0)
    page.locator("body").press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/runs/new$"))


def test_skip_link_comes_first_and_focus_is_seen(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to the content")
    assert focused.evaluate("element => element.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("element => Boolean(element.closest('main'))")
    assert page.locator(":focus").evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_tag_and_archive_from_the_list(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs?q=%23{board.plain}")
    page.locator("[data-row] input").check()
    page.get_by_role("textbox", name="Tag").fill("kept")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator("[data-row] .tag")).to_have_text("kept")
    page.locator("[data-row] input").check()
    page.get_by_role("button", name="Archive").click()
    expect(page.locator("[data-row]")).to_have_count(0)
    page.goto(f"{board.url}/runs?archived=true")
    page.locator("[data-row] input").check()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("[data-row]")).to_have_count(0)


def test_name_is_edited_in_place(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/{board.diverged}")
    page.locator(".rename summary").press("Enter")
    name = page.get_by_role("textbox", name="New name")
    expect(name).to_be_focused()
    name.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.locator(".rename summary").press("Enter")
    name.fill("diverges, renamed")
    name.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("diverges, renamed"))
