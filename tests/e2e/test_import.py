"""A folder given to the browser arrives, though the server ends half-way, is previewed and imported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.serving.installation import prepare
from app.settings import Settings
from tests.app.errands.sent import packed, picture, unpacked
from tests.e2e.test_every_page import complaints_of_axe
from tests.served import Served, served
from trainer.data.cache import read_names

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COUNTS = {"cat": 60, "dogs and others, çà et là, under a name that a short header cannot hold": 25, "fox": 8}
LONG = next(name for name in COUNTS if len(name) > 60)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    with served(settings) as made:
        yield made


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A page of its own, since its console tells of the server that is away."""
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, naturally long-tailed, of pictures that take several chunks together."""
    files = {
        f"{split}/{name}/{at}.png": picture(1000 * row + 500 * (split == "test") + at, size=104)
        for row, (name, images) in enumerate(COUNTS.items())
        for split, number in (("train", images), ("test", 3))
        for at in range(number)
    }
    return unpacked(tmp_path_factory.mktemp("folder") / "Wild Animals", files)


def test_a_folder_arrives_though_the_server_ends_half_way(page: Page, server: Served, folder: Path) -> None:
    ended: list[str] = []

    def end_the_server(route: Route) -> None:
        """Before the second chunk, once."""
        if not ended and "offset=0" not in route.request.url:
            ended.append(route.request.url)
            server.end()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/content?offset=*", end_the_server)
    page.goto(f"{server.url}/datasets")
    page.set_input_files("#import-folder", folder)
    expect(page.locator("#import-said")).to_contain_text("does not answer")
    assert "/datasets/imports/" in page.url  # who reloads now is told how much is here
    server.begin()
    expect(page.locator("#understood")).to_be_visible(timeout=60_000)
    assert len(ended) == 1

    assert page.locator("td.number").all_text_contents() == ["60", "25", "8", "3", "3", "3"]
    assert complaints_of_axe(page) == []
    page.get_by_role("button", name="Import 102 images").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("wild-animals (imported)", timeout=60_000)
    assert page.url == f"{server.url}/datasets/folder:wild-animals"
    expect(page.locator(".tiles .tile")).to_have_count(93)
    assert complaints_of_axe(page) == []
    names = read_names(server.settings.datasets_dir / "folders" / "wild-animals")
    assert sum(LONG in name for name in names["train"]) == 25

    page.get_by_role("link", name="Use in a run").click()
    expect(page.locator("[name='data.imbalance']")).to_have_value("none")


def test_an_import_is_canceled_from_the_page_that_sends_it(page: Page, server: Served, folder: Path) -> None:
    page.route("**/content?offset=*", lambda route: None)  # it never arrives
    page.goto(f"{server.url}/datasets")
    page.fill("#import-name", "beasts")
    page.set_input_files("#import-folder", folder)
    expect(page.locator("#import-said")).to_contain_text("MB sent")
    page.locator("#import-cancel").click()
    expect(page.locator("#import-said")).to_contain_text("Canceled")
    assert list(server.settings.errands_dir.iterdir()) == []
    assert page.url == f"{server.url}/datasets"


def test_an_archive_without_javascript(browser: Browser, server: Served, tmp_path: Path) -> None:
    files = {f"{split}/{name}/{at}.png": picture(ord(name) + 7 * at + 99 * (split == "test"))
             for split in ("train", "test") for name in "ab" for at in range(3)}  # fmt: skip
    archive = tmp_path / "letters.tar"
    archive.write_bytes(packed(files))
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{server.url}/datasets")
    plain.set_input_files("#import-file", archive)
    plain.get_by_role("button", name="Send it").click()
    expect(plain.locator("#understood")).to_be_visible(timeout=60_000)  # the page asks again by itself
    plain.get_by_role("button", name="Import 12 images").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("letters (imported)", timeout=60_000)
    context.close()
