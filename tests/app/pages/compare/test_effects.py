"""/compare/effects, its JSON twin and its figures in a test client."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from app.store.engine import Database
from tests.app.comparing.effects.grids import Axes, Grid
from tests.app.pages.seen import HTML

pytestmark = pytest.mark.slow

AXES: Axes = {
    "loss.name": ["cross_entropy", "focal"],
    "optim.learning_rate": [0.1, 0.02],
    "data.augment": [True, False],
}


@pytest.fixture
def ids(db: Database) -> str:
    """Three fields, of which the loss matters most and augmentation not at all."""
    grid = Grid(db)
    grid.cross(AXES, lambda name, rate, _: 80 + 30 * (name == "focal") + 20 * (rate == 0.02))
    return ",".join(map(str, grid.ids))


def test_the_first_line_says_which_field_matters(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare/effects?runs={ids}", headers=HTML)
    twin = client.get(f"/api/v1/compare/effects?runs={ids}").json()
    assert page.status_code == 200
    text = unescape(re.sub(r"<[^>]*>", " ", page.text))
    assert "Loss, learning rate." in text
    assert twin["text"] in text
    assert twin["answer"] == "yes"
    assert text.index(twin["text"]) < text.index("Each field")


def test_every_figure_of_the_page_is_drawn_by_the_api(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare/effects?runs={ids}&field=data.augment&by=loss.name", headers=HTML).text
    found = re.findall(r'aria-label="([^"]*)"\s+data-figure="([^"]*)" data-name="([^"]*)"', page)
    names = [name for _, _, name in found]
    assert names == ["compare-effects", "field-loss-name", "field-optim-learning_rate", "field-data-augment",
                     "compare-field", "compare-fields", "compare-parallel"]  # fmt: skip
    titles = {}
    for label, address, name in found:
        answer = client.get(unescape(address))
        assert answer.status_code == 200
        titles[name] = answer.json()["layout"]["xaxis"].get("title", {}).get("text")
        table = client.get(unescape(address).replace("?", "/table.csv?")).text
        assert len(table.splitlines()) > 2
        assert label
    assert titles["field-optim-learning_rate"] == "learning rate, log scale"
    assert titles["compare-field"] == titles["compare-fields"] == "augment"


def test_controls_are_a_form_and_stand_in_the_address(client: TestClient, ids: str) -> None:
    address = f"/compare/effects?runs={ids}&metric=tail&multiplicity=none&by=data.augment"
    page = client.get(address, headers=HTML).text
    assert re.search(r'<option value="tail" selected', page)
    assert re.search(r'<select name="by" form="compare-form"', page)
    assert re.search(r'<option value="data.augment" selected>', page)
    assert f'<input type="hidden" name="runs" value="{ids}">' in page
    assert "Each difference is judged alone." in page


def test_a_field_that_does_not_differ_is_refused_by_name(client: TestClient, ids: str) -> None:
    answer = client.get(f"/api/v1/compare/effects?runs={ids}&field=loss.gamma")
    assert answer.status_code == 422
    (problem,) = answer.json()["error"]["fields"]
    assert problem["path"] == "field"
    assert "data.augment" in problem["message"]


def test_without_runs_the_page_leads_to_those_to_choose_and_its_twin_says_what_is_missing(
    client: TestClient,
) -> None:
    page = client.get("/compare/effects", headers=HTML, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/compare")
    twin = client.get("/api/v1/compare/effects")
    assert twin.status_code == 422
    assert "sweep is missing" in twin.text


@pytest.mark.parametrize("path", ["/compare/effects", "/api/v1/compare/effects"])
def test_a_sweep_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?sweep=9").status_code == 404


def test_the_report_has_the_answer_and_the_figures(client: TestClient, ids: str) -> None:
    report = client.get(f"/compare/report.html?runs={ids}").text
    twin = client.get(f"/api/v1/compare/effects?runs={ids}").json()
    assert twin["text"] in unescape(report)
    assert "Main effects" in report
    assert "Every field" in report


def test_the_comparison_and_the_sweep_lead_there(client: TestClient, ids: str) -> None:
    page = unescape(client.get(f"/compare?runs={ids}&sort=-accuracy", headers=HTML).text)
    assert f'href="/compare/effects?runs={ids}"' in page


@pytest.mark.parametrize("path", ["/compare", "/compare/effects", "/compare/images"])
def test_controls_of_a_search_keep_it(client: TestClient, ids: str, path: str) -> None:
    page = client.get(path, params={"q": "loss = focal or not loss = focal"}, headers=HTML).text
    forms = re.findall(rf'<form[^>]*action="{path}".*?</form>', page, re.S)
    assert all('name="q" value="loss = focal or not loss = focal"' in form for form in forms)
    assert forms or path == "/compare/images"  # these runs kept no answers


def test_a_metric_that_there_is_not_is_refused_and_no_other_taken_for_it(
    client: TestClient, ids: str
) -> None:
    for word in ("tial", "images_per_second"):
        answer = client.get(f"/api/v1/compare/effects?runs={ids}&metric={word}")
        assert answer.status_code == 422
        [problem] = answer.json()["error"]["fields"]
        assert problem["path"] == "metric"
        assert problem["message"].startswith(f"'{word}' is not a figure on test; there are accuracy, ")
    assert client.get(f"/api/v1/compare/effects?runs={ids}&metric=test_tail").json()["metric"] == "tail"
