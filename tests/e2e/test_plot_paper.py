"""Plots on the way to a paper: saved in light at a size, read at one epoch, zoomed together."""

import re
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from app.figures.theme import DARK
from tests.e2e.conftest import OpenPage, becomes_true
from tests.e2e.seeded import seeded_board
from tests.e2e.seeded_finished import seed_finished

pytestmark = [pytest.mark.slow, pytest.mark.browser]

MILLIMETRES_A_POINT = 25.4 / 72
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def compared() -> Iterator[str]:
    """Address of four settings of five seeds."""
    with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder), seed_finished) as (url, ids):
        yield f"{url}/compare?sweep={ids['beta']}"


def visit(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)
    return page


def saved(page: Page, name: str, size: str, kind: str, dpi: str = "300") -> bytes:
    """What the dialog of a plot gives for these choices."""
    page.locator(f"#plot-{name}").get_by_role("button", name="Image").click()
    dialog = page.locator("dialog.save-plot")
    dialog.get_by_role("radio", name=size).check()
    dialog.get_by_role("radio", name=kind).check()
    if kind == "PNG":
        dialog.get_by_label("Resolution").select_option(dpi)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_be_hidden()
    return Path(download.value.path()).read_bytes()


def sizes(root: ElementTree.Element, scale: float) -> list[float]:
    """Points of every text in the picture, `scale` millimetres a unit."""
    styles = [text.get("style", "") for text in root.iter(f"{SVG}text") if "".join(text.itertext()).strip()]
    pixels = [float(found[1]) for style in styles if (found := re.search(r"font-size: ([\d.]+)px", style))]
    return [scale * size / MILLIMETRES_A_POINT for size in pixels]


TITLES = {
    "compare-curves": ("Accuracy over training", "n = 5"),
    "compare-tradeoff": ("Head against tail", "n = 5"),
    "compare-heat": ("Recall by setting and class", "n = 5"),
    "compare-confusion": ("Confusion", "percentage points"),
}


def test_a_column_is_85_mm_light_and_readable_whatever_the_screen(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(theme="dark"), compared)
    for name, words in TITLES.items():
        root = ElementTree.fromstring(saved(page, name, "Column, 85 mm", "SVG"))
        wide, high = (float((root.get(side) or "").removesuffix("mm")) for side in ("width", "height"))
        *_, across, up = [float(number) for number in (root.get("viewBox") or "").split()]
        assert wide == pytest.approx(85, abs=0.01)
        assert high == pytest.approx(wide * up / across, rel=1e-3)
        assert min(sizes(root, wide / across)) >= 6
        assert "fill: rgb(255, 255, 255)" in (next(root.iter(f"{SVG}rect")).get("style") or "")
        red, green, blue = (int(DARK.ink[at : at + 2], 16) for at in (1, 3, 5))
        assert f"rgb({red}, {green}, {blue})" not in ElementTree.tostring(root, "unicode")
        said = " ".join("".join(element.itertext()) for element in root.iter(f"{SVG}text"))
        assert [word for word in words if word not in said] == []


def test_a_slide_is_16_to_9_at_the_chosen_resolution_and_the_choice_is_remembered(
    open_page: OpenPage, compared: str
) -> None:
    page = visit(open_page(theme="dark"), compared)
    image = Image.open(BytesIO(saved(page, "compare-curves", "Slide, 16:9", "PNG", "150")))
    assert image.size == (2000, 1125)
    assert image.info["dpi"] == pytest.approx((150, 150), abs=0.05)
    assert image.convert("RGB").getpixel((3, 3)) == (255, 255, 255)
    page.locator("#plot-compare-heat").get_by_role("button", name="Image").click()
    dialog = page.locator("dialog.save-plot")
    expect(dialog.get_by_role("radio", name="Slide, 16:9")).to_be_checked()
    expect(dialog.get_by_label("Resolution")).to_have_value("150")
    expect(dialog.get_by_role("status")).to_contain_text("2000 × 1125 pixels")
    found = [
        one for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")
    ]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_one_epoch_reads_all_settings(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    figure = page.locator("#plot-compare-curves")
    figure.scroll_into_view_if_needed()
    labels = page.locator("#compare-table tbody tr th .setting > span > span:first-child").all_inner_texts()
    area = figure.locator(".nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] * 0.53, area["y"] + area["height"] * 0.5)
    said = figure.locator(".hoverlayer")
    expect(said).to_contain_text("epoch 2")
    for label in labels:
        expect(said).to_contain_text(f"{label}: ")
    expect(said).to_contain_text(re.compile(r"\d %, n = 5, SD \d"))
    expect(page.locator("#compare-table tr.lit")).to_have_count(1)


def test_panels_of_one_axis_zoom_together(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(), compared)
    heat, recall = (page.locator(f"#plot-compare-{name} .plot-box") for name in ("heat", "recall"))
    other = page.locator("#plot-compare-curves .plot-box")
    before = other.evaluate("box => box.layout.xaxis.range")
    recall.evaluate("box => window.Plotly.relayout(box, { 'xaxis.range': [5.5, 9.5] })")
    becomes_true(page, "document.querySelector('#plot-compare-heat .plot-box').layout.xaxis.range[0] === 5.5")
    assert heat.evaluate("box => box.layout.xaxis.range") == [5.5, 9.5]
    assert other.evaluate("box => box.layout.xaxis.range") == before
    page.locator("#plot-compare-recall").get_by_role("button", name="Reset").click()
    becomes_true(page, "document.querySelector('#plot-compare-heat .plot-box').layout.xaxis.range[0] < 0")
    home = heat.evaluate("box => box.home['xaxis.range']")
    assert heat.evaluate("box => box.layout.xaxis.range") == home


def test_cells_of_a_phone_are_whole_and_large_enough(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(width=390, height=844), compared)
    cells = page.locator("#plot-compare-heat .heatmap-label text, #plot-compare-heat .hm text")
    texts = cells.all_text_contents()
    assert len(texts) == 40
    assert all(re.fullmatch(r"\d+", text) for text in texts)
    assert cells.first.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") >= 10
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_table_is_copied_as_the_file_has_it(open_page: OpenPage, compared: str) -> None:
    page = visit(open_page(own=True, permissions=["clipboard-read", "clipboard-write"]), compared)
    page.get_by_role("button", name="copy the table as LaTeX").click()
    expect(page.locator("#compare-exports")).to_contain_text("Copied")
    address = page.get_by_role("link", name="LaTeX", exact=True).evaluate("link => link.href")
    wanted = page.request.get(address).text()
    assert wanted.count(r"\caption{") == 1
    assert page.evaluate("navigator.clipboard.readText()") == wanted


def test_what_stands_beside_each_other_stands_on_one_line(open_page: OpenPage, compared: str) -> None:
    """Plots do; one beside a table does not wait for the table's end."""
    page = visit(open_page(), compared)
    places = "all => all.map((it) => it.getBoundingClientRect().top)"
    tops = page.locator(".pair > .plot .plot-data").evaluate_all(places)
    assert len(tops) >= 6
    for left, right in zip(tops[::2], tops[1::2], strict=False):
        assert left == pytest.approx(right, abs=1)
    visit(page, page.locator(".runs-of a").first.evaluate("link => link.href"))
    confusion = page.locator("#plot-confusion")
    heading, plot = (confusion.locator(part).bounding_box() for part in ("figcaption", ".plot-box"))
    assert heading is not None
    assert plot is not None
    assert plot["y"] - heading["y"] - heading["height"] < 20
