"""The picture of the README: python -m tests.e2e.picture [--url http://127.0.0.1:8000]

The comparison of the demo's sweep, its first screen at 1440x900, as static/compare.webp. Of a board on which
`betaboard demo` has run; without --url, the demo is trained first, which takes about two minutes.
"""

import argparse
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from app.cli.demo import launch
from app.client import Client
from app.serving.processes import Processes
from app.settings import Settings
from app.urls import compare_sweep_page
from tests.e2e.shots import CHROMIUM, FLAGS

PICTURE = Path(__file__).parents[2] / "static" / "compare.webp"
WIDTH, HEIGHT = 1440, 900
QUALITY = 82


def main() -> None:
    """Take the picture and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    url = parser.parse_args().url
    with tempfile.TemporaryDirectory() as folder, _board(url, Path(folder)) as served:
        taken = Image.open(io.BytesIO(_first_screen(served)))
    taken.convert("RGB").save(PICTURE, quality=QUALITY, method=6)
    print(f"{PICTURE}: {PICTURE.stat().st_size:,} bytes")


@contextmanager
def _board(url: str, folder: Path) -> Iterator[str]:
    if url:
        yield url
        return
    stop = Event()
    with Processes(Settings(data_dir=folder, port=0, workers="auto"), say=print) as served:
        tending = Thread(target=served.run_until, args=(stop,))
        tending.start()
        yield served.url
        stop.set()
        tending.join()


def _first_screen(url: str) -> bytes:
    with Client(url) as board:
        sweep = launch(board)
        board.wait_sweep(sweep.id)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": WIDTH, "height": HEIGHT}
        page = browser.new_page(viewport=size, color_scheme="light", reduced_motion="reduce")  # type: ignore[arg-type]
        page.goto(url + compare_sweep_page(sweep.id))
        expect(page.locator(".plot-box:not(.drawn)")).to_have_count(0, timeout=60_000)
        picture = page.screenshot()
        browser.close()
    return picture


if __name__ == "__main__":
    main()
