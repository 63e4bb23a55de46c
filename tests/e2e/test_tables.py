"""The data of a figure as a table: a long one is fetched when it is opened, without scripts it is a link."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Seed
from tests.e2e.conftest import OpenPage
from tests.e2e.seeded import seeded_board

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS = 150


def _long_run(seed: Seed) -> dict[str, int]:
    return {"long": seed("completed", epochs=EPOCHS)}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Page of a run of many epochs."""
    with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder), _long_run) as (url, runs):
        yield f"{url}/runs/{runs['long']}"


def test_a_long_table_comes_when_it_is_opened(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(address)
    data = page.locator("#plot-accuracy .plot-data")
    expect(data.locator("tr")).to_have_count(0)
    data.locator("summary").click()
    expect(data.locator("tbody tr")).to_have_count(EPOCHS)
    expect(data.locator("tbody tr").last.locator("th, td").first).to_have_text(str(EPOCHS))


def test_without_scripts_a_long_table_is_a_link(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    data = page.locator("#plot-accuracy .plot-data")
    data.locator("summary").click()
    with page.expect_download() as download:
        data.get_by_role("link", name="download them as CSV").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 1 + EPOCHS
    page.close()
