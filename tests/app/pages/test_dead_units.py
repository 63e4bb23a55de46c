"""Dead units on the run's page: a section with figure and table where they were measured, else no trace."""

import pytest
from starlette.testclient import TestClient

from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

FIGURES = {
    at: {
        "scalars": {
            "dead_units/relu1": 0.125 * at,
            "zero_activations/relu1": 0.5,
            "dead_units/relu2": 0.0,
            "zero_activations/relu2": 0.25,
        }
    }
    for at in (1, 2, 3)
}


def test_the_section_holds_figure_and_layers(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(figures=FIGURES)
    page = client.get(f"/runs/{run_id}").text
    assert '<section id="units"' in page
    assert '<a href="#units">' in page
    assert 'id="plot-dead-relu"' in page
    assert '<td class="muted">convolution block 1</td><td class="number">37.5</td>' in page
    figure = client.get(f"/api/v1/figures/dead-relu?run={run_id}").json()
    assert [trace["y"] for trace in figure["data"]] == [[12.5, 25, 37.5], [0, 0, 0], [50] * 3, [25] * 3]
    scalars = client.get(f"/api/v1/runs/{run_id}/scalars?key=dead_units/relu1").json()["items"]
    assert [row["value"] for row in scalars] == [0.125, 0.25, 0.375]


def test_a_run_from_before_has_no_such_section(client: TestClient, seed_run: SeedRun) -> None:
    page = client.get(f"/runs/{seed_run()}").text
    assert 'id="units"' not in page
    assert "#units" not in page
    assert "dead-relu" not in page
