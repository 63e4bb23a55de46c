"""The page of a reproduction in a browser: from /published, in both themes, and as narrow as a phone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.reproduction import worked
from tests.app.reproduction.made import put_write_up
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def grave(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [each["id"] for each in found if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_from_published_to_the_claims(
    open_page: OpenPage, web_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    put_write_up(tmp_path, share)
    monkeypatch.setattr(worked, "FOLDER", tmp_path)
    page = open_page()
    page.goto(f"{web_url}/published" + ("" if share == 1 else "/write-up"))
    if share == 1:
        page.get_by_role("link", name="The write-up's class-balanced focal loss").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("The write-up's")
    box = page.locator("#plot-accuracy .plot-box")
    expect(page.locator(".plot-box.drawn")).to_have_count(1)
    assert page.locator(".reproduction table").first.locator("tbody tr").count() == 20, "parts of 11 claims"
    page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    assert grave(page) == []
    page.get_by_role("button", name="Switch between light and dark").click()
    box.scroll_into_view_if_needed()  # a plot out of sight is drawn anew when it is near
    expect(box).to_have_js_property("layout.font.color", "#e6e9ec")
    assert grave(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.locator(".plot-box.drawn")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_load_state("networkidle")  # nothing is asked for once the folder is the usual one again
