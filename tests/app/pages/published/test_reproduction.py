"""/published/NAME: reproductions that come with betaboard, as page, JSON and plot, and the way there."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.reproduction import worked as shipped
from app.reproduction.plan import plan_named
from tests.app.pages.seen import HTML, context
from tests.app.reproduction.made import put_write_up

API = "/api/v1/published/reproductions"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of worked examples, empty."""
    made = tmp_path / "worked"
    made.mkdir()
    monkeypatch.setattr(shipped, "FOLDER", made)
    return made


def test_without_a_file_there_is_no_link_and_no_page(client: TestClient, folder: Path) -> None:
    assert context(client.get("/published", headers=HTML))["reproductions"] == []
    assert "We ran it" not in client.get("/published", headers=HTML).text
    assert client.get(API).json() == {"items": []}
    missing = client.get("/published/write-up", headers=HTML)
    assert missing.status_code == 404
    assert "There are: none yet." in missing.text
    for below in ("", "/figures/accuracy", "/figures/accuracy/table.csv"):
        assert client.get(f"{API}/write-up{below}").status_code == 404


def test_page_is_its_json_twin(client: TestClient, folder: Path) -> None:
    put_write_up(folder)
    page = client.get("/published/write-up", headers=HTML)
    view = context(page)["view"].model_dump(mode="json")
    assert page.status_code == 200
    assert f'href="{context(page)["twin"]}"' in page.text
    assert client.get(context(page)["twin"]).json() == view
    assert client.get(API).json() == {"items": [view]}
    assert view["is_whole"]
    answers = {claim["id"]: claim["answer"] for claim in view["claims"]}
    assert answers["beats-cross-entropy"] == "holds", "20 points of class-balanced weights"
    assert answers["best-in-the-middle"] == "cannot tell", "all betas do alike"
    assert answers["tail-near-zero"] == "does not hold", "every class is found alike"
    assert answers["because-of-its-weights"] == "holds"
    for claim in view["claims"]:
        assert claim["says"].replace("'", "&#39;") in page.text
    assert 'href="/published"' in page.text
    assert "betaboard reproduce write-up" in page.text


def test_published_leads_to_it_and_says_how_many_claims_hold(client: TestClient, folder: Path) -> None:
    put_write_up(folder)
    page = client.get("/published", headers=HTML)
    tally = client.get(f"{API}/write-up").json()["tally"]
    assert tally.startswith("2 of 11 claims hold")
    title = plan_named("write-up").title.replace("'", "&#39;")
    assert f'We ran it: <a href="/published/write-up">{title}</a>: {tally}.' in page.text


def test_a_part_of_the_runs_reads_as_a_part(client: TestClient, folder: Path) -> None:
    many = put_write_up(folder, 0.5)
    page = client.get("/published/write-up", headers=HTML)
    view = context(page)["view"]
    assert 0 < view.done <= many, "runs of a setting that has not chosen yet are not counted"
    assert not view.is_whole
    assert context(page)["summary"].endswith(f"are open; {view.done} of {view.asked} runs")
    assert "It is not finished: what cannot be told yet stands as open." in page.text
    assert "We ran it" not in client.get("/published", headers=HTML).text, "nothing is claimed of a part"


def test_its_plot_is_drawn_in_both_themes_and_read_as_a_table(client: TestClient, folder: Path) -> None:
    put_write_up(folder)
    page = client.get("/published/write-up", headers=HTML)
    url = f"{API}/write-up/figures/accuracy"
    assert f'data-figure="{url}?"' in page.text
    light, dark = (client.get(url, params={"theme": theme}).json() for theme in ("light", "dark"))
    assert [one["x"] for one in light["data"]] == [one["x"] for one in dark["data"]]
    assert light["data"][1]["marker"] != dark["data"][1]["marker"]
    table = client.get(f"{url}/table.csv").text.splitlines()
    assert table[0] == 'setting,seeds,"published, %","ours, %","low, %","high, %"'
    assert table[1].startswith("Cross-entropy,5,38.59,40.8,")
