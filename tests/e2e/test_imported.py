"""Imported runs in a browser: their pages complain of nothing, fit, and pass axe."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import expect

from app.cli import main
from app.settings import Settings
from tests.app.imports.records import unpacked
from tests.e2e.conftest import OpenPage, Theme

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_the_list_and_a_run(
    open_page: OpenPage, web_url: str, settings: Settings, tmp_path: Path, width: int, theme: Theme
) -> None:
    words = ["import", "mlflow", str(unpacked(tmp_path) / "mlruns"), "--data-dir", str(settings.data_dir)]
    assert CliRunner().invoke(main, words).exit_code == 0
    page = open_page(width=width, theme=theme)
    page.goto(f"{web_url}/imported")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="focal a").click()
    expect(page.locator("#plot-imported-accuracy .plot-box.drawn")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
