"""Three losses over three seeds, asked for by hand: how often a hand touches the form, and for how long."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.client import Client
from app.settings import Settings
from tests.app.real_processes import add_tiny_dataset
from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]

AIM, KEY = 400, 120
"""Milliseconds that a hand takes to reach a place, and for a key."""


@dataclass
class Hand:
    """A mouse and a keyboard, at the pace of a person; counts what it touches."""

    page: Page
    touched: list[str] = field(default_factory=list)

    def click(self, place: Locator, name: str) -> None:
        place.scroll_into_view_if_needed()
        box = place.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
        self.page.wait_for_timeout(AIM)
        self.page.mouse.down()
        self.page.mouse.up()
        self.touched.append(name)

    def type(self, place: Locator, text: str, name: str) -> None:
        self.click(place, name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text, delay=KEY)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_three_losses_over_three_seeds_take_four_touches(
    open_page: OpenPage, board: Board, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    page.goto(f"{board.url}/runs/new")
    hand, began = Hand(page), time.monotonic()
    hand.click(page.get_by_label("balanced softmax"), "balanced softmax")
    hand.click(page.get_by_label("LDAM", exact=True), "LDAM")
    hand.type(page.locator("[name='seed']"), "0..2", "seed")
    expect(page.locator(".sweep-size")).to_have_text("3 settings × 3 seeds = 9 runs")
    expect(page.locator("#own-ldam [name='method.ldam.loss.max_margin']")).to_have_value("0.5")
    legend = page.locator("#preview-pictures .line-key li")
    expect(legend).to_have_count(3)
    hand.click(page.get_by_role("button", name="Launch", exact=True), "Launch")
    expect(page).to_have_url(re.compile(r"/sweeps/\d+$"))
    seconds = time.monotonic() - began
    with Client(board.url) as client:
        sweep = client.sweep(int(page.url.rpartition("/")[2]))
        client.cancel_sweep(sweep.id)
    print(f"{width} px: {len(hand.touched)} touches, {seconds:.1f} s")
    assert len(hand.touched) <= 4, hand.touched
    assert sorted(row.label for row in sweep.rows) == ["BalSoftmax", "CE", "LDAM"]
    assert len(sweep.seeds) == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_warnings_stand_above_the_button_and_it_above_the_pictures(
    open_page: OpenPage, board: Board, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    page.goto(
        f"{board.url}/runs/new?method=cross_entropy,class_balanced_ce,class_balanced_sampling&seed=0..2"
    )
    tops = []
    for place in ("#preview .note-warn", ".launch-bar", "#preview-pictures figure"):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        tops.append((box["y"], box["y"] + box["height"]))
    assert tops[0][1] <= tops[1][0]
    assert tops[1][1] <= tops[2][0]


def test_own_images_are_taken_as_they_are(open_page: OpenPage, board: Board, board_dir: Path) -> None:
    """Choosing imported images must not thin them; going back thins again; what was chosen by hand stays."""
    add_tiny_dataset(Settings(data_dir=board_dir).datasets_dir)
    page = open_page()
    page.goto(f"{board.url}/runs/new")
    imbalance = page.locator("[name='data.imbalance']")
    page.select_option("[name='data.dataset']", "folder:tiny")
    expect(imbalance).to_have_value("none")
    expect(page.locator("[name='data.imbalance_ratio']")).to_be_hidden()
    page.select_option("[name='data.dataset']", "shapes10")
    expect(imbalance).to_have_value("exp")
    page.select_option("[name='data.imbalance']", "step")
    page.select_option("[name='data.dataset']", "cifar10")
    expect(imbalance).to_have_value("step")
