"""The queue in a browser: the buttons without JavaScript, and a page that follows what happens elsewhere."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.client import Client
from tests.conftest import Seed
from tests.e2e.conftest import OpenPage
from tests.e2e.seeded import seeded_board

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a board whose only worker has no free slot, so to speak: it claims nothing."""

    def fill(seed: Seed) -> dict[str, int]:
        return {name: seed("queued", name=name) for name in ("one", "two", "three")}

    with seeded_board(tmp_path_factory.mktemp("queue"), fill) as (address, _):
        yield address


def names(page: Page) -> list[str]:
    return page.locator("#queue-order tbody .run-name").all_text_contents()


def in_order(page: Page, *expected: str) -> None:
    """Wait for the page that a button asked for to show these."""
    expect(page.locator("#queue-order tbody .run-name")).to_have_text(list(expected))


def test_order_by_hand_works_without_scripts(open_page: OpenPage, url: str) -> None:
    page = open_page(scripts=False)
    page.goto(f"{url}/queue")
    in_order(page, "one", "two", "three")
    page.get_by_role("button", name="Put 3 to the top").click()
    expect(page.locator("#job-3 td").first).to_have_text("1")
    page.get_by_role("button", name="Put 1 down").click()
    in_order(page, "three", "two", "one")
    page.get_by_label("Priority of 1").fill("5")
    page.locator("#job-1").get_by_role("button", name="Set").click()
    in_order(page, "one", "three", "two")
    assert page.get_by_role("button", name="Put 1 up").is_disabled()
    page.goto(f"{url}/runs/2")
    expect(page.locator("#strip")).to_contain_text("Number 3 in the queue.")


def test_an_open_page_follows_what_is_launched_elsewhere(open_page: OpenPage, url: str) -> None:
    page = open_page()
    page.goto(f"{url}/queue")
    expect(page.locator("#queue-order")).to_be_visible()
    page.wait_for_load_state()
    with Client(url) as board:
        run = board.launch({}, name="from elsewhere", requirements={"labels": ["big"]})
        expect(page.locator(f"#job-{run.id}")).to_contain_text("No worker with label big is alive.")
        board.cancel(run.id)
        expect(page.locator(f"#job-{run.id}")).to_have_count(0)
