"""A comparison taken away in a browser: the zip with the plots as drawn, and the page without a network."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]
COMPARED = "/compare?runs={plain},{balanced},{nasty}"


def test_zip_holds_every_plot_of_the_page_as_svg(open_page: OpenPage, board: Board, tmp_path: Path) -> None:
    page = open_page()
    page.goto(board.url + COMPARED.format_map(vars(board)))
    names = page.locator("[data-figure]").evaluate_all("boxes => boxes.map((box) => box.dataset.name)")
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Markdown with plots").click()
    download.value.save_as(tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        drawn = {Path(name).stem: archive.read(name) for name in archive.namelist() if name.endswith(".svg")}
        text = archive.read("report/report.md").decode()
    assert set(drawn) == set(names)
    for picture in drawn.values():
        assert ElementTree.fromstring(picture).tag.endswith("svg")
    shown = set(re.findall(r"\(plots/([a-z-]+)\.svg\)", text))
    assert shown <= set(drawn)
    assert len(shown) >= 6


def test_report_opens_without_a_network(open_page: OpenPage, board: Board, tmp_path: Path) -> None:
    page = open_page()
    page.goto(board.url + COMPARED.format_map(vars(board)))
    with page.expect_download() as download:
        page.get_by_role("link", name="Report", exact=True).click()
    download.value.save_as(tmp_path / "report.html")
    offline = open_page(own=True, offline=True)
    offline.goto((tmp_path / "report.html").as_uri())
    count = offline.locator("[data-plot]").count()
    assert count >= 6
    expect(offline.locator(".plot.drawn")).to_have_count(count)
    assert offline.locator("img").count() == 0
