"""The list of runs in a browser: lines of one height, chips that are not cut, a head that stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from app.views.chips import default_name
from tests.conftest import Seed
from tests.e2e.conftest import OpenPage
from tests.e2e.seeded import seeded_board
from tests.e2e.seeded_sweep import seed_sweep
from trainer.config import as_json, parse_config

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LONG = "cifar10lt_if100_resnet32_cbfocal_gamma1.0_beta0.9999_drw160_seed_001"
LOSSES = ({"name": "cross_entropy"}, {"name": "focal", "weighting": "inverse_frequency"},
          {"name": "focal", "weighting": "class_balanced", "beta": 0.9975})  # fmt: skip


def fill(seed: Seed) -> dict[str, int]:
    """A sweep of every kind of cell, thirty runs that nobody named, and one with a long name."""
    made = {"sweep": seed_sweep(seed, lambda config, number, state: seed(state, config=config, epochs=2))}
    for number in range(10):
        for loss in LOSSES:
            config = {"loss": loss, "seed": number, "optim": {"epochs": 1, "milestones": []}}
            seed(name=default_name(as_json(parse_config(config))), config=config, epochs=1)
    return made | {"failed": seed("failed", name="breaks", epochs=1), "long": seed(name=LONG)}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    """Address of the board and ids by what they are."""
    with seeded_board(tmp_path_factory.mktemp("lists"), fill) as board:
        yield board


def heights(page: Page) -> set[float]:
    found = page.locator("[data-row]").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().height)"
    )
    return set(found)


CUT = """rows => rows.flatMap(row => {
  const edge = row.querySelector(".c-chips").getBoundingClientRect().right;
  return [...row.querySelectorAll(".chip")].slice(0, 2)
    .filter(chip => chip.getBoundingClientRect().right > edge || chip.scrollWidth > chip.clientWidth + 1)
    .map(chip => chip.textContent);
})"""


@pytest.mark.parametrize("width", [1440, 1100])
def test_lines_are_of_one_height_and_neither_beta_nor_seed_is_cut(
    open_page: OpenPage, listed: tuple[str, dict[str, int]], width: int
) -> None:
    page = open_page(width=width, height=800)
    page.goto(f"{listed[0]}/runs?sort=-name")
    assert len(heights(page)) == 1
    chips = page.locator(".chip").all_text_contents()
    assert {"CB-Focal 0.9975", "seed 9"} <= {chip.strip() for chip in chips}
    assert not any("gamma" in chip for chip in chips)
    assert page.locator("[data-row]").evaluate_all(CUT) == []
    name = page.get_by_title(LONG)
    assert name.inner_text().replace("\n", "") == LONG
    end = name.locator(".name-end")
    assert end.evaluate("end => end.scrollWidth <= end.clientWidth + 1 && end.offsetWidth > 0")


def test_the_head_stays_under_the_top_bar(open_page: OpenPage, listed: tuple[str, dict[str, int]]) -> None:
    page = open_page(height=600)
    page.goto(f"{listed[0]}/runs?sort=name")
    page.evaluate("scrollTo(0, 700)")
    top = page.locator(".top").evaluate("bar => bar.getBoundingClientRect().bottom")
    head = page.locator(".runs thead th").nth(2).evaluate("head => head.getBoundingClientRect().top")
    assert abs(head - top) <= 1
