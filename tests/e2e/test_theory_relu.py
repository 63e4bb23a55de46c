"""The page of ReLU networks in a browser: typing changes the answer, answers and units are marked."""

import re
import unicodedata

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, becomes_true

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PAGE = "/theory/relu-network"
SOON = 20_000
"""Milliseconds: the answer comes within one, but other tests may run beside."""


def drawn(page: Page) -> None:
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)


def said(page: Page) -> str:
    """The line of the first point, blanks left out, in plain letters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", page.locator(".at-line").first.inner_text()))


def test_a_typed_weight_changes_answer_plot_and_address(open_page: OpenPage, board_url: str) -> None:
    page = open_page()
    page.goto(board_url + PAGE)
    drawn(page)
    assert "h(x)=6x+3=15" in said(page)
    weights = page.get_by_label("Weights")
    weights.fill(weights.input_value().replace("1.5", "5/2"))
    expect(page.locator(".at-line").first).to_contain_text("9", timeout=SOON)
    assert "h(x)=9x+3=21" in said(page)
    expect(page).to_have_url(re.compile(r"weights=5%2F2"))
    expect(page.locator("#plot-function .plot-box")).to_contain_text("y = 9 x + 3", timeout=SOON)
    page.reload()
    assert "h(x)=9x+3=21" in said(page)


def test_an_answer_is_marked_while_it_is_typed(open_page: OpenPage, board_url: str) -> None:
    page = open_page()
    page.goto(board_url + PAGE)
    page.get_by_label("Your W").fill("3.5 4.5")
    verdict = page.locator(".at-points .verdict")
    expect(verdict).to_contain_text("single numbers", timeout=SOON)
    page.get_by_label("Your W").fill("6")
    page.get_by_label("Your b").fill("2")
    expect(page.locator(".at-points .entry.wrong")).to_have_text(["✗ 2 should be 3"], timeout=SOON)
    page.get_by_label("Your b").fill("3.0")
    expect(verdict).to_contain_text("✓ Right.", timeout=SOON)


def test_a_refusal_stands_at_its_field_and_the_last_answer_stays(open_page: OpenPage, board_url: str) -> None:
    page = open_page()
    page.goto(board_url + PAGE)
    weights = page.get_by_label("Weights")
    weights.fill("1\n2\n\n1 2 3\n\n1")
    expect(page.locator("#f-weights-about")).to_contain_text(
        "is 1 x 3, but weights[0] is 2 x 1", timeout=SOON
    )
    expect(weights).to_have_attribute("aria-invalid", "true")
    assert "h(x)=6x+3=15" in said(page)
    expect(page.locator("#answer")).to_have_class(re.compile("stale"))


def test_the_field_with_the_focus_lights_its_part_of_the_drawing(open_page: OpenPage, board_url: str) -> None:
    page = open_page()
    page.goto(board_url + PAGE)
    page.get_by_label("Biases").focus()
    lit = page.locator(".net").first.locator(".lit-part")
    expect(lit).to_have_text(["b = 0", "b = 1", "b = 0", "b = 1", "b = −1"])
    page.get_by_label("Weights").focus()
    expect(lit).to_have_count(8)


def test_a_unit_is_marked_from_the_keyboard(open_page: OpenPage, board_url: str) -> None:
    page = open_page()
    page.goto(board_url + PAGE)
    page.evaluate("window.kept = true")
    unit = page.get_by_role("link", name="Unit 2 of layer 1").first
    unit.focus()
    top = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"unit=1\.2"), timeout=SOON)
    expect(page.locator(".net .pointed")).to_have_count(3, timeout=SOON)
    expect(unit).to_be_focused()
    assert page.evaluate("[window.kept, scrollY]") == [True, top], "patched in place"
    drawn(page)
    becomes_true(
        page,
        """() => {
            const own = (t) => t.line.dash === 'solid' && t.yaxis === 'y';
            const [one, pointed] = document.querySelector('#plot-units .plot-box').data.filter(own);
            return pointed.line.width > one.line.width;
        }""",
    )


def test_it_works_without_scripts(open_page: OpenPage, board_url: str) -> None:
    page = open_page(scripts=False)
    page.goto(board_url + PAGE)
    page.get_by_label("Points x").fill("0")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#answer")).to_contain_text("is a kink")
    expect(page.get_by_role("table", name="Where h is affine")).to_be_visible()
