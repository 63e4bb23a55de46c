"""Every page, both themes, two widths: no complaints, nothing runs out sideways, axe is content."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NASTY, Board, OpenPage, becomes_true

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DARK_INK = "#e6e9ec"
PAGES = {
    "runs": "/",
    "filtered": "/runs?q=nothing",
    "unreadable": "/runs?q=accuracy+%3E+0.6+and+plain",
    "folded": "/runs?open={sweep}",
    "beside": "/runs?show={balanced}",
    "columns": "/runs?group=none&columns=state,differs,loss,beta,rate,seed,accuracy,head,tail,dataset,worker",
    "by setting": "/runs?group=setting",
    "by sweep": "/runs?group=sweep",
    "queue": "/queue",
    "sweeps": "/sweeps",
    "sweep": "/sweeps/{sweep}",
    "new": "/runs/new",
    "clone": "/runs/new?clone={balanced}",
    "run": "/runs/{balanced}",
    "dataset order": "/runs/{plain}?order=dataset",
    "diverged": "/runs/{diverged}",
    "nasty": "/runs/{nasty}",
    "adjust": "/runs/{balanced}/adjust?tau=1",
    "predict": "/runs/{balanced}/predict",
    "images": "/runs/{balanced}/images?image=5",
    "typical images": "/runs/{balanced}/images?show=typical",
    "compared images": "/compare/images?runs={plain},{balanced}&image=5",
    "compared class": "/compare/images?runs={plain},{balanced}&true=ring&predicted=disc&of=a",
    "images always wrong": "/compare/images?runs={plain},{balanced}&show=hard",
    "seeds": "/compare/images?runs={plain},{balanced}&show=seeds",
    "compare": "/compare?runs={plain},{balanced},{nasty},{diverged}",
    "effects": "/compare/effects?sweep={sweep}&by=loss.name",
    "choose": "/compare",
    "datasets": "/datasets",
    "dataset": "/datasets/shapes10?split=test&class=ring",
    "dataset elsewhere": "/datasets/cifar10",
    "published": "/published",
    "imported": "/imported",
    "theory": "/theory",
    "docs": "/docs",
    "docs, tables": "/docs/configuration",
    "docs, code": "/docs/add-a-page",
    "weights": "/theory/class-balance?run={balanced}",
    "wrong weights": "/theory/class-balance?betas=0.9,1.5",
    "focal": "/theory/focal?gamma=1&answer=1,0.35,2.07",
    "layers": "/theory/layers?input=3,33,33",
    "system": "/system",
    "tokens": "/tokens",
    "worker": "/workers/{worker}",
    "convolution": "/theory/conv-matrix?height=1&width=2&stride=1&padding=1&answer=w11+w12;w10+0",
    "large convolution": "/theory/conv-matrix?height=28&width=28&stride=1&padding=1",
    "ReLU network": "/theory/relu-network?points=0,2&answer_w=6&answer_b=1",
    "dead units": "/theory/dead-relu?runs={plain},{balanced},{diverged}",
    "no dead units": "/theory/dead-relu",
    "ReLU regions": "/theory/relu-network?weights=1 0;0 1|1 -1&biases=0 0|0&points=1 2;0 0&unit=1.2",
}


def visit(page: Page, board: Board, path: str) -> None:
    page.goto(board.url + path.format_map(vars(board)))
    page.evaluate("document.querySelectorAll('.folded').forEach((fold) => (fold.open = true))")
    expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)


def complaints_of_axe(page: Page) -> list[str]:
    """What axe finds grave, each with the theme and the beginning of the element."""
    theme = page.evaluate("document.documentElement.dataset.theme ?? 'light'")
    return [
        f"{theme}: {each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]


def drawn_in(page: Page, ink: str) -> None:
    """Wait until the plots near the window have this ink; those out of sight wait until they are near."""
    boxes = "[...document.querySelectorAll('.plot-box')].filter(box => box.near)"
    becomes_true(page, f"{boxes}.every(box => box.layout?.font.color === {json.dumps(ink)})")


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_serious_and_a_phone_scrolls_down_only(
    open_page: OpenPage, board: Board, path: str
) -> None:
    """In light, in dark by the button, and loaded once more as narrow as a phone."""
    page = open_page()
    visit(page, board, path)
    page.locator("details:not(.edit, .delete)").evaluate_all("all => all.forEach(one => { one.open = true })")
    found = complaints_of_axe(page)
    page.get_by_role("button", name="Switch between light and dark").click()
    drawn_in(page, DARK_INK)
    found += complaints_of_axe(page)
    assert found == []
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, board, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


HEIGHTS = (
    "Object.fromEntries([...document.querySelectorAll('figure.plot')].map(it => [it.id, it.offsetHeight]))"
)


@pytest.mark.parametrize("width", [390, 1100, 1440])
@pytest.mark.parametrize(
    "name", ["run", "compare", "effects", "adjust", "weights", "dead units", "ReLU network"]
)
def test_a_figure_that_comes_moves_nothing(open_page: OpenPage, board: Board, name: str, width: int) -> None:
    """Whoever is about to click below it hits what they aimed at."""
    page = open_page(width=width)
    page.route("**/*theme=*", lambda route: None)
    page.goto(board.url + PAGES[name].format_map(vars(board)))
    kept = page.evaluate(HEIGHTS)
    assert page.locator(".plot-box.drawn").count() == 0
    page.unroute_all(behavior="ignoreErrors")
    visit(page, board, PAGES[name])
    assert page.evaluate(HEIGHTS) == kept


@pytest.mark.parametrize("width", [861, 961, 1141, 1281])
def test_the_top_bar_has_room_for_a_long_queue(open_page: OpenPage, board: Board, width: int) -> None:
    page = open_page(width=width)
    visit(page, board, "/docs")
    for look, words in (("long", "12 running, 140 queued"), ("short", "12 run, 140 wait")):
        page.locator(f"#queue .{look}").first.evaluate("(span, words) => { span.textContent = words }", words)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_a_long_name_of_what_takes_room_is_broken(open_page: OpenPage, board: Board) -> None:
    page = open_page(width=390)
    visit(page, board, "/system")
    row = page.locator("table.facts", has_text="What takes room").locator("tr").first
    long = "Files and folders that are being written, or were left half"
    row.locator("th").evaluate("(head, long) => { head.textContent = long }", long)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert row.locator("td").evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"


def test_untrusted_text_is_text(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    visit(page, board, "/runs/{nasty}")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(re.escape(NASTY)))
    assert page.locator("img").count() == 0
    visit(page, board, "/compare")
    expect(page.get_by_text(NASTY).first).to_be_visible()
    assert page.locator("img").count() == 0


def test_theme_is_remembered_and_plots_follow(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    visit(page, board, "/runs/{plain}")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("#plot-accuracy .plot-box")).to_have_js_property("layout.font.color", DARK_INK)
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
