"""Tables: a long one of a figure's data is fetched when it is opened, a wide one says that it goes on."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

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


def goes_on(box: Locator, yes: bool) -> None:
    """Wait until it fades at the right, or until it does not."""
    if yes:
        expect(box).to_have_class(re.compile("goes-on"))
        assert "linear-gradient" in box.evaluate("box => getComputedStyle(box).maskImage")
    else:
        expect(box).not_to_have_class(re.compile("goes-on"))


def test_a_table_that_goes_on_fades_until_its_end_is_in_view(open_page: OpenPage, address: str) -> None:
    page = open_page(width=1440)
    page.goto(address.partition("/runs/")[0] + "/datasets")
    hundred = page.get_by_role("region", name="Classes of CIFAR-100")
    ten = page.get_by_role("region", name="Classes of CIFAR-10", exact=True)
    goes_on(hundred, True)
    goes_on(ten, False)
    page.set_viewport_size({"width": 390, "height": 844})
    goes_on(ten, True)
    ten.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    goes_on(ten, False)
    ten.evaluate("box => box.scrollTo(0, 0)")
    goes_on(ten, True)


def test_a_table_that_is_higher_than_its_box_fades_below(open_page: OpenPage, address: str) -> None:
    page = open_page(width=1440)
    page.goto(address)
    data = page.locator("#plot-accuracy .plot-data")
    data.locator("summary").click()
    box = data.locator(".scroll-tall")
    expect(box).to_have_class(re.compile("goes-down"))
    assert "linear-gradient" in box.evaluate("box => getComputedStyle(box).maskImage")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(box).not_to_have_class(re.compile("goes-down"))
    assert box.evaluate("box => getComputedStyle(box).maskImage") == "none"


def test_a_table_of_data_that_comes_later_fades_too(open_page: OpenPage, address: str) -> None:
    page = open_page(width=390)
    page.goto(address)
    data = page.locator("#plot-class-curves .plot-data")
    data.locator("summary").click()
    goes_on(data.locator(".scroll"), True)


def test_the_preview_of_a_launch_fades_below_until_its_end_is_in_view(
    open_page: OpenPage, address: str
) -> None:
    page = open_page(width=1440, height=600)
    page.goto(address.partition("/runs/")[0] + "/runs/new")
    preview = page.locator(".preview")
    expect(preview).to_have_class(re.compile("goes-down"))
    button = page.get_by_role("button", name="Launch", exact=True)
    button.click(trial=True)
    preview.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(preview).not_to_have_class(re.compile("goes-down"))
