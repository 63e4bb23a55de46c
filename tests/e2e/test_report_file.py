"""A saved report opened from a folder without a network: it draws its plots and fits on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.pages.compare.report import page
from tests.app.comparing.report.subjects import HOSTILE, hostile, subject
from tests.e2e.conftest import Complaints

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network; what its console says fails the test."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    complaints = Complaints()
    yield complaints.heed(context.new_page())
    context.close()
    assert complaints.said == []


@pytest.mark.parametrize("is_hostile", [False, True])
def test_opens_from_a_folder_without_a_network(offline: Page, tmp_path: Path, is_hostile: bool) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(hostile() if is_hostile else subject()))
    offline.goto(file.as_uri())
    expect(offline.locator(".plot.drawn")).to_have_count(1)
    assert offline.locator(".plot .scatterlayer .trace").count() >= 5
    assert offline.locator("img").count() == 0
    assert offline.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if is_hostile:
        rows = offline.locator("table").first.locator("tbody th").all_text_contents()
        assert rows == list(HOSTILE)


def test_prints_within_the_sheet(offline: Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(page(subject()))
    offline.goto(file.as_uri())
    expect(offline.locator(".plot.drawn")).to_have_count(1)
    printed = offline.pdf(format="A4")
    assert printed.startswith(b"%PDF")
    offline.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(offline.locator(".main-svg").first).to_have_attribute("width", "680")
    offline.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(offline.locator(".main-svg").first).not_to_have_attribute("width", "680")
