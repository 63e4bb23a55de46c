"""/theory/focal: reference losses, gamma = 1 told from cross-entropy, both forms, links to a run."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.formats import typeset
from tests.app.lab.cases import theory_cases
from tests.app.lab.pages import links_to, refused_on, rows_of
from tests.app.pages.seen import HTML, context, typed_in

PAGE = "/theory/focal"
CASE: dict[str, Any] = theory_cases()["focal_softmax"]
P = ", ".join(map(str, CASE["p"]))


def show(client: TestClient, **typed: str) -> Any:
    page = client.get(PAGE, params=typed, headers=HTML)
    assert page.status_code == 200, page.text
    return page


def test_reference_losses_stand_on_the_page(client: TestClient) -> None:
    page = show(client, p=P, gammas=", ".join(CASE["gamma"]))
    view = context(page)["view"]
    for row, losses in zip(view.rows, CASE["gamma"].values(), strict=True):
        assert row.loss == pytest.approx(losses, abs=5e-7)
    rows = rows_of(page.text, "focal-table")[: len(view.rows)]
    shown = [[float(cell) for cell in row[1:]] for row in rows]
    assert shown == [pytest.approx(losses, rel=5e-3) for losses in CASE["gamma"].values()]
    assert [row[0] for row in rows] == ["0 cross-entropy", "1", "1.5", "2"]


@pytest.mark.parametrize("p", ["0.99999", "0.000001", "0.999999999999"])
def test_a_probability_close_to_an_end_has_its_steps(client: TestClient, p: str) -> None:
    show(client, p=p, gammas="2", weight="0.00001")


def test_weight_and_power_make_the_combined_weight(client: TestClient) -> None:
    page = show(client, p="0.5", gammas="0, 2", gamma="2", weight="3")
    rows = rows_of(page.text, "focal-table")
    assert [row[1] for row in rows[2:]] == ["3.00", "0.750"]
    assert [row[1] for row in rows_of(page.text, "gradient-table")] == ["−1.50 (3.00)", "−0.895 (1.79)"]


def test_cross_entropy_given_for_gamma_one_is_explained(client: TestClient) -> None:
    example, path = context(show(client))["examples"][0]
    page = client.get(path, headers=HTML)
    assert context(page)["view"].answer.wrong == len(CASE["p"])
    assert "at gamma = 0, not at gamma = 1" in page.text
    assert typeset(example.about) in page.text
    row = next(row for row in rows_of(page.text, "focal-table") if row[0] == "1")
    assert row[1:] == ["0.0105 ✗ you: 0.105", "0.347 ✗ you: 0.693", "2.07 ✗ you: 2.303"]


def test_a_right_answer_is_right_in_every_cell(client: TestClient) -> None:
    page = show(client, p=P, gammas="1", gamma="1", answer="0.0105, 0.347, 2.072")
    assert context(page)["view"].answer.correct
    assert all(cell.endswith("✓") for cell in rows_of(page.text, "focal-table")[0][1:])


def test_an_infinite_loss_is_shown_and_is_null_in_json(client: TestClient) -> None:
    page = show(client, p="0, 1", gammas="0.5", gamma="0.5")
    assert rows_of(page.text, "focal-table")[0][1:] == ["∞", "0.00"]
    twin = client.get(context(page)["twin"]).json()
    assert twin == context(page)["view"].model_dump(mode="json")
    assert twin["rows"][0]["loss"] == [None, 0.0]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("p", "0.5, 1.1", "p[1] must lie between 0 and 1"),
        ("gammas", "-1", "must lie between 0 and 20"),
        ("gamma", "21", "must lie between 0 and 20"),
        ("weight", "0", "must be above 0"),
        ("probability", "logit", "softmax"),
        ("answer", "1", "must have 3 numbers, got 1"),
    ],
)
def test_a_refusal_stands_at_its_field(client: TestClient, field: str, typed: str, words: str) -> None:
    page = client.get(PAGE, params={field: typed}, headers=HTML)
    assert page.status_code == 422
    ((home, said),) = refused_on(page).items()
    assert (home, words in said) == (field, True), said


def test_a_gamma_is_used_in_a_run_and_several_are_swept(client: TestClient) -> None:
    page = show(client, gammas="0, 2", gamma="2", probability="sigmoid")
    use, sweep = links_to(page.text, "/runs/new")
    form = client.get(use, headers=HTML)
    shown = typed_in(form)
    assert (shown["loss.name"], shown["loss.gamma"], shown["loss.probability"]) == ("focal", "2", "sigmoid")
    assert context(form)["preview"].config["loss"]["gamma"] == 2
    swept = context(client.get(sweep, headers=HTML))["sweep"]
    assert swept.size == "3 settings = 3 runs"
