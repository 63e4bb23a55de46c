"""A browser on a real board: `serve` with its worker, runs of all kinds, pages that must not complain."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from app.client import Client

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]  # fmt: skip
Theme = Literal["light", "dark"]
TINY: dict[str, Any] = {
    "data": {"dataset": "shapes10", "max_train_per_class": 20, "imbalance_ratio": 4},
    "model": {"width": 8},
}
NASTY = "<img src=x onerror=alert(1)> <b>bold</b> %{x} {{ 7*7 }} & co"

expect.set_options(timeout=20_000)  # of its own 5 s, a machine that is busy with other tests leaves little


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


@dataclass(frozen=True)
class Tabs:
    """Pages that go from test to test, each blank again, but with what the browser has cached and compiled.

    A context and its page take 1 s of CPU, and Plotly, loaded anew, as much again.
    """

    browser: Browser
    complaints: Complaints = field(default_factory=Complaints)
    _idle: dict[str, list[Page]] = field(default_factory=dict)
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)

    def context(self, **options: object) -> BrowserContext:
        """A context of its own."""
        return self.browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]

    def take(self, scripts: bool) -> Page:
        """A blank page, with JavaScript or without."""
        kind = f"{scripts=}"
        if self._idle.setdefault(kind, []):
            return self._idle[kind].pop()
        if kind not in self._contexts:
            self._contexts[kind] = self.context(java_script_enabled=scripts)
        return self.complaints.heed(self._contexts[kind].new_page())

    def put_back(self, page: Page) -> None:
        """Have the page forget its test."""
        kind = next(kind for kind, context in self._contexts.items() if context == page.context)
        page.evaluate("localStorage.clear()")
        page.mouse.move(0, 0)
        page.goto("about:blank")
        page.unroute_all()
        self._idle[kind].append(page)


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


def becomes_true(page: Page, expression: str) -> None:
    """Wait until an expression is true: where the page itself were to ask it again and again, as Playwright's
    own wait does, that would be an evaluation that the page's policy forbids.
    """
    until = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < until, f"{expression} did not become true"
        page.wait_for_timeout(50)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(tabs: Tabs, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Opens a page; any complaint of its console fails the test at the end.

    Of its own, in a context with these options, where a test means to do more to it than Tabs undoes.
    """
    if "web_url" in request.fixturenames:
        request.getfixturevalue("web_url")  # so that the server ends after its pages, which would complain
    contexts: list[BrowserContext] = []
    taken: list[Page] = []
    tabs.complaints.said.clear()

    def opened(
        width: int = 1440,
        height: int = 900,
        theme: Theme = "light",
        scripts: bool = True,
        own: bool = False,
        **options: object,
    ) -> Page:
        if own:
            contexts.append(tabs.context(**options))
            page = tabs.complaints.heed(contexts[-1].new_page())
        else:
            page = tabs.take(scripts)
            taken.append(page)
        page.bring_to_front()
        page.set_default_timeout(20_000)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="null", color_scheme=theme)
        return page

    yield opened
    for page in taken:
        tabs.put_back(page)
    for context in contexts:
        context.close()
    assert tabs.complaints.said == []


@dataclass(frozen=True)
class Board:
    """A served board and the runs on it, by what they show."""

    url: str
    plain: int
    balanced: int
    diverged: int
    nasty: int
    sweep: int
    worker: str


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
        first, second, third, fourth = (run.id for run in runs)
        [worker] = httpx2.get(f"{board_url}/api/v1/workers").json()["items"]
        return Board(board_url, first, second, third, fourth, sweep.id, worker["id"])
