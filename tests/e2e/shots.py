"""Pictures of every page to look at: python -m tests.e2e.shots --out DIR [--url http://127.0.0.1:8000]

Each page in both themes at 1440x900 and 390x844, whole page. Without --url, of a board of made-up runs
(seeded). Not a test: it judges nothing, but says what complains and what is too wide.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from app.client import Client
from tests.e2e.seeded import seeded_board

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PAGES = {
    "runs": "/runs",
    "new": "/runs/new",
    "queue": "/queue",
    "sweeps": "/sweeps",
    "sweep": "/sweeps/1",
    "folded": "/runs?open=1",
    "children": "/runs?sweep=1",
    "compare": "/compare?runs={all}",
    "effects": "/compare/effects?sweep=1",
    "choose": "/compare",
    "kin": "/compare?choose=17",
    "system": "/system",
    "tokens": "/tokens",
    "published": "/published",
    "datasets": "/datasets",
    "dataset": "/datasets/shapes10",
    "convolution": "/theory/conv-matrix",
    "relu": "/theory/relu-network",
    "dead": "/theory/dead-relu",
    "theory": "/theory",
    "docs": "/docs",
    "docs-comparing": "/docs/comparing",
    "docs-configuration": "/docs/configuration",
    "docs-rest": "/docs/rest-api",
    "docs-recipe": "/docs/add-a-page",
    "weights": "/theory/class-balance",
    "focal": "/theory/focal",
    "layers": "/theory/layers?input=3,33,33",
    "error": "/runs/999999",
    "none": "/runs?q=nothing-like-this",
}
OF_RUNS = {"clone": "/runs/new?clone={id}", "run": "/runs/{id}"}


def main() -> None:
    """Read the options, take the pictures, print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", nargs="*", default=None, help="only names that hold one of these words")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    parser.add_argument("--viewport", action="store_true", help="the first screen instead of the whole page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with _board(options.url) as (url, runs), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in options.themes:
            for size in options.sizes:
                _take(browser, options, url, runs, theme, size)
        browser.close()


@contextmanager
def _board(url: str) -> Iterator[tuple[str, Mapping[str, int]]]:
    if not url:
        with tempfile.TemporaryDirectory() as folder, seeded_board(Path(folder)) as board:
            yield board
        return
    with Client(url) as client:
        yield url, {f"{run.state}-{run.id}": run.id for run in client.runs(limit=20)}


def _take(
    browser: Browser, options: argparse.Namespace, url: str, runs: Mapping[str, int], theme: str, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("console", _complain)
    for name, path in _addresses(runs).items():
        if options.pages is None or any(word in name for word in options.pages):
            page.goto(url + path)
            _shoot(page, options, f"{name}-{size}-{theme}.png")
    context.close()


def _addresses(runs: Mapping[str, int]) -> dict[str, str]:
    """Name of the picture -> path of the page."""
    every = ",".join(str(run) for run in list(runs.values())[:8])
    plain = {name: path.format_map({"all": every}) for name, path in PAGES.items()}
    of_runs = {
        f"{name}-{kind.replace(' ', '-')}": path.format_map({"id": run})
        for kind, run in runs.items()
        for name, path in OF_RUNS.items()
    }
    return plain | of_runs


def _shoot(page: Page, options: argparse.Namespace, name: str) -> None:
    page.wait_for_load_state("load")
    page.evaluate("document.querySelectorAll('.folded').forEach((fold) => (fold.open = true))")
    expect(page.locator(".plot-box:not(.drawn):not(.plot-failed)")).to_have_count(0, timeout=30_000)
    time.sleep(0.2)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wider > 0:
        print(f"{name}: the page is {wider} px wider than the window")
    page.screenshot(path=options.out / name, full_page=not options.viewport)
    print(options.out / name)


def _complain(message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        print(f"console {message.type}: {message.text}")


if __name__ == "__main__":
    main()
