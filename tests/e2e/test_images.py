"""From figures to the images behind them: by clicks on cells and bars, and by keyboard alone."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from app.settings import Settings
from tests.app.own_images import NAME, own_images
from tests.app.predictions import write_predictions
from tests.e2e.conftest import OpenPage
from trainer.metrics.outcome import confusion_matrix
from trainer.prediction_file import Answers

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SeedRun = Callable[..., int]
CLASSES = ("automobile", "ship", "truck")
COUNTS = (100, 30, 10)
LABELS = np.repeat(np.arange(3), 60)
SOURCE = "folder:pets/1"
FOCAL = {"name": "focal", "weighting": "class_balanced", "beta": 0.9}


def logits_of(seed: int, lift: float) -> NDArray[np.float32]:
    """What a network says: trucks are taken for automobiles, with `lift` less often."""
    random = np.random.default_rng([seed, round(10 * lift)])
    made = random.normal(0, 0.6, (180, 3)) + 2.5 * np.eye(3)[LABELS]
    made[LABELS == 2, 0] += np.random.default_rng(1).normal(3.5, 2.0, 60) - lift
    rounded: NDArray[np.float32] = made.astype(np.float16).astype(np.float32)
    return rounded


@pytest.fixture
def runs(settings: Settings, seed_run: SeedRun, web_url: str) -> dict[str, list[int]]:
    """Two seeds of cross-entropy and of class-balanced focal loss."""
    own_images(settings.datasets_dir, test=LABELS, class_names=CLASSES)
    made: dict[str, list[int]] = {"CE": [], "CB": []}
    for seed in range(2):
        for label, loss, lift in (("CE", {}, 0.0), ("CB", FOCAL, 2.0)):
            logits = logits_of(seed, lift)
            matrix = confusion_matrix(LABELS, logits.argmax(axis=1), 3).tolist()
            run_id = seed_run(
                config={"data": {"dataset": NAME, "imbalance": "none"}, "loss": loss, "seed": seed},
                source=SOURCE, class_names=CLASSES, train_counts=COUNTS, confusions=[matrix] * 3,
            )  # fmt: skip
            answers = Answers(logits, logits.argmax(axis=1), LABELS)
            write_predictions(settings.runs_dir, run_id, answers, source=SOURCE)
            made[label].append(run_id)
    return made


def mean_softmax(lift: float) -> NDArray[np.float64]:
    powers = [np.exp(logits_of(seed, lift).astype(float)) for seed in range(2)]
    found: NDArray[np.float64] = sum((one / one.sum(1, keepdims=True) for one in powers), np.zeros(()))
    return found / 2


def click_at(page: Page, figure: str, x: float, y: float) -> None:
    """A click on this point of a drawn figure, in units of its axes."""
    box = page.locator(f"#plot-{figure} .plot-box.drawn")
    box.scroll_into_view_if_needed()
    place = box.evaluate(
        "(box, [x, y]) => { const { xaxis, yaxis } = box._fullLayout;"
        " return [xaxis._offset + xaxis.l2p(x), yaxis._offset + yaxis.l2p(y)] }",
        [x, y],
    )
    box.click(position={"x": place[0], "y": place[1]})


def numbers(page: Page) -> list[int]:
    """Images on the page, in their order."""
    links = page.locator("#images a.shot").evaluate_all("all => all.map((one) => one.href)")
    return [int(parse_qs(urlsplit(link).query)["image"][0]) for link in links]


def test_from_a_cell_of_the_comparison_to_the_mistakes_that_the_other_gets_right(
    open_page: OpenPage, runs: dict[str, list[int]], web_url: str
) -> None:
    page = open_page()
    ids = ",".join(map(str, (*runs["CE"], *runs["CB"])))
    page.goto(f"{web_url}/compare?runs={ids}")
    click_at(page, "compare-confusion", x=0, y=2)
    expect(page).to_have_url(re.compile("/compare/images.*&predicted=automobile&true=truck$"))
    taken = page.get_by_role("list", name="truck taken for automobile")
    expect(taken).to_contain_text("B (CE) takes")
    taken.get_by_role("link", name=re.compile("that A .* gets right")).click()
    expect(page.locator(".found")).to_contain_text("taken for automobile by B, A alone is right")

    ce, cb = mean_softmax(0.0), mean_softmax(2.0)
    wanted = [at for at in range(180) if LABELS[at] == 2 and ce[at].argmax() == 0 and cb[at].argmax() == 2]
    wanted.sort(key=lambda at: -ce[at].max())
    assert len(wanted) >= 20, "the board has enough of them"
    assert numbers(page)[:20] == wanted[:20]


def test_cells_bars_and_class_names_of_a_run_open_its_images(
    open_page: OpenPage, runs: dict[str, list[int]], web_url: str
) -> None:
    page, run_id = open_page(), runs["CE"][0]
    said = logits_of(0, 0.0).argmax(axis=1)
    page.goto(f"{web_url}/runs/{run_id}")
    click_at(page, "confusion", x=0, y=2)
    expect(page.get_by_label("True class")).to_have_value("truck")
    assert set(numbers(page)) == set(np.flatnonzero((LABELS == 2) & (said == 0)).tolist())
    page.goto(f"{web_url}/runs/{run_id}")
    click_at(page, "class-recall", x=1, y=20)
    expect(page.get_by_label("True class")).to_have_value("ship")
    page.goto(f"{web_url}/runs/{run_id}")
    page.locator("#class-table").get_by_role("link", name="truck", exact=True).click()
    expect(page.get_by_label("True class")).to_have_value("truck")
    page.goto(f"{web_url}/runs/{run_id}")
    page.get_by_role("link", name="tail taken for head").click()
    assert set(numbers(page)) == set(np.flatnonzero((LABELS == 2) & (said == 0)).tolist())


def test_images_by_keyboard(open_page: OpenPage, runs: dict[str, list[int]], web_url: str) -> None:
    page, run_id = open_page(), runs["CE"][0]
    page.goto(f"{web_url}/runs/{run_id}/images?answer=wrong&sort=-confidence")
    order = numbers(page)
    focused = page.locator(":focus")
    for key in ("j", "j", "ArrowRight", "ArrowLeft", "k"):
        page.keyboard.press(key)
    expect(focused).to_have_attribute("href", re.compile(f"image={order[0]}#open"))
    page.keyboard.press("ArrowDown")
    below = numbers(page).index(int(parse_qs(urlsplit(str(focused.get_attribute("href"))).query)["image"][0]))
    tops = page.locator("#images a.shot").evaluate_all("all => all.map((one) => one.offsetTop)")
    assert below > 0, "the row below"
    assert tops[below] > tops[below - 1] == tops[0]
    page.keyboard.press("Enter")
    opened = page.get_by_role("complementary")
    expect(opened).to_contain_text(f"Image {order[below]}")
    for key, at in (("j", below + 1), ("k", below)):
        page.wait_for_load_state("load")
        page.keyboard.press(key)
        expect(opened).to_contain_text(f"Image {order[at]}")
    page.wait_for_load_state("load")
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)


def test_a_point_of_the_scatter_opens_its_image(
    open_page: OpenPage, runs: dict[str, list[int]], web_url: str
) -> None:
    page = open_page()
    ids = ",".join(map(str, (*runs["CE"], *runs["CB"])))
    asked = {"runs": ids, "a": "CE", "b": "CB-Focal 0.9", "true": "truck", "right": "b"}
    page.goto(f"{web_url}/compare/images?{httpx2.QueryParams(asked)}")
    box = page.locator("#plot-compare-confidence .plot-box.drawn")
    trace: dict[str, Any] = box.evaluate("box => box.data.find((one) => one.x.length)")
    click_at(page, "compare-confidence", x=trace["x"][0], y=trace["y"][0])
    expect(page.get_by_role("complementary")).to_contain_text(re.compile(r"Image \d+"))


def test_filters_work_without_scripts(open_page: OpenPage, runs: dict[str, list[int]], web_url: str) -> None:
    page = open_page(scripts=False)
    page.goto(f"{web_url}/runs/{runs['CE'][0]}/images")
    page.get_by_label("True class").select_option("truck")
    page.locator("select[name=answer]").select_option("wrong")
    page.get_by_role("button", name="Show").click()
    said = logits_of(0, 0.0).argmax(axis=1)
    assert set(numbers(page)) == set(np.flatnonzero((LABELS == 2) & (said != 2)).tolist())
