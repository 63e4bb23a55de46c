"""/compare?choose=RUN: the run's setting, its baseline and its sweep are there, ticked setting by setting."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.app.pages.seen import HTML, context, template
from trainer.config import parse_config

SeedRun = Callable[..., int]

FOCAL: dict[str, Any] = {"loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.9}}
PLAIN: dict[str, Any] = {"loss": {"name": "cross_entropy"}}


def kin(client: TestClient, run_id: int) -> list[tuple[str, tuple[int, ...], int]]:
    page = client.get(f"/compare?choose={run_id}", headers=HTML)
    assert (page.status_code, template(page)) == (200, "compare_choose.html")
    return [(one.label, one.run_ids, one.done) for one in context(page)["kin"]]


def test_setting_and_baseline_come_first(client: TestClient, seed_run: SeedRun) -> None:
    first, second = (seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1))
    plain = seed_run("running", config={**PLAIN, "seed": 1})
    seed_run("completed", config={**PLAIN, "data": {"imbalance_ratio": 10}})
    seed_run("completed", config={**PLAIN, "optim": {"learning_rate": 0.02}})
    seed_run("failed", config={**FOCAL, "seed": 2})
    found = [("CB-Focal 0.9", (first, second), 2), ("CE", (plain,), 0)]
    assert kin(client, first) == kin(client, second) == found
    assert kin(client, plain) == [("CE", (plain,), 0)]
    link = client.get(f"/runs/{second}", headers=HTML).text
    assert f'href="/compare?choose={second}"' in link


def test_the_sweep_of_the_run_is_there_and_what_broke_is_not(client: TestClient, seed_run: SeedRun) -> None:
    body = {
        "base": FOCAL,
        "axes": {"loss.beta": [0.9, 0.99], "seed": [0, 1]},
        "baselines": [{"loss.name": "cross_entropy", "loss.weighting": "none"}],
    }
    sweep = client.post("/api/v1/sweeps", json=body).json()
    ids = [[cell["run_id"] for cell in row["cells"]] for row in sweep["rows"]]
    client.post(f"/api/v1/runs/{ids[2][1]}/cancel")
    client.post(f"/api/v1/runs/{ids[0][1]}/cancel")
    client.post(f"/api/v1/runs/{ids[0][1]}/archive")
    assert kin(client, ids[1][0]) == [
        ("CB-Focal 0.9", tuple(sorted(ids[1])), 0),
        ("CE", (ids[0][0],), 0),
        ("CB-Focal 0.99", (ids[2][0],), 0),
    ]
    assert kin(client, ids[2][1])[0] == ("CB-Focal 0.99", tuple(sorted(ids[2])), 0), "itself, canceled"


def test_at_most_twenty_settings_are_ticked(client: TestClient) -> None:
    body = {"base": FOCAL, "axes": {"loss.beta": [place / 100 for place in range(25)], "seed": [0, 1]}}
    sweep = client.post("/api/v1/sweeps", json=body).json()
    text = client.get(f"/compare?choose={sweep['rows'][0]['cells'][0]['run_id']}", headers=HTML).text
    assert text.count("data-setting=") - text.count('class="choice-name">focal') == 25
    assert text.count(" checked>") == 20


def test_ticked_settings_make_one_address(client: TestClient, seed_run: SeedRun) -> None:
    ids = [seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1)]
    plain = seed_run("completed", config=PLAIN)
    asked = f"/compare?runs={ids[0]},{ids[1]}&runs={plain}"
    answer = client.get(asked, headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == f"/compare?runs={ids[0]},{ids[1]},{plain}"


@pytest.mark.parametrize(("choose", "status"), [("x", 422), ("99", 404), ("9" * 30, 422), ("", 200)])
def test_what_is_no_run(client: TestClient, choose: str, status: int) -> None:
    assert client.get(f"/compare?choose={choose}", headers=HTML).status_code == status


def test_one_setting_alone_is_asked_what_to_hold_it_against(client: TestClient, seed_run: SeedRun) -> None:
    ids = [seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1)]
    plain = seed_run("completed", config=PLAIN)
    page = client.get(f"/compare?runs={ids[0]}", headers=HTML)
    assert template(page) == "compare.html"
    assert [one.label for one in context(page)["kin"]] == ["CB-Focal 0.9", "CE"]
    assert page.text.count(" checked>") >= 2
    assert 'id="choose"' in page.text
    assert "verdict-top" not in page.text
    drawn = {one.name for one in context(page)["panels"].values()}
    assert drawn == {
        "compare-settings",
        "compare-heat",
        "compare-recall",
        "compare-recall-count",
        "compare-tradeoff",
        "compare-curves",
    }
    both = client.get(f"/compare?runs={ids[0]},{plain}", headers=HTML)
    assert 'id="choose"' not in both.text
    assert "compare_heat_delta" in context(both)["panels"]


def test_a_missing_baseline_is_offered(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run("completed", config=FOCAL)
    text = client.get(f"/compare?choose={run}", headers=HTML).text
    assert f"/runs/new?clone={run}&amp;loss.name=cross_entropy&amp;loss.weighting=none" in text
    page = client.get(f"/runs/new?clone={run}&loss.name=cross_entropy&loss.weighting=none", headers=HTML)
    assert context(page)["preview"].config == parse_config(
        {**PLAIN, "optim": {"epochs": 3, "milestones": []}}
    ).model_dump(mode="json")
