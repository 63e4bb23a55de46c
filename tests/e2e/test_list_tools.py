"""The list of runs in a browser: a run beside it, what was done taken back, views and columns by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.runs.endings import of_lease
from app.runs.ingest import end
from app.runs.queue import claim
from app.runs.retries import Retries
from app.store.clock import ahead
from app.store.runs import get_run
from tests.conftest import Seed
from tests.e2e.conftest import OpenPage
from tests.e2e.seeded import seeded_board

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FOCAL = {"name": "focal", "weighting": "class_balanced", "beta": 0.9975}


def fill(seed: Seed) -> dict[str, int]:
    """Two settings over two seeds, and a run whose next attempt is fifty minutes away."""
    made = {}
    for name, loss in (("plain", {"name": "cross_entropy"}), ("focal", FOCAL)):
        for number in range(2):
            made[f"{name} {number}"] = seed(name=f"{name} {number}", config={"loss": loss, "seed": number})
    made["lost"] = seed("queued", name="lost")
    with seed.db.write() as session:
        claimed = claim(session, "gone", lease_seconds=3600)
        assert claimed is not None
        lost = get_run(session, made["lost"])
        end(session, lost, of_lease(None), Retries())
        lost.not_before = ahead(3000)
    return made


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    with seeded_board(tmp_path_factory.mktemp("tools"), fill) as board:
        yield board


def at(page: Page, listed: tuple[str, dict[str, int]], address: str = "") -> Page:
    page.goto(f"{listed[0]}/runs{address}")
    page.evaluate("window.stayed = true")
    return page


def stayed(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


def test_a_run_comes_beside_the_list_and_goes_by_keyboard(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = at(open_page(), listed, "?sort=name")
    focal, other = listed[1]["focal 0"], listed[1]["focal 1"]
    page.keyboard.press("j")
    page.keyboard.press("s")
    beside = page.locator("#beside")
    expect(beside.get_by_role("heading", level=2)).to_contain_text("focal 0")
    expect(page).to_have_url(re.compile(rf"\?sort=name&show={focal}$"))
    expect(beside.locator(".plot-box.drawn")).to_have_count(2, timeout=60_000)
    expect(page.locator(f"#run-{focal}")).to_have_class(re.compile("is-beside"))
    page.locator(f"#run-{focal} .run-name").focus()
    page.keyboard.press("j")
    expect(beside.get_by_role("heading", level=2)).to_contain_text("focal 1")
    expect(page).to_have_url(re.compile(rf"show={other}$"))
    page.keyboard.press("Escape")
    expect(beside).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?sort=name$"))
    expect(page.locator(f"#run-{other} .peek")).to_be_focused()
    page.go_back()
    expect(beside.get_by_role("heading", level=2)).to_contain_text("focal 1")
    assert stayed(page)


def test_the_address_alone_shows_it_without_scripts(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page(scripts=False)
    page.goto(f"{listed[0]}/runs?sort=name")
    page.locator(f"#run-{listed[1]['focal 0']} .peek").click()
    expect(page.locator("#beside")).to_contain_text("focal 0")
    page.locator("#beside").get_by_role("link", name="Close").click()
    expect(page.locator("#beside")).to_have_count(0)


def test_what_was_done_is_taken_back(open_page: OpenPage, listed: tuple[str, dict[str, int]]) -> None:
    page = at(open_page(), listed, "?group=none")
    run = listed[1]["plain 0"]
    line = page.locator(f"#run-{run}")
    line.get_by_role("checkbox").check()
    page.locator("#bulk").get_by_role("button", name="Archive").click()
    expect(line).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(line).to_have_count(1)
    expect(page.locator("#bulk-said")).to_contain_text("Undone: 1 of 1 run.")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    assert stayed(page)


def test_what_deleting_frees_is_told_before(open_page: OpenPage, listed: tuple[str, dict[str, int]]) -> None:
    page = at(open_page(), listed, "?group=none")
    page.locator(f"#run-{listed[1]['plain 1']}").get_by_role("checkbox").check()
    page.locator("#bulk-delete summary").click()
    expect(page.locator("#bulk-room")).to_have_text(re.compile(r", which frees [\d.]+ kB of the disk"))


def test_columns_and_views_by_keyboard(open_page: OpenPage, listed: tuple[str, dict[str, int]]) -> None:
    page = at(open_page(), listed, "?group=none")
    columns = page.locator("details.menu").first
    columns.locator("summary").press("Enter")
    columns.get_by_label("Beta").press("Space")
    columns.get_by_label("By epoch").press("Space")
    columns.get_by_role("button", name="Show these").press("Enter")
    heads = page.locator("#runs-table thead")
    expect(heads).to_contain_text("Beta")
    expect(heads).not_to_contain_text("By epoch")
    heads.get_by_role("link", name="Beta").press("Enter")
    first = page.locator("#rows tr").first
    expect(first).to_contain_text("0.9975")
    views = page.locator("details.menu").last
    views.locator("summary").first.press("Enter")
    views.get_by_label("Name of this view").fill("By beta")
    views.get_by_label("Name of this view").press("Enter")
    views.locator("summary").first.press("Enter")
    link = views.get_by_role("link", name="By beta")
    expect(link).to_have_attribute("href", re.compile("sort=-beta"))
    page.keyboard.press("Escape")
    page.goto(f"{listed[0]}/runs")
    views.locator("summary").first.press("Enter")
    link.press("Enter")
    expect(first).to_contain_text("0.9975")
    views.locator("summary").first.press("Enter")
    views.get_by_label("Rename or delete the view By beta").press("Enter")
    views.get_by_role("button", name="Delete").press("Enter")
    views.locator("summary").first.press("Enter")
    expect(link).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 1100])
def test_no_chip_is_cut_within_its_value(
    open_page: OpenPage, listed: tuple[str, dict[str, int]], width: int
) -> None:
    """A chip is within its cell, or on the line below that is not shown."""
    page = at(open_page(width=width), listed, f"?group=none&show={listed[1]['focal 0']}")
    cut = page.locator("[data-row] .c-chips .chips").evaluate_all(
        """boxes => boxes.flatMap(box => {
          const room = box.getBoundingClientRect();
          return [...box.querySelectorAll(".chip")].filter(chip => {
            const at = chip.getBoundingClientRect();
            const isCut = at.right > room.right + 1 || chip.scrollWidth > chip.clientWidth + 1;
            return at.top < room.bottom - 2 && isCut;
          }).map(chip => chip.textContent);
        })"""
    )
    assert cut == []
    first = page.locator(f"#run-{listed[1]['focal 0']} .chip").first
    expect(first).to_have_text("CB-Focal 0.9975")
    expect(first).to_be_visible()


def test_a_pending_retry_counts_down_and_is_tried_at_once(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page()
    page.goto(f"{listed[0]}/runs/{listed[1]['lost']}")
    said = page.locator("#strip [data-until]")
    expect(said).to_have_text(re.compile(r"Tries again in \d\d min( \d+ s)? \(attempt 2 of 3\)\."))
    before = said.text_content()
    expect(said).not_to_have_text(str(before))
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator("#strip")).to_contain_text("Number 1 in the queue.")


def test_on_a_phone_menus_open_within_the_page(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = at(open_page(width=390), listed)
    for word in ("Columns", "Views"):
        page.locator(".menu > summary", has_text=word).click()
        expect(page.locator(".menu[open] > .menu-box")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.keyboard.press("Escape")


WIDE = "?group=none&columns=state,differs,loss,beta,rate,seed,accuracy,head,tail,dataset,worker"


def test_on_a_phone_a_list_of_many_columns_is_shown_whole(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = at(open_page(width=390, height=844), listed, WIDE)
    box = page.locator(".scroll:has(.runs)")
    assert box.evaluate("box => box.scrollHeight - box.clientHeight") == 0
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(5)
    under = page.locator(".pages").first.bounding_box()
    last = rows.last.bounding_box()
    assert under is not None
    assert last is not None
    assert last["y"] + last["height"] <= under["y"]


@pytest.mark.parametrize("width", [1440, 1100])
def test_beside_many_columns_every_difference_has_its_place(
    open_page: OpenPage, listed: tuple[str, dict[str, int]], width: int
) -> None:
    """The second line of chips is hidden, so nothing may need one."""
    page = at(open_page(width=width), listed, WIDE)
    hidden = "all => all.map(chips => chips.scrollHeight - chips.clientHeight)"
    assert max(page.locator(".runs .c-chips .chips").evaluate_all(hidden)) < 10, "a line is 17 px high"
