"""The browser's notification of an end: asked for, kept, told once, and only while no page is in view."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.conftest import SeedRun
from tests.e2e.conftest import OpenPage, becomes_true

pytestmark = [pytest.mark.slow, pytest.mark.browser]

STUB = """
window.told = [];
window.hidden = false;
window.permission = "granted";
Object.defineProperty(Document.prototype, "hidden", { get: () => window.hidden });
window.Notification = class {
  static requestPermission() { return Promise.resolve(window.permission); }
  constructor(title, { body, tag }) { window.told.push([title, body, tag]); }
  addEventListener() {}
};
"""
LOOK = """async () => {
  const entry = document.querySelector('script[type="module"]').src;
  const { look } = await import(new URL("notify.js", entry).href);
  await look();
  return window.told;
}"""


def opened(open_page: OpenPage, url: str) -> Page:
    page = open_page(own=True)
    page.add_init_script(STUB)
    page.goto(url)
    return page


def ends_as(page: Page, state: str) -> None:
    """From now on the server says that any run is in this state."""

    def answer(route: Route) -> None:
        said: dict[str, Any] = route.fetch().json()
        route.fulfill(json=said | {"state": state})

    page.route("**/api/v1/runs/1", answer)


def test_a_run_is_told_once_while_no_page_is_in_view(
    open_page: OpenPage, web_url: str, seed_run: SeedRun
) -> None:
    run_id = seed_run("running", epochs=2)
    page = opened(open_page, f"{web_url}/runs/{run_id}")
    button = page.get_by_role("button", name="Tell me when it ends")
    button.click()
    expect(page.get_by_role("button", name="You will be told", pressed=True)).to_be_visible()
    page.evaluate("window.hidden = true")
    assert page.evaluate(LOOK) == [], "it still runs"
    page.goto(f"{web_url}/runs")
    page.evaluate("window.hidden = true")
    ends_as(page, "completed")
    said = [["betaboard", f"Run {run_id} is completed", f"/runs/{run_id}"]]
    assert page.evaluate(LOOK) == said, "any page of the board looks for it"
    assert page.evaluate(LOOK) == said, "once"


def test_who_sees_the_page_is_not_told(open_page: OpenPage, web_url: str, seed_run: SeedRun) -> None:
    run_id = seed_run("running", epochs=2)
    page = opened(open_page, f"{web_url}/runs/{run_id}")
    page.get_by_role("button", name="Tell me when it ends").click()
    expect(page.get_by_role("button", name="You will be told")).to_be_visible()
    ends_as(page, "failed")
    assert page.evaluate(LOOK) == []
    page.evaluate("window.hidden = true")
    assert page.evaluate(LOOK) == [], "it has been seen"


def test_without_permission_there_is_nothing_but_a_word(
    open_page: OpenPage, web_url: str, seed_run: SeedRun
) -> None:
    page = opened(open_page, f"{web_url}/runs/{seed_run('running', epochs=2)}")
    page.evaluate("window.permission = 'denied'")
    page.get_by_role("button", name="Tell me when it ends").click()
    expect(page.get_by_role("button", name="The browser does not allow it", pressed=False)).to_be_visible()
    assert page.evaluate("localStorage.getItem('betaboard-notify')") is None


def test_the_queue_is_told_when_it_is_empty_and_a_second_click_takes_it_back(
    open_page: OpenPage, web_url: str, seed_run: SeedRun
) -> None:
    seed_run("queued")
    page = opened(open_page, f"{web_url}/runs")
    bell = page.get_by_role("button", name="Tell me when the queue is empty")
    for pressed in ("true", "false", "true"):
        bell.click()
        expect(bell).to_have_attribute("aria-pressed", pressed)
    page.evaluate("window.hidden = true")
    assert page.evaluate(LOOK) == []
    page.evaluate("fetch('/api/v1/runs/1/cancel', { method: 'POST' }).then(() => (window.done = true))")
    becomes_true(page, "window.done === true")
    assert page.evaluate(LOOK) == [["betaboard", "The queue is empty", "/queue"]]
