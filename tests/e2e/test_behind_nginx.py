"""A browser through nginx, below a path: it signs in, pages live, and is led to the form when it has to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.settings import Settings
from app.store.engine import Database
from app.store.tokens import add_token, withdraw
from tests.app.proxied import nginx
from tests.conftest import SeedRun
from tests.served import served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed (Debian: nginx)"),
]
LAB, OWN = "/lab", "the server's"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"token": OWN, "root_path": LAB})


@pytest.fixture
def proxy(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The board below /lab of nginx."""
    with (
        served(settings) as server,
        nginx.running(tmp_path, nginx.documented(LAB, server.url)) as url,
    ):
        yield url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of its own, with no cookie."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_signed_in_live_and_out_again(proxy: str, page: Page, db: Database, seed_run: SeedRun) -> None:
    with db.write() as session:
        secret = add_token(session, "lab", "read", None)[1]
    seed_run("queued", name="was there")
    failed: list[str] = []
    page.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{proxy}{LAB}/runs")
    page.fill("#token", secret)
    page.click("button.primary")
    expect(page).to_have_url(f"{proxy}{LAB}/runs")
    seed_run("queued", name="came meanwhile")
    expect(page.get_by_role("link", name="came meanwhile")).to_be_visible(timeout=20_000)
    expect(page.locator(".foot")).to_contain_text("Signed in with lab, which may only look")
    assert failed == []
    assert page.evaluate("document.cookie") == "", "scripts see the cookie"
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(f"{proxy}{LAB}/login")
    page.go_back()
    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()


def test_an_open_page_goes_to_the_form_when_its_token_is_withdrawn(
    proxy: str, page: Page, db: Database, seed_run: SeedRun
) -> None:
    seed_run("queued")
    with db.write() as session:
        secret = add_token(session, "lab", "write", None)[1]
    page.goto(f"{proxy}{LAB}/login?next=/runs")
    page.fill("#token", secret)
    page.click("button.primary")
    expect(page).to_have_url(f"{proxy}{LAB}/runs")
    with db.write() as session:
        withdraw(session, "lab")
    expect(page).to_have_url(f"{proxy}{LAB}/login?next=/runs", timeout=30_000)
