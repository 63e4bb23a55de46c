"""The whole path in a browser: fill the form, launch, watch the curve grow, cancel."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.client import Client
from tests.e2e.conftest import TINY, Board, OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def points(page: Page, figure: str) -> int:
    """Points of the first line that a figure shows now."""
    box = page.locator(f"#plot-{figure} .plot-box")
    return int(box.evaluate("box => box.data ? box.data[0].x.length : 0"))


def wait_until(page: Page, holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(100)


def drag(page: Page, box: Locator) -> None:
    """Zoom into the middle of a plot, as a hand does."""
    place = box.locator(".nsewdrag").first.bounding_box()
    assert place is not None
    for at, act in ((0.3, page.mouse.down), (0.6, page.mouse.up)):
        page.mouse.move(place["x"] + at * place["width"], place["y"] + at * place["height"], steps=5)
        act()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"[name='{name.replace('__', '.')}']", value)


def test_form_to_growing_curve_to_cancel(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new?vary=loss.name")
    for group in ("data", "optim", "name"):
        page.locator(f"#group-{group} > summary").click()
    page.select_option("[name='loss.name']", "focal")
    page.select_option("[name='loss.weighting']", "class_balanced")
    fill(page, loss__beta="0.99", optim__epochs="400", optim__milestones="300", data__imbalance_ratio="4",
         data__max_train_per_class="20", name="from the form", tags="e2e, browser")  # fmt: skip
    expect(page.locator("#preview-pictures .weight-line")).to_be_visible()
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("from the form"))

    expect(page.locator("#plot-accuracy .plot-box.drawn")).to_be_visible(timeout=60_000)
    page.evaluate("window.stillTheSamePage = true")
    first = points(page, "accuracy")
    wait_until(page, lambda: points(page, "accuracy") > first)
    assert page.evaluate("window.stillTheSamePage") is True

    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#strip .state")).to_have_text("canceled", timeout=60_000)
    run_id = int(page.url.rsplit("/", 1)[1])
    with Client(board.url) as client:
        run = client.run(run_id)
    assert (run.state, run.config["loss"]["beta"], run.tags) == ("canceled", 0.99, ("browser", "e2e"))


def test_fields_stand_beside_the_preview_and_not_below_it(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new?vary=loss.name")
    for group in page.locator("details.fold").all():
        group.evaluate("element => element.open = true")
    preview = page.locator("#preview-pictures").bounding_box()
    assert preview is not None
    for path in ("loss.name", "data.dataset", "model.name", "optim.epochs"):
        field = page.locator(f"[name='{path}']").bounding_box()
        assert field is not None
        assert field["x"] + field["width"] <= preview["x"], path


def test_zoom_stays_while_the_curve_grows(open_page: OpenPage, board: Board) -> None:
    with Client(board.url) as client:
        run = client.launch({**TINY, "optim": {"epochs": 3000, "milestones": []}}, "zoomed")
    page = open_page()
    page.goto(f"{board.url}/runs/{run.id}")
    box = page.locator("#plot-accuracy .plot-box.drawn")
    expect(box).to_be_visible(timeout=60_000)
    drag(page, box)
    zoomed = box.evaluate("box => box.layout.yaxis.range")
    assert zoomed[1] - zoomed[0] < 90
    before = points(page, "accuracy")
    wait_until(page, lambda: points(page, "accuracy") > before)
    assert box.evaluate("box => box.layout.yaxis.range") == zoomed
    page.locator("#plot-accuracy").get_by_role("button", name="Reset").click()
    wait_until(page, lambda: float(box.evaluate("box => box.layout.yaxis.range[1]")) > 99)
    with Client(board.url) as client:
        client.cancel(run.id)
        client.wait(run.id, timeout=60)


def test_form_marks_a_refused_field_and_keeps_what_was_typed(open_page: OpenPage, board: Board) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new?vary=loss.name")
    page.select_option("[name='loss.weighting']", "class_balanced")
    page.locator("#group-name > summary").click()
    fill(page, loss__beta="1-1e-4", name="kept")
    expect(page.locator("#f-loss-beta-field .problem")).to_contain_text("0.9999")
    expect(page.locator("#preview")).to_have_class("stale")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.locator("#refusal [role=alert]")).to_contain_text("loss.beta")
    assert page.input_value("[name='loss.beta']") == "1-1e-4"
    assert page.input_value("[name='name']") == "kept"


def test_the_fields_of_another_model_come_and_every_group_stands_under_its_name(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new")
    page.locator("#group-model > summary").click()
    for model, own in (("resnet_cifar", "depth"), ("mlp", "hidden")):
        page.select_option("[name='model.name']", model)
        expect(page.locator(f"#f-model-{own}")).to_be_visible()
        lefts = page.eval_on_selector_all(
            "#launch-fields fieldset:not([hidden])",
            """groups => groups.map(group => [...group.children].filter(part => part.type !== "hidden")
                 .map(part => Math.round(part.getBoundingClientRect().left)))""",
        )
        assert len({left for group in lefts for left in group}) == 1, lefts
    expect(page.locator("[name='model.depth']")).to_be_hidden()


@pytest.mark.parametrize("seeds", ["0", "0..4"])
def test_what_to_heed_is_seen_before_a_launch_without_scrolling(
    open_page: OpenPage, board: Board, seeds: str
) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new?loss.name=focal&loss.weighting=class_balanced&seed={seeds}")
    button = page.get_by_role("button", name=re.compile(r"Launch with the control \(\d+ runs"))
    places = [
        page.locator("#preview .telling"),
        page.locator("#preview .note-warn"),
        button,
        page.get_by_role("button", name="Launch", exact=True),
    ]
    bar = page.locator(".launch-bar").bounding_box()
    assert bar is not None
    for place in places:
        box = place.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= (bar["y"] if place is not places[-1] else 900)
    assert button.evaluate("button => getComputedStyle(button.closest('#control')).order") == "1"
    many = 4 * (5 if seeds == "0..4" else 1)
    expect(button).to_contain_text(f"({many} runs")
    page.press("[name='seed']", "Enter")
    expect(page).to_have_url(re.compile(r"/(runs|sweeps)/\d+$"))
    expect(page.locator("h1")).not_to_contain_text("control")
    if seeds == "0..4":
        page.get_by_text("Cancel the rest…").click()
    page.get_by_role("button", name=re.compile("Cancel")).click()


def test_form_works_without_javascript(open_page: OpenPage, board: Board) -> None:
    page = open_page(scripts=False)
    page.goto(f"{board.url}/runs/new?vary=loss.name")
    page.select_option("[name='loss.name']", "focal")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#f-loss-gamma-field")).to_be_visible()
    assert page.locator("[name='loss.name']").input_value() == "focal"
    page.fill("[name='optim.epochs']", "0")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.locator("#f-optim-epochs-field .problem")).to_be_visible()
    assert page.locator("[name='optim.epochs']").input_value() == "0"
    page.goto(f"{board.url}/runs/{board.plain}")
    expect(page.locator("#plot-accuracy table")).to_have_count(1)


def test_what_was_typed_before_the_script_came_is_previewed(open_page: OpenPage, board: Board) -> None:
    page, held = open_page(), list[Route]()
    page.route("**/typing.js*", lambda route: held.append(route))
    with page.expect_request("**/typing.js*"):
        page.goto(f"{board.url}/runs/new?vary=loss.name", wait_until="commit")
    page.select_option("[name='loss.name']", "focal")
    expect(page.locator("#f-loss-gamma-field")).to_have_count(0)
    held[0].continue_()
    expect(page.locator("#f-loss-gamma-field")).to_be_visible()


def test_what_is_clicked_after_a_field_of_a_method_does_not_move_away(
    open_page: OpenPage, board: Board
) -> None:
    page = open_page()
    page.goto(f"{board.url}/runs/new?method=class_balanced_ce")
    beta = page.locator("[name='method.class_balanced_ce.loss.beta']")
    beta.fill("0.9, 0.99")
    expect(page.locator("#f-method-class_balanced_ce-loss-beta-about")).to_be_in_viewport()
    fold = page.locator("#group-data")
    fold.locator("> summary").click()
    expect(fold).to_have_attribute("open", "")
    expect(beta).not_to_be_focused()
