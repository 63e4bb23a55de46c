"""/theory/layers: the write-up's network, pixels that no window reads, what fills it, links to matrices."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lab.layers.calculator import LAYERS
from app.lab.layers.page import layers_context
from app.lab.layers.views import LayersView
from tests.app.lab.cases import theory_cases
from tests.app.lab.pages import links_to, refused_on, rows_of, typed_on
from tests.app.pages.seen import HTML, context
from tests.conftest import SeedRun

PAGE = "/theory/layers"
CASE: dict[str, Any] = theory_cases()["layers_write_up_net"]


def show(client: TestClient, **typed: str) -> Any:
    page = client.get(PAGE, params=typed, headers=HTML)
    assert page.status_code == 200, page.text
    return page


def test_the_write_up_net_opens_the_page(client: TestClient) -> None:
    page = show(client)
    assert context(page)["view"].totals.parameters == CASE["parameters"]
    rows = rows_of(page.text, "layers-table")
    assert rows[-1][2] == f"{CASE['parameters']:,}"
    flat = next(row for row in rows if row[0].endswith("flatten"))
    assert flat[1] == "1024"
    assert rows[-2][5] == "all", "behind a linear layer all is seen"
    assert client.get(context(page)["twin"]).json() == context(page)["view"].model_dump(mode="json")


def test_a_dropped_border_is_marked_and_said(client: TestClient) -> None:
    page = show(client, input="3, 33, 33", layers="pool k2\nrelu")
    row = rows_of(page.text, "layers-table")[1]
    assert (row[0], row[1], row[6]) == ("1 pool k2", "3 × 16 × 16", "65")
    assert "1 row at the bottom and 1 column at the right" in page.text
    assert "65 of the 1,089 pixels of the image reach no output" in page.text
    whole = show(client, input="3, 32, 32", layers="pool k2\nrelu")
    assert 'class="has-unread"' not in whole.text
    assert "reach no output" not in whole.text


def test_features_alone_need_no_image(client: TestClient) -> None:
    page = show(client, input="4", layers="linear 3; relu; linear 2")
    assert [row[2] for row in rows_of(page.text, "layers-table")[1:4]] == ["15", "–", "8"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("layers", "conv 8 k3\npond k2", "layers[1] starts with"),
        ("layers", "pool k40", "covers 40 × 40"),
        ("layers", "conv 8 k3 s0", "layers[0].stride"),
        ("layers", "linear 10", "put a flatten before it"),
        ("input", "3, y, 32", "input[1]"),
        ("run", "x", "number of a run"),
        ("classes", "7", ""),
    ],
)
def test_a_refusal_stands_at_its_field(client: TestClient, field: str, typed: str, words: str) -> None:
    page = client.get(PAGE, params={field: typed}, headers=HTML)
    assert page.status_code == 422
    ((home, said),) = refused_on(page).items()
    assert home == ("model" if field == "classes" else field)
    assert words in said.replace(" x ", " × "), said


def test_a_run_fills_its_network(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run(config={"model": {"batch_norm": False, "width": 16}})
    link = f"{PAGE}?run={run}"
    assert f'href="{link}"' in client.get(f"/runs/{run}", headers=HTML).text
    page = client.get(link, headers=HTML)
    assert typed_on(page)["layers"].startswith("conv 16 k3 p1\npool k2\nrelu\nconv 32 k3 p1")
    assert typed_on(page)["run"] == ""
    asked = client.post(
        "/api/v1/runs/validate", json={"config": {"model": {"batch_norm": False, "width": 16}}}
    ).json()
    assert context(page)["view"].totals.parameters == asked["parameters"], "what the run trains"


def test_a_model_fills_for_any_number_of_classes(client: TestClient) -> None:
    page = show(client, model="convnet4", classes="7")
    assert context(page)["view"].output == (7,)


def test_each_convolution_leads_to_its_matrix(client: TestClient) -> None:
    page = show(client, input="2, 6, 5", layers="conv 4 k3x2 s2x1 p1:0x0:1 d1 g2\nconv 4 k3 p1\nrelu")
    links = links_to(page.text, "/theory/conv-matrix")
    assert len(links) == 2
    rows = context(page)["view"].rows
    for link, row in zip(links, rows[:2], strict=True):
        matrix = client.get(link, headers=HTML)
        assert matrix.status_code == 200, link
        view = context(matrix)["view"]
        assert (view.output.channels, view.output.height, view.output.width) == row.output
        assert view.nonzeros <= row.multiply_adds, "padding is read by windows, but is no column of A"


def test_a_large_convolution_shows_one_channel_and_a_huge_one_none() -> None:
    def lines(**typed: str) -> list[Any]:
        view = LAYERS.work_out_typed(LAYERS.complete(typed))
        assert isinstance(view, LayersView)
        return list(layers_context(view, {})["lines"])

    (large,) = lines(input="3, 32, 32", layers="conv 32 k3 p1")
    assert "channels=1&" in large.matrix
    (huge,) = lines(input="3, 512, 512", layers="conv 32 k3 p1")
    assert huge.matrix == ""
    assert large.parameters == large.multiply_adds == large.memory == 1.0
