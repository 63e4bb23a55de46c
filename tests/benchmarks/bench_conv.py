"""A convolution's matrix in a browser: how much longer the largest page takes to be painted than a small one.

    python -m tests.benchmarks.bench_conv [--rounds 7]

Both pages are loaded in turn in one browser (CHROMIUM, or /usr/bin/chromium), so that a busy machine slows
both. Prints the medians and their ratio with its target, and exits with 1 where that is missed.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from app.serving.installation import prepare
from app.settings import Settings
from tests.benchmarks.bench_web import Report, web

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SMALL = "theory/conv-matrix?height=4&width=4&stride=1&padding=1"
LARGE = "theory/conv-matrix?height=28&width=28&stride=1&padding=1"
RATIO = 3.0
PAINTED = """() => new Promise((done) => new PerformanceObserver((seen) => {
  const first = seen.getEntriesByName("first-contentful-paint")[0];
  if (first) done(first.startTime);
}).observe({type: "paint", buffered: true}))"""


def painted(page: Page, address: str) -> float:
    """Milliseconds from the request of a page to its first paint with contents."""
    page.goto(address)
    return float(page.evaluate(PAINTED))


def measure(report: Report, rounds: int) -> None:
    """Both pages in turn, after one look at each."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        prepare(settings)
        with web(settings) as (_, url, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 2400})
            took = [[painted(page, f"{url}/{path}") for path in (SMALL, LARGE)] for _ in range(rounds + 1)]
            browser.close()
    small, large = map(statistics.median, zip(*took[1:], strict=True))
    print(f"painted: 4 x 4 after {small:.0f} ms, 28 x 28 after {large:.0f} ms, n = {rounds}")
    report("28 x 28 / 4 x 4", large / small, RATIO, "")


def main() -> int:
    """Measure, print, and say by the exit code whether the target was met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="loads of each page to take the median of")
    report = Report()
    measure(report, parser.parse_args().rounds)
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
