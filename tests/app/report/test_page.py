"""The HTML report: complete in itself, and opened in a browser without a network it draws its plots."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.report.page import page
from tests.app.report.subjects import HOSTILE, hostile, subject
from tests.e2e.conftest import Complaints, browser

__all__ = ["browser"]


def test_nothing_is_loaded_from_anywhere() -> None:
    text = page(subject())
    own = text.replace(re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)[0], "")
    assert re.findall(r'(?:src|href)="([^"]*)"', own) == []
    assert len(re.findall(r"<script", text)) == 3
    assert "default-src 'none'" in text


def test_names_cannot_leave_their_place() -> None:
    text = page(hostile())
    assert text.count("<script") == text.count("</script>") == 3
    assert "<img" not in text
    assert "&lt;/script&gt;" in text
    [plots] = re.findall(r'<script type="application/json" id="plots">(.*?)</script>', text, flags=re.DOTALL)
    assert "<" not in plots
    assert list(json.loads(plots)) == ["compare-recall-count"]


def test_figures_that_are_not_finite_are_null() -> None:
    made = subject()
    made.plots[0].drawn.figure["data"][0]["y"][0] = float("nan")
    [plots] = re.findall(r'id="plots">(.*?)</script>', page(made), flags=re.DOTALL)
    assert json.loads(plots)["compare-recall-count"]["data"][0]["y"][0] is None


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page without a network; what its console says fails the test."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    complaints = Complaints()
    yield complaints.heed(context.new_page())
    context.close()
    assert complaints.said == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("make", [subject, hostile])
def test_opens_from_a_folder_without_a_network(offline: Page, tmp_path: Path, make: object) -> None:
    assert callable(make)
    file = tmp_path / "report.html"
    file.write_text(page(make()))
    offline.goto(file.as_uri())
    expect(offline.locator(".plot.drawn")).to_have_count(1)
    assert offline.locator(".plot .scatterlayer .trace").count() >= 5
    assert offline.locator("img").count() == 0
    assert offline.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if make is hostile:
        rows = offline.locator("table").first.locator("tbody th").all_text_contents()
        assert rows == list(HOSTILE)


@pytest.mark.slow
@pytest.mark.browser
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
