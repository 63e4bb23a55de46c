"""Pages of a running run in a browser: many at once, by parts, nothing jumps. Events are stored by hand."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.runs.ingest import ingest
from app.settings import Settings
from app.store.engine import Database
from tests.conftest import CLASSES, TRAIN_COUNTS, Seed, epoch_event, learning
from tests.e2e.conftest import OpenPage, becomes_true
from trainer import events
from trainer.journal import Journal
from trainer.run_dir import RunDir

pytestmark = [pytest.mark.slow, pytest.mark.browser]

EPOCHS = {"optim": {"epochs": 9, "milestones": []}}
TABS = 12
Tell = Callable[..., None]


@pytest.fixture
def tell(db: Database, settings: Settings) -> Tell:
    """Stores events of a run, as its worker would."""

    def told(run_id: int, *news: events.Event) -> None:
        run_dir = RunDir(settings.run_dir(run_id))
        with Journal(run_dir.events) as journal:
            for event in news:
                journal.append(event)
        ingest(db, run_id, 1, run_dir)

    return told


def batch(epoch: int, step: int) -> events.Batch:
    return events.Batch(epoch=epoch, step=step, steps=500, loss=1.0, images_per_second=900.0)


def epoch(number: int) -> events.Epoch:
    return epoch_event(number, learning(number, len(CLASSES)), TRAIN_COUNTS, {})


def place(page: Page) -> Any:
    return page.locator("#strip [data-says=place]")


def asked(page: Page) -> list[str]:
    """Paths that the page asks for from now on, but for its log, which it looks at every two seconds."""
    paths: list[str] = []

    def note(request: Any) -> None:
        path = re.sub(r"^https?://[^/]+", "", request.url)
        if "/logs?" not in path:
            paths.append(path)

    page.on("request", note)
    return paths


def open_run(page: Page, url: str, run_id: int) -> None:
    page.goto(f"{url}/runs/{run_id}")
    expect(page.locator("#plot-confusion .plot-box.drawn")).to_be_visible()


def another(page: Page) -> Page:
    """A tab at the same address; tabs that one opened share a process, which compiles the scripts once."""
    with page.expect_popup() as opened:
        page.evaluate("void open(location.href)")
    return opened.value


@pytest.mark.parametrize("script", ["", "delete window.SharedWorker"], ids=["shared", "own streams"])
def test_twelve_tabs_of_one_browser_all_move(
    open_page: OpenPage, web_url: str, seed_run: Seed, tell: Tell, script: str
) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=1)
    first = open_page(own=True)
    first.context.add_init_script(script or "0")
    first.goto(f"{web_url}/runs/{run_id}")
    tabs = [first, *(another(first) for _ in range(TABS - 1))]
    for tab in tabs:
        expect(place(tab)).to_contain_text("epoch 2 of 9")
    for step in (7, 8):
        tell(run_id, batch(2, step))
        for tab in tabs:
            expect(place(tab)).to_contain_text(f"step {step} of 500", timeout=15_000)


def test_a_batch_event_is_put_into_the_page_without_a_request(
    open_page: OpenPage, web_url: str, seed_run: Seed, tell: Tell
) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=1)
    page, listed = open_page(), open_page()
    open_run(page, web_url, run_id)
    listed.goto(f"{web_url}/runs")
    page.wait_for_timeout(1500)
    paths = asked(page), asked(listed)
    tell(run_id, batch(2, 250))
    expect(place(page)).to_have_text("epoch 2 of 9, step 250 of 500")
    expect(page.locator("#strip [data-says=done]")).to_have_attribute("aria-valuenow", "16")
    expect(listed.locator(f"#run-{run_id} [data-says=short]")).to_have_text(re.compile("1/9, .* left"))
    page.wait_for_timeout(1500)
    assert paths == ([], [])


def test_an_epoch_event_asks_for_what_changed_alone(
    open_page: OpenPage, web_url: str, seed_run: Seed, tell: Tell
) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=1)
    page = open_page()
    open_run(page, web_url, run_id)
    page.locator("#plot-accuracy summary").click()
    page.wait_for_timeout(1000)
    paths = asked(page)
    tell(run_id, epoch(2))
    expect(page.locator("#class-table h3")).to_have_text("Classes after epoch 2")
    becomes_true(page, "document.querySelector('#plot-accuracy .plot-box').data[0].x.length === 2")
    expect(page.locator("#plot-accuracy .plot-box")).to_have_attribute("aria-label", re.compile("2 of 9"))
    expect(page.locator("#plot-accuracy tbody tr")).to_have_count(2)
    page.wait_for_timeout(500)
    whole = [path for path in paths if "/parts?" not in path and "/tables/accuracy" not in path]
    assert whole == []
    page.locator("#plot-loss summary").click()
    expect(page.locator("#plot-loss tbody tr")).to_have_count(2)


def test_nothing_is_lost_between_loading_and_listening(
    open_page: OpenPage, web_url: str, seed_run: Seed, tell: Tell
) -> None:
    """The second tab is rendered before an event that the shared stream hears before the tab joins it."""
    run_id = seed_run("running", config=EPOCHS, epochs=1)
    first = open_page(own=True)
    open_run(first, web_url, run_id)
    second = first.context.new_page()

    def late(route: Route) -> None:
        """The event is stored, and heard by the shared stream, before the tab's script arrives."""
        tell(run_id, batch(2, 9))
        time.sleep(1)
        route.continue_()

    second.route("**/live-source.js", late)
    second.goto(f"{web_url}/runs/{run_id}")
    expect(place(second)).to_contain_text("step 9 of 500")


SHIFTS = """
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
}).observe({ type: "layout-shift" });
window.shifted = 0;
"""


@pytest.mark.parametrize("at", ["top", "log"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_when_the_first_epoch_arrives(
    open_page: OpenPage, web_url: str, seed_run: Seed, tell: Tell, width: int, at: str
) -> None:
    run_id = seed_run("running", config=EPOCHS, epochs=0)
    page = open_page(width=width)
    open_run(page, web_url, run_id)
    if at == "log":
        page.locator("#log").scroll_into_view_if_needed()
    page.wait_for_timeout(2500)
    page.evaluate(SHIFTS)
    tell(run_id, batch(1, 499), epoch(1))
    expect(page.locator("#class-table h3")).to_have_text("Classes after epoch 1")
    page.wait_for_timeout(2000)
    shifted = page.evaluate("window.shifted")
    assert shifted < 0.05
    page.evaluate("document.querySelector('main').style.paddingTop = '300px'")
    becomes_true(page, "window.shifted > 0.05" if at == "top" else "true")
