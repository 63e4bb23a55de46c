"""Saved presets over REST: kept, listed, launched from, deleted; and what is refused."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from trainer.config import PRESETS, as_json, merge, parse_config, preset
from trainer.sweep import SWEEP_PRESETS

RECIPES = "/api/v1/recipes"
MINE: dict[str, Any] = {
    "loss": {"name": "focal", "gamma": 2.0},
    "optim": {"epochs": 30, "milestones": [20]},
    "threads": 1,
}


def save(client: TestClient, name: str = "mine", **changes: Any) -> Any:
    return client.post(RECIPES, json={"name": name, "config": MINE | changes})


def test_it_is_kept_listed_and_deleted(client: TestClient) -> None:
    made = save(client)
    assert made.status_code == 201
    kept = client.get(f"{RECIPES}/mine").json()
    assert kept == made.json() == client.get(RECIPES).json()["items"][0]
    assert parse_config(kept["config"]) == parse_config(merge(MINE, {"threads": None}))
    assert "beta" not in kept["config"]["loss"], "what has no effect follows the defaults"
    assert client.delete(f"{RECIPES}/mine").status_code == 204
    assert client.get(RECIPES).json()["items"] == []
    assert client.get(f"{RECIPES}/mine").status_code == client.delete(f"{RECIPES}/mine").status_code == 404


def test_a_run_is_launched_from_it_with_what_is_sent_over_it(client: TestClient) -> None:
    save(client)
    sent = {"preset": "mine", "config": {"loss": {"gamma": 0.5}, "seed": 4}}
    run = client.post("/api/v1/runs", json=sent).json()
    meant = {**MINE, "loss": {"name": "focal", "gamma": 0.5}, "seed": 4, "threads": None}
    assert run["config"] == as_json(parse_config(meant))
    looked = client.post("/api/v1/runs/validate", json=sent).json()
    assert looked["config"] == run["config"]


def test_what_is_sent_is_judged_over_the_preset_and_not_alone(client: TestClient) -> None:
    """Epoch 161 is beyond the default of ten epochs, and within the 200 of the preset."""
    over = {"loss": {"weighting": "class_balanced", "weights_from": 161}, "data": {"dataset": "shapes10"}}
    sent = {"preset": "paper", "config": over}
    looked = client.post("/api/v1/runs/validate", json=sent)
    assert looked.status_code == 200
    assert looked.json()["config"] == as_json(parse_config(merge(PRESETS["paper"], over)))
    refused = client.post("/api/v1/runs/validate", json={"preset": "paper", "config": {"seed": -1}})
    assert [one["path"] for one in refused.json()["error"]["fields"]] == ["seed"]


def test_a_sweep_is_launched_over_it(client: TestClient) -> None:
    save(client)
    sent = {"preset": "mine", "axes": {"seed": [0, 1]}, "baselines": [{"loss.name": "cross_entropy"}]}
    sweep = client.post("/api/v1/sweeps", json=sent).json()
    assert (sweep["counts"]["total"], sweep["base"]["loss"]) == (4, {"name": "focal", "gamma": 2.0,
            "probability": "softmax", "weighting": "none"})  # fmt: skip
    assert client.post("/api/v1/sweeps/validate", json=sent).json()["runs"] == 4


def test_a_key_of_before_there_were_presets_still_answers_with_its_run(client: TestClient) -> None:
    """What an idempotency key stands for must not change with the fields of a body."""
    from app.runs.actions import body_hash
    from app.schemas import LaunchBody, read

    before = '{"name":null,"tags":[],"notes":"","priority":0,"config":'
    body = read(LaunchBody, {"config": {}})
    assert body.model_dump_json(exclude={"preset", "requirements"}).startswith(before)
    assert body_hash(body) == body_hash(read(LaunchBody, {"config": {}, "preset": None}))


@pytest.mark.parametrize("name", [*PRESETS, *SWEEP_PRESETS, "", "a/b", " ", "x" * 61])
def test_a_name_that_cannot_be_is_refused(client: TestClient, name: str) -> None:
    refused = save(client, name)
    assert refused.status_code == 422
    assert [one["path"] for one in refused.json()["error"]["fields"]] == ["name"]
    assert client.get(RECIPES).json()["items"] == []


def test_a_name_is_not_taken_twice(client: TestClient) -> None:
    save(client)
    again = save(client, seed=7)
    assert again.status_code == 409
    assert client.get(f"{RECIPES}/mine").json()["config"]["seed"] == 0


def test_an_unknown_preset_names_the_known(client: TestClient) -> None:
    save(client)
    for address in ("runs", "runs/validate", "sweeps"):
        body: dict[str, Any] = {} if address == "sweeps" else {"config": {}}
        refused = client.post(f"/api/v1/{address}", json={"preset": "theirs", **body})
        assert refused.status_code == 422
        [field] = refused.json()["error"]["fields"]
        assert field["path"] == "preset"
        assert "write_up, mine" in field["message"]


def test_presets_of_the_program_are_the_same_by_name(client: TestClient) -> None:
    looked = client.post("/api/v1/runs/validate", json={"preset": "quick", "config": {}})
    assert looked.json()["config"] == as_json(preset("quick"))
