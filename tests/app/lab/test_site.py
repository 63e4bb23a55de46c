"""/theory: every calculator with its question, a picture of its own answer, and examples that open."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lab.class_balance.formula import table
from app.lab.focal.formula import loss
from app.lab.layers.formula import kinds
from app.lab.registry import CALCULATORS
from app.lab.site import entries
from tests.app.pages.seen import HTML

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
LIMITS = {
    "class-balance": (
        f"{table.MOST_CLASSES:,} classes, {table.MOST_BETAS} betas, and {table.MOST_WEIGHTS:,} weights",
    ),
    "focal": (
        f"{loss.MOST_PROBABILITIES:,} probabilities and {loss.MOST_GAMMAS} gammas from 0 to "
        f"{loss.LARGEST_GAMMA}; a weight up to {loss.LARGEST_WEIGHT:,.0f}",
    ),
    "layers": (f"At most {kinds.MOST_LAYERS} layers",),
}


def test_every_calculator_is_listed_with_a_picture(client: TestClient) -> None:
    page: Any = client.get("/theory", headers=HTML)
    assert page.status_code == 200
    listed = [entry.path for entry in entries() if entry.sketch]
    assert sorted(listed) == sorted(f"/theory/{name}" for name in CALCULATORS)
    assert page.text.count('<svg class="lab-sketch"') == len(listed)
    assert page.text.count("<math") == len(entries())


@pytest.mark.parametrize("name", CALCULATORS)
def test_what_a_page_is_about_stands_once_and_in_its_main_column(client: TestClient, name: str) -> None:
    """Not in the tag of the body as well, where blocks of one name meet."""
    page: Any = client.get(f"/theory/{name}", headers=HTML)
    before, _, main = page.text.partition("<main")
    assert re.search(r"<body( data-[a-z]+=\"[^\"]*\")*>\s*<a class=\"skip\"", before)
    assert "<math" not in before
    assert "<math" in main


def test_pictures_stay_within_their_frame() -> None:
    for entry in entries():
        if entry.sketch is None:
            continue
        assert entry.sketch.strokes or entry.sketch.boxes
        points = [pair for stroke in entry.sketch.strokes for pair in stroke.points.split()]
        for x, y in (map(float, pair.split(",")) for pair in points):
            assert 0 <= x <= 180, entry.title
            assert 0 <= y <= 92, entry.title
        for box in entry.sketch.boxes:
            assert min(box.x, box.y) >= 0, entry.title
            assert (box.x + box.width <= 180.1, box.y + box.height <= 92.1) == (True, True), entry.title


def test_worked_examples_open(client: TestClient) -> None:
    page = client.get("/theory", headers=HTML)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/theory/[^"]*\?[^"]*)"', page.text)]
    assert len(links) >= len(CALCULATORS)
    for link in links:
        assert client.get(link, headers=HTML).status_code == 200, link


@pytest.mark.parametrize("name", CALCULATORS)
def test_tests_that_a_page_names_are_there_and_limits_are_those_of_the_code(
    client: TestClient, name: str
) -> None:
    text = client.get(f"/theory/{name}", headers=HTML).text
    named = re.findall(r"[\w/]*test_\w+\.py", text)
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []
    assert all(limit in text for limit in LIMITS.get(name, ()))
