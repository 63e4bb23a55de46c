"""The search box: what could be typed next by keyboard and mouse, a mistake below the box, and no scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Board, OpenPage
from tests.e2e.test_every_page import complaints_of_axe

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def at(open_page: OpenPage, url: str) -> Page:
    page = open_page()
    page.goto(url)
    expect(page.get_by_role("combobox", name=re.compile("^Search"))).to_be_visible()
    return page


def test_what_comes_next_is_chosen_by_keyboard(open_page: OpenPage, board: Board) -> None:
    page = at(open_page, f"{board.url}/runs")
    page.keyboard.press("/")
    typed = page.locator("#q")
    expect(typed).to_be_focused()
    page.keyboard.type("loss.na")
    options = page.locator("#q-list [role=option]")
    expect(options).to_have_text([re.compile("^loss.name")])
    expect(typed).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(typed).to_have_attribute("aria-activedescendant", "q-list-0")
    page.keyboard.press("Enter")
    expect(typed).to_have_value("loss.name ")
    expect(options.first).to_have_text(re.compile("^= "))
    page.keyboard.type("= foc")
    expect(options).to_have_text([re.compile("^focal")])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(typed).to_have_value("loss.name = focal ")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=loss\.name\+%3D\+focal"))
    expect(page.locator("#total")).to_contain_text("found")
    expect(page.locator("#q")).to_have_attribute("role", "combobox")


def test_what_comes_next_is_chosen_by_mouse(open_page: OpenPage, board: Board) -> None:
    page = at(open_page, f"{board.url}/runs")
    page.locator("#q").fill("sta")
    page.locator("#q-list [role=option]").filter(has_text="where the run stands").click()
    assert complaints_of_axe(page) == []
    expect(page.locator("#q")).to_have_value("state ")
    expect(page.locator("#q")).to_be_focused()


def test_a_mistake_leaves_the_list_as_it_was(open_page: OpenPage, board: Board) -> None:
    page = at(open_page, f"{board.url}/runs?q=state+%3D+completed")
    rows = page.locator("#rows tr").count()
    page.locator("#q").fill("state = completd")
    page.keyboard.press("Enter")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("state is never completd. Did you mean completed?")
    expect(told.locator("mark")).to_have_text("completd")
    assert page.locator("#rows tr").count() == rows
    assert "completd" not in page.url
    told.get_by_role("link", name="state = completed").click()
    expect(page).to_have_url(re.compile(r"q=state\+%3D\+completed"))
    expect(page.locator("#rows tr")).to_have_count(rows)
