"""Pages of runs of two stages: the button, the form that it opens, and links from either run to the other."""

import pytest
from starlette.testclient import TestClient

from tests.app.pages.seen import HTML, context, typed_in
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

BUTTON = "&amp;vary=second_stage.name&amp;second_stage.name=crt"


def launch(client: TestClient, **config: object) -> int:
    sent = client.post("/api/v1/runs", json={"config": config})
    assert sent.status_code == 201, sent.text
    return int(sent.json()["id"])


def page(client: TestClient, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200
    return answer.text


def test_a_completed_run_offers_its_second_stage(client: TestClient, seed_run: SeedRun) -> None:
    done, failed = seed_run("completed"), seed_run("failed")
    assert f"/runs/new?clone={done}{BUTTON}" in page(client, f"/runs/{done}")
    assert BUTTON not in page(client, f"/runs/{failed}")
    second = launch(client, second_stage={"name": "crt"})
    assert BUTTON not in page(client, f"/runs/{second}")


def test_the_form_names_the_run_that_is_trained_upon(client: TestClient, seed_run: SeedRun) -> None:
    done = seed_run("completed", config={"loss": {"name": "focal"}, "seed": 3})
    form = client.get(f"/runs/new?clone={done}&vary=second_stage.name&second_stage.name=crt", headers=HTML)
    typed = typed_in(form)
    assert (typed["second_stage.name"], typed["loss.name"], typed["seed"]) == ("crt", "focal", "3")
    assert typed["second_stage.epochs"] == "10"
    assert context(form)["preview"].first_stage.run_id == done
    assert f'<a href="/runs/{done}">run #{done}</a>, its first stage, which is completed.' in form.text
    sent = client.post("/runs/new", data={**typed, "key": "k"}, headers=HTML, follow_redirects=False)
    assert sent.status_code == 303
    second = int(sent.headers["location"].rpartition("/")[2])
    assert client.get(f"/api/v1/runs/{second}").json()["first_stage_id"] == done
    assert f'Second stage of <a href="/runs/{done}">#{done} seeded</a>, completed.' in page(
        client, f"/runs/{second}"
    )
    assert f'First stage of <a href="/runs/{second}">#{second} ' in page(client, f"/runs/{done}")


def test_the_form_says_that_the_first_stage_is_queued_too(client: TestClient) -> None:
    said = "Its first stage was not trained here as yet: it is queued before this one"
    assert said in page(client, "/runs/new?second_stage.name=ncm")
    assert said not in page(client, "/runs/new")
    swept = client.get("/runs/new?second_stage.name=crt,ncm&seed=0,1", headers=HTML)
    assert context(swept)["sweep"].size == "2 settings × 2 seeds + 2 first stages = 6 runs"


@pytest.mark.parametrize("stage", ["crt", "tau_norm"])
def test_a_clone_of_a_second_stage_is_the_same(client: TestClient, stage: str) -> None:
    second = launch(client, second_stage={"name": stage})
    form = client.get(f"/runs/new?clone={second}", headers=HTML)
    view = context(form)["preview"]
    assert (view.equal_runs, view.first_stage.run_id, view.first_stage.state) == ((second,), 1, "queued")
    assert ", and waits for it." in form.text


def test_the_second_stages_of_a_run_are_named_up_to_six(client: TestClient) -> None:
    seconds = [launch(client, second_stage={"name": "tau_norm", "tau": tau / 10}) for tau in range(1, 9)]
    whole = page(client, "/runs/1")
    assert all(f'href="/runs/{one}"' in whole for one in seconds[:6])
    assert f'href="/runs/{seconds[6]}"' not in whole
    assert "and 2 more." in whole
