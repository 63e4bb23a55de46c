"""Class weights, focal loss and layers by hand: typed, filled from a run, used in a run, without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WEIGHTS, FOCAL, LAYERS = "/theory/class-balance", "/theory/focal", "/theory/layers"
TWO = f"{WEIGHTS}?counts=8000,400&betas=0.9,0.999&beta=0.999"


def drawn(page: Page) -> None:
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)


def heads(page: Page) -> list[str]:
    return page.locator("#weights-table tbody th").all_inner_texts()


def test_from_a_run_to_its_weights_and_back_into_a_run(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/{board.balanced}")
    page.get_by_role("link", name="explain these weights").click()
    expect(page.locator("#f-beta")).to_have_value("0.99")
    expect(page.locator("#weights-table thead .tail-name").first).to_have_text("disc")
    page.get_by_role("link", name="Use beta 0.99 in a run").click()
    expect(page.locator("[name='loss.weighting']")).to_have_value("class_balanced")
    expect(page.locator("[name='loss.beta']")).to_have_value("0.99")
    expect(page.locator("#preview-pictures .weight-line")).to_be_visible()


def test_betas_are_swept_from_the_page(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + TWO)
    page.get_by_role("link", name="Sweep these betas").click()
    expect(page.locator(".sweep-size")).to_have_text("3 settings = 3 runs")


def test_table_figures_and_advice_follow_what_is_typed(open_page: OpenPage, board: Board) -> None:
    page = open_page(height=2400)
    page.goto(board.url + TWO)
    drawn(page)
    page.evaluate("window.kept = true")
    page.locator("#f-betas").fill("0.9, 0.999, 1")
    expect(page.locator("#weights-table tbody tr")).to_have_count(3)
    expect(page.locator(".advice li").last).to_contain_text("inverse frequency")
    expect(page).to_have_url(re.compile("betas=0.9%2C\\+0.999%2C\\+1"))
    expect(page.locator("#plot-loss-shares .plot-box")).to_have_js_property("data.length", 5)
    page.locator("#f-counts").fill("8000, 0")
    expect(page.locator("#f-counts-about")).to_contain_text("at least one")
    expect(page.locator("#f-counts")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#answer")).to_have_class(re.compile("stale"))
    note = "getComputedStyle(document.getElementById('answer'), '::before').content"
    assert "last valid input" in page.evaluate(note)
    expect(page.locator("#weights-table tbody tr")).to_have_count(3)
    page.locator("#f-counts").fill("8000, 40")
    expect(page.locator("#answer")).not_to_have_class(re.compile("stale"))
    expect(page.locator("#weights-table .tail-count").last).to_have_text("40")
    assert page.evaluate("window.kept")


def test_an_answer_is_marked_while_it_is_typed(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + TWO)
    page.locator("#f-answer").fill("1\t1")
    expect(page.locator(".verdict strong")).to_have_text("✗ 2 entries are wrong.")
    expect(page.locator("#weights-table .cell-wrong")).to_have_count(2)
    expect(page.locator("#verdict-line")).to_contain_text("✗ 2 entries are wrong")
    expect(page.locator("#verdict-line")).to_be_in_viewport()
    page.locator("#f-answer").fill("0.4962\t1.5038")
    expect(page.locator(".verdict strong")).to_have_text("✓ Right.")
    expect(page.locator("#verdict-line")).to_have_text("✓ Right")


def test_a_run_is_filled_in_when_asked_not_while_its_number_is_typed(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page()
    page.goto(board.url + TWO)
    page.locator("#f-run").fill(str(board.balanced))
    page.wait_for_timeout(600)
    assert "run=" not in page.url
    page.locator("#f-betas").fill("0.9")
    expect(page.locator("#weights-table tbody tr")).to_have_count(2)
    page.locator("#f-betas").press("Enter")
    page.wait_for_timeout(300)
    expect(page.locator("#f-counts")).to_have_value("8000,400")
    page.locator("#f-run").press("Enter")
    expect(page.locator("#f-names")).to_have_value(re.compile("^disc\n"))
    expect(page.locator("#f-run")).to_have_value("")
    page.locator("#f-dataset").fill("shapes10")
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("#weights-table thead .tail-name")).to_have_count(10)


def test_a_number_that_is_no_run_is_refused_at_its_field(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + TWO)
    page.locator("#f-run").fill("seven")
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("#f-run-about")).to_contain_text("must be the number of a run")
    expect(page.locator("#f-run")).to_have_value("seven")


def test_a_field_lights_up_its_part(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + TWO)
    page.locator("#f-beta").focus()
    expect(page.locator("#weights-table .lit-part")).to_have_count(1)
    expect(page.locator("#weights-table .lit-part th")).to_have_text("0.999")


def test_gammas_are_typed_and_used(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(board.url + FOCAL)
    page.locator("#f-gamma").fill("2")
    page.get_by_role("link", name="Use gamma 2 in a run").click()
    expect(page.locator("[name='loss.name']")).to_have_value("focal")
    expect(page.locator("[name='loss.gamma']")).to_have_value("2")


def test_a_stack_is_typed_and_its_steps_stay_open(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}{LAYERS}?input=1,9,9&layers=conv+2+k3%0Apool+k2")
    page.locator("#layer-2 summary").click()
    expect(page.locator("#layer-2 ol")).to_be_visible()
    expect(page.locator(".has-unread")).to_have_count(1)
    page.locator("#f-layers").fill("conv 2 k4\npool k2\nrelu")
    expect(page.locator("#layers-table tbody tr")).to_have_count(4)
    expect(page.locator(".has-unread")).to_have_count(0)
    expect(page.locator("#layer-2 ol")).to_be_visible()
    page.get_by_role("link", name="A", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Convolution as a matrix")
    expect(page.locator("#f-kernel_height")).to_have_value("4")


def test_a_run_leads_to_its_layers(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/{board.plain}")
    page.get_by_role("link", name="layers of this network").click()
    expect(page.locator("#f-layers")).to_have_value(re.compile("^conv 8 k3 p1 nobias\nbatch_norm"))
    expect(page.locator("#answer")).to_contain_text("41,746")


def test_without_script_the_form_is_sent_and_filled(open_page: OpenPage, board: Board) -> None:
    page = open_page(scripts=False)
    page.goto(board.url + TWO)
    page.locator("#f-betas").fill("0.5")
    page.get_by_role("button", name="Work it out").click()
    assert [head.split()[0] for head in heads(page)] == ["0.5", "0.999"]
    page.locator("#f-run").fill(str(board.balanced))
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("#f-names")).to_have_value(re.compile("^disc\n"))
    expect(page.locator(".plot-data summary").first).to_be_visible()


@pytest.mark.parametrize("path", [WEIGHTS, FOCAL, LAYERS, "/theory"])
def test_on_paper_nothing_runs_out_of_an_a4_page(open_page: OpenPage, board: Board, path: str) -> None:
    page = open_page(width=688, height=970)
    page.goto(board.url + path)
    drawn(page)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.getAttribute('aria-label'))"
    assert page.locator(".scroll:visible").evaluate_all(wide) == []
