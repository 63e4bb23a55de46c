"""The page on dead units: what it reads, what it says where there is nothing, and the preset sweep."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.dead_relu.figure import dead_relu_rate
from app.comparing.dead_relu.fill import dead_units
from app.figures.theme import LIGHT
from app.pages.dead_relu import MOST_COLUMNS
from app.store.engine import Database
from tests.app.pages.seen import HTML, context, template
from tests.conftest import SeedRun
from trainer.sweep import SWEEP_PRESETS, expand

pytestmark = pytest.mark.slow

PAGE = "/theory/dead-relu"


def shares(*dead: float) -> dict[int, dict[str, Any]]:
    """Figures of a run whose only layer has these shares of dead units after epochs 1, 2, ..."""
    return {
        epoch: {"scalars": {"dead_units/relu1": share, "zero_activations/relu1": 0.5}}
        for epoch, share in enumerate(dead, start=1)
    }


def at_rate(seed_run: SeedRun, rate: float, *dead: float, seed: int = 0) -> int:
    config = {"seed": seed, "optim": {"learning_rate": rate, "epochs": len(dead), "milestones": []}}
    return seed_run(config=config, epochs=len(dead), figures=shares(*dead))


def test_without_runs_it_offers_the_preset_and_launches_it_once(client: TestClient) -> None:
    page = client.get(PAGE, headers=HTML)
    assert template(page) == "theory_dead_relu.html"
    assert "No run here has measured dead units yet" in page.text
    key = re.search(r'name="key" value="(\w+)"', page.text)
    assert key
    launched = [client.post(PAGE, data={"key": key[1]}, follow_redirects=False) for _ in range(2)]
    assert {answer.headers["location"] for answer in launched} == {f"{PAGE}?sweep=1"}
    preset = SWEEP_PRESETS["dead_relu"]
    cells = len(expand(preset["base"], preset["axes"], preset["baselines"]))
    assert client.get("/api/v1/runs").json()["total"] == cells
    waiting = client.get(PAGE, headers=HTML)
    assert f"{cells} runs have no finished epoch yet" in waiting.text
    assert context(waiting)["query"].sweep == 1, "the newest sweep of the preset is read unasked"


def test_a_row_a_setting_with_its_seeds_averaged(client: TestClient, seed_run: SeedRun) -> None:
    runs = [at_rate(seed_run, 0.1, 0.5, 0.25), at_rate(seed_run, 0.1, 0.25, 0.0, seed=1)]
    runs.append(at_rate(seed_run, 0.01, 0.0, 0.0))
    asked = f"?runs={','.join(map(str, runs))}"
    page = client.get(PAGE + asked, headers=HTML)
    rows = {row.setting.n: row.shares for row in context(page)["rows"]}
    assert rows == {2: ((0.375, 0.125),), 1: ((0.0, 0.0),)}
    assert context(page)["units"].model_dump(mode="json") == client.get(f"/api/v1{PAGE}{asked}").json()


def test_the_figure_joins_settings_that_differ_in_the_rate_alone(
    db: Database, client: TestClient, seed_run: SeedRun
) -> None:
    runs = [at_rate(seed_run, 0.1, 0.5, 0.25), at_rate(seed_run, 0.01, 0.0, 0.125)]
    runs.append(seed_run(config={"model": {"width": 8}}, epochs=1, figures=shares(1.0)))
    with db.read() as session:
        drawn = dead_relu_rate(dead_units(session, runs), LIGHT)
    largest, last = drawn.figure["data"]
    assert (largest["x"], largest["y"]) == ([0.01, 0.1], [12.5, 50])
    assert (last["x"], last["y"]) == ([0.01, 0.1], [12.5, 25])
    url = f"/api/v1{PAGE}/figures/rate"
    asked = f"runs={','.join(map(str, runs))}"
    assert client.get(f"{url}?{asked}").json()["data"][0]["y"] == [12.5, 50]
    table = client.get(f"{url}/table.csv?{asked}").text.splitlines()
    assert table == ['learning rate,runs,"relu1 most, %","relu1 last, %"', "0.01,1,12.5,12.5", "0.1,1,50,25"]


def test_runs_without_such_figures_are_named(client: TestClient, seed_run: SeedRun) -> None:
    old, new = seed_run(name="old"), at_rate(seed_run, 0.1, 0.5)
    page = client.get(f"{PAGE}?runs={old},{new}", headers=HTML).text
    assert (
        f'1 run was trained before dead units were measured, and is left out: <a href="/runs/{old}">' in page
    )
    only_old = client.get(f"{PAGE}?runs={old}", headers=HTML).text
    assert "None of these runs has measured dead units" in only_old


def test_without_the_preset_the_newest_measured_runs_are_read(client: TestClient, seed_run: SeedRun) -> None:
    runs = [at_rate(seed_run, 0.1 / number, 0.5) for number in range(1, 24)]
    unmeasured = seed_run(name="newest, without such figures")
    archived = at_rate(seed_run, 0.3, 0.5)
    assert client.post(f"/api/v1/runs/{archived}/archive").status_code == 200
    page = client.get(PAGE, headers=HTML)
    assert context(page)["query"].runs == tuple(runs[3:]), "the twenty newest, none that is archived"
    assert unmeasured not in context(page)["query"].runs
    assert len(context(page)["rows"]) == 20
    assert "has measured dead units" not in page.text
    assert client.get(f"/api/v1{PAGE}").json() == context(page)["units"].model_dump(mode="json")


def test_many_epochs_are_thinned_keeping_first_and_last(client: TestClient, seed_run: SeedRun) -> None:
    run = at_rate(seed_run, 0.1, *[0.5] * 37)
    epochs = context(client.get(f"{PAGE}?runs={run}", headers=HTML))["epochs"]
    assert (epochs[0], epochs[-1], len(epochs)) == (1, 37, MOST_COLUMNS)
    assert sorted(set(epochs)) == epochs


def test_what_is_no_run_is_refused(client: TestClient) -> None:
    assert client.get(f"{PAGE}?runs=x", headers=HTML).status_code == 422
    assert client.get(f"{PAGE}?sweep=7", headers=HTML).status_code == 404
    assert client.get(f"/api/v1{PAGE}?runs=9").status_code == 404


def test_a_setting_is_told_by_what_differs_and_links_to_its_runs(
    client: TestClient, seed_run: SeedRun
) -> None:
    first, second = at_rate(seed_run, 0.1, 0.5), at_rate(seed_run, 0.1, 0.25, seed=1)
    optim = {"epochs": 1, "milestones": [], "learning_rate": 0.1}
    config = {"model": {"initial_bias": -0.05}, "optim": optim}
    biased = seed_run(config=config, epochs=1, figures=shares(1.0))
    failed = seed_run("failed", config=config | {"seed": 1}, epochs=1, figures=shares(1.0))
    page = client.get(f"{PAGE}?runs={first},{second},{biased},{failed}", headers=HTML)
    assert context(page)["differing"] == ["initial bias"]
    assert {row.fields for row in context(page)["rows"]} == {("as usual",), ("−0.05",)}
    assert f'href="/compare?runs={first},{second}"' in page.text
    assert f'href="/runs/{biased}"' in page.text
    assert "1 ended early" in page.text
    assert "Initial bias as usual → −0.05" in page.text
    assert "…" not in page.text.partition("units-table")[2].partition("</table>")[0]


def test_an_unknown_sweep_offers_the_page_without_one(client: TestClient) -> None:
    page = client.get(f"{PAGE}?sweep=999", headers=HTML)
    assert page.status_code == 404
    assert f"shows the newest sweep of the preset: {PAGE}" in page.text
