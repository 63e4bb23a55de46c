"""A browser on a real board: `serve` with its worker, runs of all kinds, pages that must not complain."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from app.client import Client

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
TINY = {"data": {"dataset": "shapes10", "max_train_per_class": 20, "imbalance_ratio": 4}}
NASTY = "<img src=x onerror=alert(1)> <b>bold</b> %{x} {{ 7*7 }} & co"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; install it or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@dataclass(frozen=True)
class Complaints:
    """What the console and failed scripts said."""

    said: list[str] = field(default_factory=list)

    def heed(self, page: Page) -> Page:
        """Listen to `page`, too."""
        page.on("console", lambda note: self._read(note))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        return page

    def _read(self, note: ConsoleMessage) -> None:
        """Errors, but for the status of a form that came back refused."""
        if note.type == "error" and "status of 422" not in note.text:
            self.said.append(note.text)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens a page in a context of its own; any complaint of its console fails the test at the end."""
    if "web_url" in request.fixturenames:
        request.getfixturevalue("web_url")  # so that the server ends after its pages, which would complain
    contexts: list[BrowserContext] = []
    complaints = Complaints()

    def opened(width: int = 1440, height: int = 900, theme: str = "light", **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = complaints.heed(context.new_page())
        page.set_default_timeout(20_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints.said == []


@dataclass(frozen=True)
class Board:
    """A served board and the runs on it, by what they show."""

    url: str
    plain: int
    balanced: int
    diverged: int
    nasty: int
    sweep: int


@pytest.fixture(scope="session")
def board(board_url: str) -> Board:
    """Two completed runs, a diverged one, one with untrusted text everywhere, and a sweep, the oldest."""
    with Client(board_url) as client:
        two = {"epochs": 2, "milestones": []}
        loss = {"name": "focal", "weighting": "class_balanced", "beta": 0.99}
        betas: dict[str, list[Any]] = {"loss.beta": [0.9, 0.999], "seed": [0, 1]}
        plain = {"loss.name": "cross_entropy", "loss.weighting": "none"}
        sweep = client.launch_sweep({**TINY, "optim": two, "loss": loss}, betas, [plain], "Two betas")
        runs = [
            client.launch({**TINY, "optim": two}, "plain"),
            client.launch({**TINY, "optim": two, "loss": loss}, "balanced", ["pair"]),
            client.launch({**TINY, "optim": two | {"learning_rate": 1000.0}}, "diverges"),
            client.launch({**TINY, "optim": two, "seed": 5}, NASTY, ["<i>tag</i>"], NASTY),
        ]
        for run in runs:
            client.wait(run.id, timeout=180)
        ids = [*(run.id for run in runs), sweep.id]
        return Board(board_url, *ids)
