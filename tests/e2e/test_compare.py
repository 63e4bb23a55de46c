"""The comparison in a browser: controls write the address, tables and plots follow, one setting lights up."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from app.client import Client
from tests.e2e.conftest import TINY, Board, OpenPage, becomes_true
from tests.e2e.seeded import seeded_board
from tests.e2e.seeded_finished import seed_finished

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SHEET = 680  # Pixels between the margins of A4, as in static/plot-paper.js.


@pytest.fixture(scope="module")
def made_up() -> Iterator[tuple[str, dict[str, int]]]:
    """Address and runs of a board of made-up runs."""
    with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder)) as (url, runs):
        yield url, dict(runs)


@pytest.fixture(scope="module")
def compared(made_up: tuple[str, dict[str, int]]) -> str:
    """Address of a comparison of eight settings."""
    url, runs = made_up
    return f"{url}/compare?runs={','.join(str(run) for run in list(runs.values())[:8])}"


def visit(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("words", ["", "&mode=difference&epoch=best&baseline=Focal"])
def test_axe_finds_nothing_serious(open_page: OpenPage, compared: str, words: str, theme: str) -> None:
    page = visit(open_page(theme=theme), compared + words)
    for details in page.locator("details").all():
        details.evaluate("element => element.open = true")
    found = [
        each for each in Axe().run(page).response["violations"] if each["impact"] in ("serious", "critical")
    ]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []


def test_untrusted_class_names_are_text(open_page: OpenPage, made_up: tuple[str, dict[str, int]]) -> None:
    url, runs = made_up
    page = visit(open_page(), f"{url}/compare?runs={runs['nasty']}")
    expect(page.locator("#compare-table thead")).to_contain_text("<i>disc</i>")
    expect(page.locator("#plot-compare-heat .xtick text").first).to_have_text("<i>disc</i>")


@pytest.mark.parametrize("width", [390, 1440])
def test_only_the_table_scrolls_sideways(open_page: OpenPage, compared: str, width: int) -> None:
    page = visit(open_page(width=width, height=844), compared)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator(".compare-scroll")
    assert box.evaluate("box => box.clientWidth") <= width
    if width == 390:
        assert box.evaluate("box => box.scrollWidth > box.clientWidth")


def test_a_change_is_written_into_the_address_and_followed_in_place(
    open_page: OpenPage, compared: str
) -> None:
    page = visit(open_page(), compared)
    page.evaluate("document.body.dataset.mine = 'kept'")
    page.locator("select[name='mode']").select_option("difference")
    expect(page).to_have_url(re.compile(r"[?&]mode=difference"))
    expect(page.locator("#compare-table td.more").first).to_be_visible()
    page.locator("select[name='metric']").select_option("loss")
    expect(page).to_have_url(re.compile(r"[?&]metric=loss"))
    expect(page.locator("#plot-compare-beta .plot-box")).to_have_js_property(
        "layout.yaxis.title.text", "test loss"
    )
    page.locator("select[name='baseline']").select_option("Focal")
    expect(page.locator(".is-baseline th")).to_contain_text("Focal")
    expect(page.locator("#plot-compare-heat-delta .plot-note")).to_contain_text("minus Focal")
    page.locator("select[name='metric']").select_option("accuracy")
    expect(page).not_to_have_url(re.compile("metric="))
    assert page.evaluate("document.body.dataset.mine") == "kept"
    page.go_back()
    expect(page.locator("select[name='metric']")).to_have_value("loss")


def test_a_control_that_is_changed_before_scripts_have_come_is_heeded(
    open_page: OpenPage, compared: str
) -> None:
    page, held = open_page(), list[Route]()
    page.route("**/static/compare.js*", lambda route: held.append(route))
    page.goto(compared, wait_until="commit")
    page.locator("select[name='metric']").select_option("loss")
    assert "metric=" not in page.url
    page.wait_for_timeout(200)
    for route in held:
        route.continue_()
    expect(page).to_have_url(re.compile("metric=loss"))
    expect(page.locator("select[name='metric']")).to_have_value("loss")


def test_columns_are_chosen_and_sorted_by_keyboard(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="Geo. mean").uncheck()
    expect(page.locator("#compare-table thead")).not_to_contain_text("Geo. mean")
    assert "columns=" in page.url
    tail = page.locator("#compare-table a.sort", has_text="Tail")
    tail.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=-tail"))
    expect(page.locator("#compare-table [aria-sort]")).to_have_attribute("aria-sort", "descending")
    expect(tail).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("sort=tail"))


def test_a_setting_under_the_pointer_lights_up_everywhere(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    row = page.locator("#compare-table tbody tr").nth(1)
    row.locator("th").hover()
    setting = row.get_attribute("data-setting")
    expect(page.locator(f".config-differences tr[data-setting='{setting}']")).to_have_class(re.compile("lit"))
    others = "box.data.filter((trace) => trace.legendgroup && trace.legendgroup !== setting)"
    faint = f"(box, setting) => {others}.every((trace) => trace.opacity < 1)"
    page.locator("#plot-compare-beta").scroll_into_view_if_needed()
    row.locator("th").hover()
    box = page.locator("#plot-compare-beta .plot-box")
    expect(box).to_have_class(re.compile("drawn"))
    assert box.evaluate(faint, setting)
    page.mouse.move(0, 0)
    expect(page.locator("tr.lit")).to_have_count(0)


def test_labels_follow_a_zoom_and_the_reset(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    figure = page.locator("#plot-compare-curves")
    figure.scroll_into_view_if_needed()
    area = figure.locator(".nsewdrag").first.bounding_box()
    labels = figure.locator(".annotation")
    lines = labels.count()
    assert area is not None
    assert lines == 8
    page.mouse.move(area["x"] + area["width"] * 0.3, area["y"] + area["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.6, area["y"] + area["height"] * 0.6, steps=4)
    page.mouse.up()
    shown = figure.locator(".plot-box").evaluate("box => box.layout.xaxis.range")
    assert shown[1] - shown[0] < 5
    becomes_true(page, "!document.querySelector('#plot-compare-curves .plot-box').isPlacing")
    assert labels.count() + figure.locator(".legendtext").count() > 0
    figure.get_by_role("button", name="Reset").click()
    expect(labels).to_have_count(lines)
    expect(figure.locator(".legendtext")).to_have_count(0)


def test_the_form_works_without_scripts(open_page: OpenPage, compared: str) -> None:
    page = open_page(scripts=False)
    page.goto(compared)
    page.locator("select[name='order']").select_option("dataset")
    page.get_by_role("button", name="Show").first.click()
    assert "order=dataset" in page.url
    expect(page.locator("#compare-table tbody tr")).to_have_count(8)


def test_an_observation_leads_to_its_figure(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    link = page.locator(".observations a").first
    link.click()
    target = page.locator((link.get_attribute("href") or "#") + ":target")
    expect(target).to_be_in_viewport()


def test_it_fits_on_paper(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(width=SHEET, height=1000), compared)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEET
    expect(page.locator("#table-controls")).to_be_hidden()


def test_every_part_fills_while_a_run_trains(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    with Client(board.url) as client:
        slow = {**TINY, "model": {"width": 32}}  # so that the page is there before its end
        asked = {**slow, "optim": {"epochs": 4, "milestones": []}, "loss": {"name": "focal"}, "seed": 77}
        run = client.launch(asked, "watched")
        page.goto(f"{board.url}/compare?runs={board.plain},{run.id}")
        expect(page.locator("#compare-table")).to_contain_text(re.compile("queued|running"))
        page.evaluate("document.body.dataset.mine = 'kept'")
        client.wait(run.id, timeout=180)
    row = page.locator("#compare-table tbody tr", has_text="Focal")
    expect(row.locator("td").nth(1)).to_have_text(re.compile(r"\d"), timeout=60_000)
    expect(page.locator("#compare-table")).not_to_contain_text("running")
    heat = page.locator("#plot-compare-heat .plot-box")
    expect(heat).to_have_js_property("data.0.z.length", 2, timeout=60_000)
    page.locator("#plot-compare-curves").scroll_into_view_if_needed()
    curves = page.locator("#plot-compare-curves .plot-box")
    expect(curves).to_have_js_property("data.1.x.length", 4, timeout=60_000)
    expect(page.locator("#plot-compare-curves tbody tr")).to_have_count(4)
    assert page.evaluate("document.body.dataset.mine") == "kept"


@pytest.fixture(scope="module")
def finished() -> Iterator[tuple[str, dict[str, int]]]:
    """Address of a board with two finished sweeps, "beta" and "square"."""
    with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder), seed_finished) as found:
        yield found


@pytest.mark.parametrize("sweep", ["beta", "square"])
def test_the_first_screen_holds_verdict_table_and_figure(
    open_page: OpenPage, finished: tuple[str, dict[str, int]], sweep: str
) -> None:
    url, ids = finished
    page = visit(open_page(width=1440, height=900), f"{url}/compare?sweep={ids[sweep]}")
    verdicts = page.locator("#compare-verdicts .verdict")
    expect(verdicts).to_have_count(4)
    places = [verdicts.last, page.locator(".first-figure .plot-box"), page.locator("#compare-limits")]
    if sweep == "beta":
        places.append(page.locator("#compare-table tbody tr").last)
    for place in places:
        box = place.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900
    for row in page.locator("#compare-table tbody tr").all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] <= 70
    expect(verdicts.first).to_contain_text("CB-Focal 0.999" if sweep == "beta" else "CB-CE 0.997, batch mean")


def test_cost_is_seen_before_the_click_without_a_pointer_and_the_page_comes_back(
    open_page: OpenPage, finished: tuple[str, dict[str, int]]
) -> None:
    url, ids = finished
    page = visit(open_page(width=390, height=844), f"{url}/compare?sweep={ids['beta']}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    step = page.locator("#compare-table .step").first
    expect(step).to_contain_text(re.compile(r"\+\d seeds?\s+~\d+ s"))
    control = page.get_by_role("button", name="Add the control", exact=True)
    expect(control.locator("xpath=..")).to_contain_text("10 runs × 3 epochs, about")
    before = page.locator("#compare-table tbody tr").count()
    control.click()
    expect(page).to_have_url(re.compile(rf"/compare\?sweep={ids['beta']}&added=10$"))
    expect(page.locator("#added")).to_contain_text("10 runs added to sweep")
    expect(page.get_by_role("button", name="Add the control", exact=True)).to_have_count(0)
    expect(page.locator("#compare-verdicts")).to_contain_text("The control: 10 runs are queued")
    expect(page.locator("#compare-table tbody tr.is-open")).to_have_count(2)
    assert page.locator("#compare-table tbody tr").count() == before + 2


def test_the_square_is_told_and_its_words_stand_in_the_address(
    open_page: OpenPage, finished: tuple[str, dict[str, int]]
) -> None:
    url, ids = finished
    page = visit(open_page(), f"{url}/compare?sweep={ids['square']}")
    cells = page.locator(".four").first.locator("td.number").all_inner_texts()
    table = page.locator("#compare-table tbody")
    labels = table.locator("th .setting > span > span:first-child").all_inner_texts()
    means = dict(zip(labels, table.locator("td:nth-of-type(2) .figure").all_inner_texts(), strict=True))
    plain, slow, mean_one, published = labels
    assert (plain.startswith("CE"), "mean one" in mean_one, "batch mean" in published) == (True, True, True)
    assert cells == [means[label] for label in (plain, slow, mean_one, published)]
    full, small, weighted, both = map(float, cells)
    told = page.locator(".effects").first.locator("td:nth-of-type(1)").all_inner_texts()
    effects = [float(text.replace("\N{MINUS SIGN}", "-")) for text in told]
    assert effects == pytest.approx(
        [(weighted + both - full - small) / 2, (small + both - full - weighted) / 2, both - full,
         both - weighted - small + full], abs=0.21,
    )  # fmt: skip
    page.get_by_text("How", exact=True).click()
    page.locator("select[name='pairing']").select_option("paired")
    expect(page).to_have_url(re.compile("pairing=paired"))
    page.locator("select[name='marks']").select_option("mean")
    expect(page.locator("#compare-marks")).to_contain_text("largest mean")
    expect(page).to_have_url(re.compile("marks=mean"))
