"""Every class of a run is named on its axes, whatever the width of the page and the length of its names."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.conftest import Seed
from tests.e2e.conftest import OpenPage
from tests.e2e.seeded import EPOCHS, confusions, counts, seeded_board

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ODD = ("1E2", "a", "2026-01", "<b>", "Siberian tiger, male, adult", "0x10", "cat", "Ursus maritimus 2023",
       "-", "1e-3")  # fmt: skip
RAREST = "the rarest of all the classes"
FIGURES = ("class-recall", "confusion")


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, int]]]:
    with seeded_board(tmp_path_factory.mktemp("labels"), fill) as served:
        yield served


def fill(seed: Seed) -> dict[str, int]:
    many = [f"{ODD[at % 10]} {at}" for at in range(29)]
    names = {
        "even": [f"name {at:02} long" for at in range(10)],
        "odd": [*ODD[:9], RAREST],
        "many": [*many, RAREST],
    }
    return {kind: run(seed, kind, each) for kind, each in names.items()}


def run(seed: Seed, kind: str, names: list[str]) -> int:
    size, config = len(names), {"optim": {"epochs": EPOCHS, "milestones": []}}
    matrices = confusions(size, 0.3, size)
    return seed(name=kind, config=config, epochs=EPOCHS, confusions=matrices, class_names=names,
                train_counts=counts(size))  # fmt: skip


@pytest.mark.parametrize("width", [900, 1024, 1280, 1700])
@pytest.mark.parametrize("kind", ["even", "odd", "many"])
def test_every_class_is_named(
    open_page: OpenPage, board: tuple[str, dict[str, int]], kind: str, width: int
) -> None:
    url, runs = board
    page = open_page(width=width)
    page.goto(f"{url}/runs/{runs[kind]}")
    for name in FIGURES:
        box = page.locator(f"[data-name={name}]")
        box.scroll_into_view_if_needed()
        expect(page.locator(f".drawn[data-name={name}]")).to_be_visible(timeout=60_000)
        asked = box.evaluate("box => box.layout.xaxis.ticktext")
        shown = labels(box, ".xaxislayer-above .xtick text")
        assert [text for text, _ in shown] == [plain(text) for text in asked], name
        assert len(asked) == (30 if kind == "many" else 10)
        assert not any(hidden for _, hidden in shown), (name, shown)


def labels(box: Locator, selector: str) -> list[tuple[str, bool]]:
    """Text of each drawn label, and whether it is out of sight or beyond the figure."""
    found: list[tuple[str, bool]] = box.locator(selector).evaluate_all("""texts => texts.map((text) => {
        const [own, whole] = [text, text.closest("svg")].map((each) => each.getBoundingClientRect());
        const style = getComputedStyle(text);
        const out = own.left < whole.left - 1 || own.right > whole.right + 1 || own.bottom > whole.bottom + 1;
        return [text.textContent, out || style.opacity === "0" || style.display === "none"];
    })""")
    return [(text, hidden) for text, hidden in found]


def plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
