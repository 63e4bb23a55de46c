"""/theory/class-balance: weights along the class axis, marked answers, what fills it, links both ways."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import hypothesis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.formats import typeset
from app.lab.class_balance.page import FEW_CLASSES, MOST_CLASSES
from tests.app.lab.cases import theory_cases
from tests.app.lab.pages import links_to, refused_on, rows_of, typed_on
from tests.app.pages.seen import HTML, context, typed_in
from tests.conftest import SeedRun
from trainer.config import parse_config
from trainer.weighting import class_weights

pytestmark = pytest.mark.slow

PAGE = "/theory/class-balance"
CASE: dict[str, Any] = theory_cases()["class_balance"]
COUNTS = ", ".join(map(str, CASE["counts"]))
NASTY = "<img src=x onerror=alert(1)>"
TWO_CLASSES = [
    ("0.9", "1.00", "1.00"),
    ("0.99", "0.991", "1.01"),
    ("0.999", "0.496", "1.50"),
    ("0.9999", "0.133", "1.87"),
    ("1", "0.0952", "1.90"),
]


def show(client: TestClient, **typed: str) -> Any:
    page = client.get(PAGE, params=typed, headers=HTML)
    assert page.status_code == 200, page.text
    return page


@pytest.mark.parametrize("beta", CASE["weights"])
def test_reference_weights_stand_on_the_page(client: TestClient, beta: str) -> None:
    page = show(client, counts=COUNTS, betas=beta, beta=beta)
    (row,) = context(page)["view"].rows
    assert row.weights == pytest.approx(CASE["weights"][beta], abs=5e-7)
    (cells,) = rows_of(page.text, "weights-table")
    assert [float(cell) for cell in cells[-10:]] == pytest.approx(CASE["weights"][beta], rel=5e-3)


def test_two_classes_whose_sweep_shows_nothing(client: TestClient) -> None:
    page = show(client, counts="8000, 400", betas="0.9, 0.99, 0.999, 0.9999, 1", beta="1")
    rows = rows_of(page.text, "weights-table")
    assert [(row[0].split()[0], *row[-2:]) for row in rows] == TWO_CLASSES
    assert rows[0][0] == "0.9 no effect"
    assert "no effect for these counts" in page.text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("betas", "0.9, 1.2", "betas[1] must lie between 0"),
        ("betas", "-.1", "must lie between 0"),
        ("betas", "1-1e-4", "must be a number"),
        ("counts", "8000, 0", "at least one"),
        ("counts", "", "at least one number"),
        ("answer", "1, 2, 3", "must have 10 numbers, got 3"),
        ("names", "a, b", "must name all 10 classes"),
        ("run", "seven", "must be the number of a run"),
        ("dataset", "nowhere", "nowhere"),
        ("imbalance_ratio", "50", "must be named"),
    ],
)
def test_a_refusal_stands_at_its_field(client: TestClient, field: str, typed: str, words: str) -> None:
    page = client.get(PAGE, params={field: typed}, headers=HTML)
    assert page.status_code == 422
    ((home, said),) = refused_on(page).items()
    assert home == ("dataset" if field == "imbalance_ratio" else field)
    assert words in said
    assert typed_on(page)[field] == typed
    assert 'aria-invalid="true"' in page.text


@pytest.mark.parametrize("beta", ["1e-15", "1e-7", "0.00001", "0.9999999999999999"])
def test_a_beta_written_with_a_power_of_ten_has_its_steps(client: TestClient, beta: str) -> None:
    show(client, counts="5, 1", betas=".9", beta=beta)


@pytest.mark.parametrize("beta", ["1e-320", "1e-400", "N=1e309", "N=1e18", "0.99999999999999999"])
def test_a_beta_that_a_double_confuses_with_an_end_is_refused_at_its_field(
    client: TestClient, beta: str
) -> None:
    page = client.get(PAGE, params={"counts": "5, 1", "beta": beta}, headers=HTML)
    assert page.status_code == 422
    assert refused_on(page).keys() == {"beta"}


def test_json_twin_is_the_same_view(client: TestClient) -> None:
    page = show(client, counts=COUNTS, betas="0.99", answer="1, 1, 1, 1, 1, 1, 1, 1, 1, 1")
    twin = client.get(context(page)["twin"]).json()
    assert twin == context(page)["view"].model_dump(mode="json")
    assert twin["answer"]["wrong"] == 10


def test_a_wrong_entry_is_marked_in_its_class(client: TestClient) -> None:
    page = show(client, counts="50, 5000, 500", betas="0.999", beta="0.999", answer="2.617, 0.2, 0.317")
    (cells,) = rows_of(page.text, "weights-table")
    assert cells[-3:] == ["0.126 ✗ you: 0.2", "0.317 ✓", "2.56 ✗ you: 2.617"], "classes stand by their images"
    assert context(page)["wrong"].keys() == {0, 1}


def test_examples_of_the_write_up_are_explained(client: TestClient) -> None:
    examples = context(show(client))["examples"]
    for example, path in examples:
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        assert context(page)["worked"] == example
        assert typeset(example.about) in page.text.replace("&#39;", "'")
    first = client.get(examples[0][1], headers=HTML)
    assert first.text.count("no effect</span>") > 0


def test_many_classes_are_shown_evenly_with_both_ends(client: TestClient) -> None:
    counts = [1000 - at for at in range(MOST_CLASSES + 1)]
    page = show(client, counts=" ".join(map(str, counts)))
    columns = context(page)["columns"]
    assert len(columns) == FEW_CLASSES
    assert (columns[0].count, columns[-1].count) == (1000, counts[-1])
    assert f"{FEW_CLASSES} of {len(counts)} classes" in page.text
    wrong = ", ".join("0.1" if at == 1 else "1.00" for at in range(len(counts)))
    marked = context(show(client, counts=" ".join(map(str, counts)), betas="0.5", beta="0.5", answer=wrong))
    assert [column.index for column in marked["columns"]][1] == 1, "a wrong entry is always to be seen"


def test_a_run_fills_counts_names_and_beta(client: TestClient, seed_run: SeedRun) -> None:
    loss = {"name": "focal", "weighting": "class_balanced", "beta": 0.98}
    run = seed_run(config={"loss": loss}, class_names=("cat", NASTY, "fox"))
    page = show(client, run=str(run))
    typed = typed_on(page)
    assert (typed["counts"], typed["names"]) == ("100, 30, 10", f"cat\n{NASTY}\nfox")
    assert (typed["beta"], typed["run"]) == ("0.98", "")
    row = context(page)["derived"]
    assert row.weights == class_weights((100, 30, 10), parse_config({"loss": loss}).loss), "as it is trained"
    assert NASTY not in page.text


@pytest.mark.parametrize("loss", [
    {"weighting": "inverse_sqrt"}, {"weighting": "by_hand", "class_weights": [1.0, 2.0, 3.0]},
])  # fmt: skip
def test_a_run_whose_weights_no_beta_makes_fills_counts_alone(
    client: TestClient, seed_run: SeedRun, loss: dict[str, Any]
) -> None:
    run = seed_run(config={"loss": loss}, class_names=("cat", "dog", "fox"))
    typed, usual = typed_on(show(client, run=str(run))), typed_on(show(client))
    assert typed["counts"] == "100, 30, 10"
    assert (typed["betas"], typed["beta"]) == (usual["betas"], usual["beta"])
    assert "/theory/class-balance" not in client.get(f"/runs/{run}", headers=HTML).text


SHOWN = st.characters(exclude_characters="\0/", categories=["L", "N", "P", "S", "Zs"])
FOLDER_NAMES = st.text(SHOWN, min_size=1, max_size=255).filter(lambda name: bool(name.strip()))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(FOLDER_NAMES, FOLDER_NAMES, FOLDER_NAMES))
@hypothesis.example(("Siberian tiger, male; adult", "  a, b,", "x" * 255))
@hypothesis.example(("a,b", "c", "d"))
@hypothesis.example((";", ",", "\u3000x"))
def test_any_names_come_from_a_run_to_its_page(
    client: TestClient, seed_run: SeedRun, names: tuple[str, str, str]
) -> None:
    page = show(client, run=str(seed_run(class_names=names)))
    assert context(page)["view"].names == names
    sent = typed_on(page)["names"].replace("\n", "\r\n")
    again = show(client, counts=typed_on(page)["counts"], names=sent)
    assert context(again)["view"].names == names, "as a browser sends the field"


def test_a_data_set_fills_its_counts(client: TestClient) -> None:
    page = show(client, dataset="shapes10", imbalance="exp", imbalance_ratio="10")
    view = context(page)["view"]
    assert view.counts[0] == 10 * view.counts[-1]
    assert view.names[0] == "disc"
    assert typed_on(page)["dataset"] == ""


def test_a_weighted_run_leads_here(client: TestClient, seed_run: SeedRun) -> None:
    weighted = seed_run(config={"loss": {"weighting": "class_balanced"}})
    link = f"/theory/class-balance?run={weighted}"
    assert f'href="{link}"' in client.get(f"/runs/{weighted}", headers=HTML).text
    unweighted = seed_run()
    assert "/theory/class-balance" not in client.get(f"/runs/{unweighted}", headers=HTML).text


@pytest.mark.parametrize(
    ("beta", "loss"),
    [
        ("0.999", {"loss.weighting": "class_balanced", "loss.beta": "0.999"}),
        ("N=3000", {"loss.weighting": "class_balanced", "loss.beta": "0.9996666666666667"}),
        ("1", {"loss.weighting": "inverse_frequency"}),
        ("0", {"loss.weighting": "none"}),
    ],
)
def test_a_beta_is_used_in_a_run(client: TestClient, beta: str, loss: dict[str, str]) -> None:
    page = show(client, counts=COUNTS, betas="0.9", beta=beta)
    (link,) = [link for link in links_to(page.text, "/runs/new") if "method" not in link]
    form = client.get(link, headers=HTML)
    shown = typed_in(form)
    assert {path: shown[path] for path in loss} == loss
    config = context(form)["preview"].config["loss"]
    derived = context(page)["derived"]
    assert config["beta"] == (derived.beta if 0 < derived.beta < 1 else None), "all digits"


def test_betas_are_swept_without_the_ends(client: TestClient) -> None:
    page = show(client, betas="0, 0.9, 0.99, 1", beta="")
    link = next(link for link in links_to(page.text, "/runs/new") if "method" in link)
    assert parse_qs(urlsplit(link).query)["loss.beta"] == ["0.9, 0.99"]
    assert context(client.get(link, headers=HTML))["sweep"].size == "3 settings = 3 runs"


def test_a_weight_leads_to_the_focal_loss_of_an_image(client: TestClient) -> None:
    page = show(client, counts=COUNTS, betas="0.997", beta="0.997")
    (link,) = links_to(page.text, "/theory/focal")
    view = context(client.get(link, headers=HTML))["view"]
    assert view.weight == pytest.approx(CASE["weights"]["0.997"][-1], abs=5e-6)
