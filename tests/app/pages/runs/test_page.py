"""What an open page of a run asks for after an epoch: the parts, figures drawn once, tables when opened."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.comparing.figures.cache import CachedFigure, FigureCache
from app.comparing.figures.registry import FIGURES
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


def test_parts_hold_what_an_epoch_changes_and_the_asked_figures_alone(
    client: TestClient, seed_run: SeedRun
) -> None:
    run_id = seed_run("running", epochs=2)
    answer = client.get(f"/runs/{run_id}/parts?figures=accuracy,confusion,compare-heat").json()
    drawn = client.get(f"/api/v1/figures/accuracy?run={run_id}").json()
    assert set(answer["figures"]) == {"accuracy", "confusion"}
    assert answer["figures"]["accuracy"]["figure"] == drawn
    assert answer["figures"]["accuracy"]["label"].startswith("Accuracy by epoch, 2 of 2 epochs.")
    for part in ("strip", "messages", "class-table", "checkpoints"):
        assert f'id="{part}"' in answer["html"]
    for whole in ("plot-box", "<html", 'id="origin"'):
        assert whole not in answer["html"]
    assert client.get(f"/runs/{run_id}/parts?figures=nothing").status_code == 404
    assert client.get("/runs/99/parts").status_code == 404


def test_it_leads_to_its_data_set(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run("completed", config={"data": {"dataset": "shapes10"}})
    page = client.get(f"/runs/{run_id}", headers={"Accept": "text/html"}).text
    assert '<a href="/datasets/shapes10"><b>shapes10</b></a>' in page
    assert client.get("/datasets/shapes10").status_code == 200


def test_a_figure_is_drawn_once_for_all_until_an_epoch_changes_it(
    client: TestClient, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, drawn = seed_run("running", epochs=1), []
    loss = FIGURES["loss"]

    def counted(source: object) -> object:
        drawn.append(source)
        return loss.draw(source)  # type: ignore[arg-type]

    monkeypatch.setitem(FIGURES, "loss", replace(loss, draw=counted))  # type: ignore[arg-type]
    path = f"/api/v1/figures/loss?run={run_id}"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path).content == first.content
    client.get(f"/runs/{run_id}/parts?figures=loss")
    assert len(drawn) == 1
    assert client.get(f"{path}&theme=dark").headers["etag"] != first.headers["etag"]
    assert len(drawn) == 2


def test_an_edit_or_another_epoch_gives_another_tag(client: TestClient, seed_run: SeedRun) -> None:
    one, two = (seed_run("running", epochs=epochs) for epochs in (1, 2))
    tags = [client.get(f"/api/v1/figures/loss?run={run_id}").headers["etag"] for run_id in (one, two)]
    client.patch(f"/api/v1/runs/{one}", json={"name": "another"})
    tags.append(client.get(f"/api/v1/figures/loss?run={one}").headers["etag"])
    assert len(set(tags)) == 3


def test_the_cache_counts_the_bytes_of_figures() -> None:
    cache = FigureCache(most_bytes=100)
    for key, size in (("a", 60), ("b", 50)):
        cache.put(key, CachedFigure(bytes(size), "", ""))
    assert cache.get("a") is None
    assert cache.get("b") is not None


def test_a_table_is_that_of_the_page_and_a_large_one_a_link(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run("running", epochs=2)
    table = client.get(f"/runs/{run_id}/tables/accuracy").text
    assert table.count("<tr>") == 3
    assert table.strip() in client.get(f"/runs/{run_id}", headers={"Accept": "text/html"}).text
    assert client.get(f"/runs/{run_id}/tables/compare-heat").status_code == 404
    long = seed_run("running", epochs=150)
    table = client.get(f"/runs/{long}/tables/accuracy").text
    page = client.get(f"/runs/{long}", headers={"Accept": "text/html"}).text
    assert table.count("<tr>") == 151
    assert table.strip() not in page
    assert f'data-table="/runs/{long}/tables/accuracy?order=count"' in page
    assert page.count("data-later") >= 1
    many = seed_run(epochs=1, class_names=[f"c{at}" for at in range(60)], train_counts=[9] * 60)
    assert "download them as CSV" in client.get(f"/runs/{many}/tables/confusion").text
