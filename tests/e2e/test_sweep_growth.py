"""A sweep that grows, in a browser: its cost follows what is typed, and the chooser counts settings."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from app.client import Client
from tests.e2e.conftest import TINY, Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def canceled_but_one(board: Board, name: str) -> int:
    """A sweep of two betas whose first run alone may train: nothing else takes time."""
    base = {**TINY, "loss": {"weighting": "class_balanced"}, "optim": {"epochs": 1, "milestones": []}}
    with Client(board.url) as client:
        sweep = client.launch_sweep(base, {"loss.beta": [0.31, 0.32]}, name=name)
        client.cancel(sweep.rows[1].cells[0].run_id)  # type: ignore[union-attr, arg-type]
        client.wait_sweep(sweep.id, timeout=120)
    return sweep.id


def test_the_cost_follows_what_is_typed(open_page: OpenPage, board: Board) -> None:
    sweep = canceled_but_one(board, "grows")
    page = open_page()
    page.goto(f"{board.url}/sweeps/{sweep}#extend")
    expect(page.locator("#extend-cost")).to_contain_text("6 runs × 1 epoch, about")
    page.fill("#extend-more", "1")
    page.fill("#extend-values", "0.33")
    expect(page.locator("#extend-cost")).to_contain_text("4 runs, 4 epochs, about")
    page.fill("#extend-values", "0.33, 1")
    expect(page.locator("#extend-cost .problem")).to_contain_text("axes.loss.beta[1]")
    expect(page.locator("#extend-values")).to_have_value("0.33, 1")
    page.fill("#extend-values", "0.33")
    page.get_by_role("button", name="Extend").click()
    expect(page).to_have_url(re.compile(rf"/sweeps/{sweep}\?added=4$"))
    expect(page.locator("#cells tr")).to_have_count(3)
    expect(page.locator("#strip")).to_contain_text("of 6 done")
    page.get_by_text("Cancel the rest…").click()
    page.get_by_role("button", name="Cancel the rest").click()


def test_without_javascript_a_button_tells_the_cost(open_page: OpenPage, board: Board) -> None:
    page = open_page(scripts=False)
    page.goto(f"{board.url}/sweeps/{board.sweep}")
    page.fill("#extend-values", "0.99")
    page.get_by_role("button", name="What would it cost?").click()
    expect(page.locator("#extend-cost")).to_contain_text("runs, ")
    expect(page.locator("#extend-values")).to_have_value("0.99")


def test_compare_of_a_run_ticks_what_belongs_to_it(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    with Client(board.url) as client:
        row = client.sweep(board.sweep).rows[1]
    page.goto(f"{board.url}/runs/{row.cells[0].run_id}")  # type: ignore[union-attr]
    page.get_by_role("link", name="Compare", exact=True).last.click()
    expect(page).to_have_url(re.compile(r"/compare\?choose=\d+$"))
    count = page.locator("[data-tick-count]").first
    expect(count).to_have_text("3 settings ticked")
    page.locator(".choices input").nth(2).uncheck()
    expect(count).to_have_text("2 settings ticked")
    page.get_by_role("button", name="Compare").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Compare 2 settings")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(
    open_page: OpenPage, board: Board, theme: str, width: int
) -> None:
    page = open_page(width=width, theme=theme)
    with Client(board.url) as client:
        run = client.sweep(board.sweep).rows[1].cells[0]
    assert run is not None
    for path in (f"/sweeps/{board.sweep}", f"/compare?choose={run.run_id}"):
        page.goto(board.url + path)
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
