"""The page of fields in a browser: a control changes the address, the answer and every figure in place."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_a_control_changes_address_answer_and_figures_in_place(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/compare/effects?sweep={board.sweep}")
    answer, boxes = page.locator("#effects-answer .lead"), page.locator(".plot-box")
    expect(answer).to_contain_text("accuracy")
    metric = page.get_by_label("Metric")
    metric.focus()
    metric.select_option("tail")
    expect(page).to_have_url(re.compile(r"[?&]metric=tail"))
    expect(page.locator("#effects-about")).to_contain_text("tail after the last epoch")
    for at in range(boxes.count()):
        expect(boxes.nth(at)).to_have_attribute("data-figure", re.compile(r"metric=tail"))
    expect(metric).to_be_focused()
    page.go_back()
    expect(page.locator("#effects-about")).to_contain_text("accuracy after the last epoch")
