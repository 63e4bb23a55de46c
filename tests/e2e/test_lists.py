"""The list of runs in a browser: lines of one height, chips that are not cut, a head that stays."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.runs.naming import default_name
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


def test_a_retry_counts_what_it_can_do_and_keeps_ticks_and_place(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page(height=600)
    page.goto(f"{listed[0]}/runs?sort=name")
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 200)")
    for run_id in (listed[1]["failed"], listed[1]["long"]):
        page.locator(f"#run-{run_id} input").check()
    bar = page.locator("#bulk")
    expect(bar.get_by_role("button", name="Retry")).to_have_text("Retry 1 of 2")
    expect(bar.get_by_text("Cancel…")).to_be_hidden()
    place = page.evaluate("scrollY")
    bar.get_by_role("button", name="Retry 1 of 2").click()
    expect(page.locator("#bulk-said")).to_have_text(
        f"Queued again: 1 of 2 runs. Left: run {listed[1]['long']} is completed."
    )
    expect(page.locator(f"#run-{listed[1]['failed']} .state")).to_have_text("queued")
    expect(bar.get_by_role("button", name="Retry")).to_be_disabled()
    assert page.locator("[name=runs]:checked").count() == 2
    assert page.evaluate("scrollY") == place
    bar.get_by_text("Cancel…").click()
    bar.get_by_role("button", name="Cancel 1 of 2").click()
    expect(page.locator(f"#run-{listed[1]['failed']} .state")).to_have_text("canceled")


def test_a_sweep_unfolds_in_place_and_its_tick_is_that_of_its_runs(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page(height=600)
    page.goto(f"{listed[0]}/runs")
    page.wait_for_load_state()
    sweep = listed[1]["sweep"]
    line = page.locator(f"#sweep-{sweep}")
    line.locator("[name=sweeps]").check()
    expect(page.locator("#bulk-count")).to_contain_text("13 runs ticked")
    page.get_by_role("link", name=f"Show the runs of sweep {sweep}").hover()
    place = page.evaluate("scrollY")
    assert place > 0
    page.get_by_role("link", name=f"Show the runs of sweep {sweep}").click()
    expect(page.locator("[data-row].child")).to_have_count(13)
    assert page.evaluate("scrollY") == place
    assert page.locator(".child [name=runs]:checked").count() == 13
    page.locator(".child [name=runs]").first.uncheck()
    expect(page.locator("#bulk-count")).to_contain_text("12 runs ticked")
    expect(line.locator("[name=sweeps]")).not_to_be_checked()
    assert f"open={sweep}" in page.url
    page.get_by_role("link", name=f"Fold the runs of sweep {sweep}").click()
    expect(page.locator("[data-row].child")).to_have_count(0)


def test_on_a_phone_the_item_of_this_page_is_in_sight_and_the_queue_is_told(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page(width=390, height=844)
    page.goto(f"{listed[0]}/system")
    page.wait_for_load_state()
    box = page.locator(".nav [aria-current]").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    expect(page.locator("#queue .short")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_in_the_top_bar_moves_from_page_to_page(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page()
    places = set()
    for path in ("/runs", "/system"):
        page.goto(listed[0] + path)
        left = page.locator(".nav a").evaluate_all("all => all.map(a => a.getBoundingClientRect().left)")
        places.add(tuple(left))
    assert len(places) == 1


def test_the_bar_of_published_rows_lies_above_their_names(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page(width=1100, height=800)
    page.goto(f"{listed[0]}/published")
    page.wait_for_load_state()
    for box in page.locator("[name=published]").all()[:2]:
        box.check()
    button = page.locator("#published-bar .primary")
    covered = """button => {
      const { left, top, width, height } = button.getBoundingClientRect();
      const points = [...Array(9).keys()].map((at) => left + (width * (at + 0.5)) / 9);
      return points.filter((x) => !button.contains(document.elementFromPoint(x, top + height / 2))).length;
    }"""
    assert button.evaluate(covered) == 0


def test_one_thing_is_changed_beside_what_it_was_and_a_refusal_unfolds_its_field(
    open_page: OpenPage, listed: tuple[str, dict[str, int]]
) -> None:
    page = open_page()
    page.goto(f"{listed[0]}/runs/{listed[1]['long']}")
    page.get_by_role("link", name="Change one thing").click()
    loss = page.locator("[name='loss.name']")
    expect(loss).to_be_focused()
    expect(loss).to_be_in_viewport()
    loss.select_option("focal")
    expect(page.locator("#f-loss-name-field .was")).to_have_text("was cross_entropy")
    expect(page.locator("#changes")).to_contain_text("Differs from run")
    expect(page.locator("[name='model.width']")).to_be_hidden()
    page.locator("#group-model > summary").click()
    page.fill("[name='model.width']", "many")
    page.locator("#group-model > summary").click()
    expect(page.locator("#f-model-width-field .problem")).to_be_visible()
    expect(page.locator("[name='model.width']")).to_have_value("many")
