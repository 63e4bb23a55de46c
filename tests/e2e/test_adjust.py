"""A run's logits adjusted in a browser: sliders write the address, figures follow; a form without scripts."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.app.logits import keep_run
from tests.conftest import Seed
from tests.e2e.conftest import OpenPage, becomes_true
from tests.e2e.seeded import seeded_board

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def _fill(seed: Seed) -> dict[str, int]:
    return {f"seed {at}": keep_run(seed, seed.db, seed.settings, at) for at in range(3)}


@pytest.fixture(scope="module")
def kept() -> Iterator[str]:
    """Address of the adjust page of a run with two siblings."""
    with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder), _fill) as (url, runs):
        yield f"{url}/runs/{runs['seed 0']}/adjust"


def visit(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("words", ["", "?tau=test&norm=1&prior=forward_50"])
def test_axe_finds_nothing_serious_and_a_phone_scrolls_down_only(
    open_page: OpenPage, kept: str, words: str, theme: str
) -> None:
    page = visit(open_page(theme=theme), kept + words)
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    found = [
        each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")
    ]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, kept + words)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_slider_by_keyboard_writes_field_and_address_and_figures_follow(
    open_page: OpenPage, kept: str
) -> None:
    page = visit(open_page(), kept)
    before = page.locator("#adjust-figures tbody tr").nth(1).inner_text()
    slider = page.get_by_label("Tau of the prior, slider")
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(f"{kept}?tau=1")
    expect(page.locator("#adjust-tau")).to_have_value("1")
    expect(page.locator("#adjust-done")).to_contain_text("softmax(z − 1 log π)")
    expect(page.locator("#adjust-figures tbody tr").nth(1)).not_to_have_text(before)
    becomes_true(page, "document.activeElement.id === 'slide-tau'")
    page.locator("#adjust-tau").fill("2")
    expect(page).to_have_url(f"{kept}?tau=2")
    expect(slider).to_have_value("2")
    shown = "document.querySelector('#plot-adjusted-tau .plot-box').layout.shapes"
    becomes_true(page, f"{shown}.some(shape => shape.x0 === 2)")


def test_what_is_typed_wrong_leaves_the_answer_and_is_told_without_scripts(
    open_page: OpenPage, kept: str
) -> None:
    page = open_page(scripts=False)
    page.goto(kept)
    page.get_by_label("Tau of the prior", exact=True).fill("validation")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"tau=validation"))
    expect(page.locator("#adjust-done")).to_contain_text("chosen on validation")
    page.get_by_label("Test prior").fill("1,2")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("has 2 numbers; this run has 3 classes")


def test_figures_that_do_not_follow_the_controls_say_so_until_they_do(browser: Browser, kept: str) -> None:
    """In a page of its own: its console tells of what was refused, and of the server that was away."""
    context = browser.new_context()
    page = visit(context.new_page(), kept)
    unmoved, done = page.locator("#adjust .unmoved"), page.locator("#adjust-done")
    page.locator("#adjust-tau").fill("9")
    expect(unmoved).to_contain_text(
        "The figures are those of before. The adjustment was refused. tau must be 0 to 4"
    )
    expect(done).to_contain_text("softmax(z)")
    page.route("**/adjust?tau=1", lambda route: route.abort("connectionrefused"), times=2)
    page.locator("#adjust-tau").fill("1")
    expect(unmoved).to_contain_text("The server does not answer")
    expect(done).to_contain_text("softmax(z − 1 log π)")  # with nobody's help, once it answers
    expect(unmoved).to_have_count(0)
    context.close()


def test_into_compare_and_out_again(open_page: OpenPage, kept: str) -> None:
    page = visit(open_page(), f"{kept}?tau=validation")
    page.get_by_role("link", name="Put into Compare").click()
    head = page.locator("#compare-table tbody th[scope=row]")
    expect(head).to_have_count(2)
    expect(head.nth(1)).to_contain_text("CE + tau by validation")
    expect(head.nth(1)).to_contain_text("chosen on validation")
    expect(page.locator("#compare-verdicts")).to_contain_text("CE + tau by validation")
    page.wait_for_load_state()  # before its scripts have run, a form is sent by its button
    page.get_by_label("Cells").select_option("difference")
    expect(page).to_have_url(re.compile(r"adjusted=\d+(:|%3A)tau(=|%3D)validation.*mode=difference"))
    page.get_by_role("link", name="remove CE + tau by validation").click()
    expect(head).to_have_count(1)
