"""A picture dropped on a run's page, with a real network behind it; the pages of imported runs beside it."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from app.settings import Settings
from tests.app.pictures import IMAGES, png, with_networks
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DROP = """async ([name, bytes]) => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const place = document.getElementById("predict");
  for (const kind of ["dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: given, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture
def url(settings: Settings, web_url: str) -> str:
    with_networks(settings.data_dir)
    return web_url


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_a_dropped_picture_is_answered_in_the_page(open_page: OpenPage, url: str) -> None:
    page = open_page()
    page.goto(f"{url}/runs/1")
    page.evaluate(DROP, ["dropped.png", list(png(IMAGES[0]))])
    answer = page.locator(".picture-answer")
    expect(answer.get_by_role("heading", name="dropped.png")).to_be_visible(timeout=60_000)
    expect(answer.locator("tbody tr")).to_have_count(3)
    expect(page.locator("#predict-said")).to_have_text("1 picture answered.")
    assert page.url == f"{url}/runs/1", "the page stays"
    pictures = {"whole.png": png(IMAGES[1]), "spoilt.png": b"no image"}
    page.locator("#predict-pictures").set_input_files(
        [FilePayload(name=name, mimeType="image/png", buffer=data) for name, data in pictures.items()]
    )
    page.get_by_role("button", name="Ask the network").click()
    expect(page.locator("#predict-said")).to_have_text("1 of 2 pictures answered.", timeout=60_000)
    expect(page.locator("#curves")).to_be_visible()
    assert serious(page) == []


def test_without_scripts_a_form_does_it(open_page: OpenPage, url: str, tmp_path: Path) -> None:
    picture = tmp_path / "chosen.png"
    picture.write_bytes(png(IMAGES[9]))
    page = open_page(scripts=False)
    page.goto(f"{url}/runs/1/predict")
    page.locator("#predict-pictures").set_input_files(picture)
    page.get_by_role("button", name="Ask the network").click()
    expect(page.get_by_role("heading", name="chosen.png")).to_be_visible(timeout=60_000)
    expect(page.locator(".picture-answer img")).to_have_attribute(
        "alt", "What the network sees of chosen.png"
    )


def test_what_cannot_be_asked_is_said_in_the_page(open_page: OpenPage, url: str) -> None:
    page = open_page(own=True)
    page.goto(f"{url}/runs/2/predict")
    page.route("**/predict", lambda route: route.fulfill(status=200, response=route.fetch()))  # console
    page.evaluate(DROP, ["dropped.png", list(png(IMAGES[0]))])
    expect(page.get_by_role("alert")).to_contain_text("no checkpoint of the last epoch", timeout=60_000)
