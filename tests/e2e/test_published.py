"""Rows of one's own in a browser: refused beside their lines, mended, added, ticked, seen beside a run."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.published.upload import EXAMPLE
from tests.e2e.conftest import NASTY, Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def grave(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


def test_from_a_refused_file_to_a_row_in_compare(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/published?compare=runs%3D{board.plain}%26epoch%3Dbest")
    wrong = EXAMPLE.replace("48.3", "forty").replace("Cross-entropy", f'"{NASTY}"')
    page.get_by_label("or paste it here").fill(wrong)
    page.get_by_role("button", name="Add rows").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Nothing was added")
    expect(alert.locator("tbody tr")).to_have_count(1)
    expect(alert.locator("tbody tr")).to_contain_text("accuracy must be a number")
    assert grave(page) == []
    box = page.get_by_label("or paste it here")
    box.fill(box.input_value().replace("forty", "48.3"))
    page.get_by_role("button", name="Add rows").click()
    expect(page.get_by_role("status").first).to_contain_text("2 rows are there now")
    expect(page.locator("#own-1 .row-name")).to_contain_text(NASTY[:20])
    assert page.locator("img").count() == 0
    assert grave(page) == []
    page.get_by_label(f"Tick {NASTY}").check()
    page.get_by_role("button", name="Use as reference in Compare").click()
    expect(page).to_have_url(f"{board.url}/compare?runs={board.plain}&epoch=best&published=own-1")


def test_ticked_rows_stand_beside_runs(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/compare?runs={board.plain}&epoch=best")
    page.get_by_role("link", name="add published results").click()
    bar = page.locator("#published-bar")
    expect(bar).to_be_hidden()
    page.get_by_label("Tick CB focal, beta 0.997").check()
    page.get_by_label("Tick Cross-entropy, ratio 100").first.check()
    expect(bar).to_contain_text("2 rows ticked")
    page.get_by_role("button", name="Use as reference in Compare").click()
    expect(page).to_have_url(
        f"{board.url}/compare?runs={board.plain}&epoch=best&published=write-up-cb-focal-0.997%2Ccifar10-100-ce-quoted"
    )
    expect(page.locator("table").first).to_contain_text("CB focal, beta 0.997")
