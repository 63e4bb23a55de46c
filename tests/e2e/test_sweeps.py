"""A sweep in a browser: typed as several values, launched, watched cell by cell, canceled, folded."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.client import Client
from tests.e2e.conftest import TINY, Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def type_a_sweep(page: Page, board: Board, epochs: int) -> None:
    """Two betas of class-balanced focal loss by two seeds, with cross-entropy riding along."""
    page.goto(f"{board.url}/runs/new?model.width={TINY['model']['width']}")
    page.get_by_label("set by hand").check()
    page.select_option("[name='loss.name']", "focal")
    page.select_option("[name='loss.weighting']", "class_balanced")
    for group in ("data", "optim"):
        page.locator(f"#group-{group} > summary").click()
    for path, text in (("loss.beta", "0.8, N=20"), ("seed", "1..2"), ("optim.epochs", str(epochs)),
                       ("optim.milestones", ""), ("data.imbalance_ratio", "4"),
                       ("data.max_train_per_class", "20")):  # fmt: skip
        page.fill(f"[name='{path}']", text)
    expect(page.locator("#m-cross_entropy input")).to_be_checked()


def test_form_to_grid_to_finished_cells(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    type_a_sweep(page, board, epochs=3)
    expect(page.locator(".sweep-size")).to_have_text("3 settings × 2 seeds = 6 runs")
    page.locator("#group-name > summary").click()
    page.fill("[name='name']", "typed in a browser")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page).to_have_url(re.compile(r"/sweeps/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("typed in a browser")
    expect(page.locator("#cells tr")).to_have_count(3)
    page.evaluate("window.stillTheSamePage = true")
    expect(page.locator(".cell-queued").first).to_be_visible()
    expect(page.locator(".cell-running").first).to_be_visible(timeout=60_000)
    expect(page.locator(".cell-completed").first).to_be_visible(timeout=60_000)
    expect(page.locator("#strip")).to_contain_text("6 of 6 done", timeout=180_000)
    expect(page.locator(".cell-completed")).to_have_count(6)
    assert page.evaluate("window.stillTheSamePage") is True
    expect(page.get_by_role("button", name=re.compile("Retry|Cancel"))).to_have_count(0)
    page.locator(".cell-completed a").last.click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    page.get_by_role("link", name="Change one thing").click()
    expect(page.locator("[name='loss.beta']")).to_be_focused()
    expect(page.locator("[name='loss.beta']")).to_have_value("0.95")


def test_cancel_the_rest(open_page: OpenPage, board: Board) -> None:
    long = {**TINY, "optim": {"epochs": 2000, "milestones": []}}
    with Client(board.url) as client:
        sweep = client.launch_sweep(long, {"seed": [11, 12, 13]}, name="too long")
    page = open_page()
    page.goto(f"{board.url}/sweeps/{sweep.id}")
    expect(page.locator(".cell-running")).to_have_count(1, timeout=60_000)
    expect(page.get_by_role("button", name="Cancel the rest")).to_be_hidden()
    page.get_by_text("Cancel the rest…").click()
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator(".cell-canceled")).to_have_count(3, timeout=60_000)
    expect(page.get_by_role("button", name="Retry stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the rest")).to_have_count(0)


def test_several_choices_without_javascript(open_page: OpenPage, board: Board) -> None:
    page = open_page(scripts=False)
    page.goto(f"{board.url}/runs/new?vary=loss.name")
    page.get_by_label("also focal").check()
    page.locator("#m-mixup input").check()
    page.fill("[name='seed']", "0..2")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".sweep-size")).to_have_text("3 settings × 3 seeds = 9 runs")
    expect(page.get_by_label("also focal")).to_be_checked()
    page.fill("[name='method.mixup.mixing.alpha']", "0.2, 1")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".sweep-size")).to_have_text("4 settings × 3 seeds = 12 runs")
    expect(page.locator("[name='seed']")).to_have_value("0..2")
    page.fill("[name='seed']", "2..0")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.locator("#f-seed-field .problem")).to_contain_text("0..2")
    expect(page.locator("[name='seed']")).to_have_value("2..0")


def test_a_folded_sweep_opens_and_its_runs_are_ticked_by_keys(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs")
    page.get_by_role("link", name=f"Show the runs of sweep {board.sweep}", exact=True).click()
    children = page.locator("[data-row].child")
    expect(children).to_have_count(6)
    page.wait_for_load_state()  # keys are wired by modules, which may come after the rows
    children.first.locator(".run-name").focus()
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#bulk-count")).to_have_text("2 runs ticked")
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/compare\?runs=\d+,\d+$"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_form_of_several_values(
    open_page: OpenPage, board: Board, theme: str
) -> None:
    page = open_page(theme=theme)
    type_a_sweep(page, board, epochs=2)
    expect(page.locator(".sweep-size")).to_be_visible()
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_a_form_of_several_values_fits_a_phone(open_page: OpenPage, board: Board) -> None:
    page = open_page(width=390, height=844)
    type_a_sweep(page, board, epochs=2)
    expect(page.locator(".sweep-size")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
