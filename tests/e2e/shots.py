"""Pictures of every page to look at: python tests/e2e/shots.py --url http://127.0.0.1:8000 --out DIR

Each page in both themes at 1440x900 and 390x844, whole page. Not a test: it judges nothing.
"""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--force-color-profile=srgb"]  # fmt: skip
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
PAGES = {
    "runs": "/runs",
    "new": "/runs/new",
    "new-cb": "/runs/new?clone={first}",
    "run": "/runs/{first}",
    "compare": "/compare?runs={all}",
    "choose": "/compare",
    "system": "/system",
    "datasets": "/datasets",
    "error": "/runs/999999",
    "none": "/runs?q=nothing-like-this",
}


def main() -> None:
    """Read the options, take the pictures, print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    parser.add_argument("--sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    parser.add_argument("--runs", default="", help="numbers for the comparison; the first has its own page")
    parser.add_argument("--viewport", action="store_true", help="the first screen instead of the whole page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in options.themes:
            for size in options.sizes:
                _take(browser, options, theme, size)
        browser.close()


def _take(browser: Browser, options: argparse.Namespace, theme: str, size: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.on("console", _complain)
    words = {"first": options.runs.split(",")[0] or "1", "all": options.runs or "1"}
    for name in options.pages:
        _shoot(page, options.url + PAGES[name].format_map(words), options, f"{name}-{size}-{theme}.png")
    context.close()


def _shoot(page: Page, url: str, options: argparse.Namespace, name: str) -> None:
    page.goto(url)
    _wait_for_plots(page)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wider > 0:
        print(f"{name}: the page is {wider} px wider than the window")
    page.screenshot(path=options.out / name, full_page=not options.viewport)
    print(options.out / name)


def _wait_for_plots(page: Page) -> None:
    page.wait_for_load_state("load")
    expect(page.locator(".plot-box:not(.drawn):not(.plot-failed)")).to_have_count(0, timeout=30_000)
    time.sleep(0.2)


def _complain(message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        place: Mapping[str, object] = dict(message.location)
        print(f"console {message.type}: {message.text} at {place.get('url')}")


if __name__ == "__main__":
    main()
