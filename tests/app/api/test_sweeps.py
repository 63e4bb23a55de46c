"""/sweeps: launch, validate, list, show, cancel, retry, and every refusal by the name it has in the sweep."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

SeedRun = Callable[..., int]

SWEEPS = "/api/v1/sweeps"
BASE: dict[str, Any] = {
    "loss": {"name": "focal", "weighting": "class_balanced"},
    "optim": {"epochs": 3, "milestones": []},
}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}
BODY: dict[str, Any] = {
    "name": "betas",
    "base": BASE,
    "axes": {"loss.beta": [0.9, "N=100"], "seed": [0, 1]},
    "baselines": [CE],
}


def launched(client: TestClient, **changes: Any) -> Any:
    answer = client.post(SWEEPS, json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(client: TestClient, path: str = SWEEPS, **changes: Any) -> dict[str, str]:
    answer = client.post(path, json={**BODY, **changes})
    assert answer.status_code == 422, answer.text
    fields = answer.json()["error"]["fields"]
    return {field["path"]: field["message"] for field in fields}


class TestLaunch:
    def test_answers_with_the_grid_and_its_place(self, client: TestClient) -> None:
        answer = client.post(SWEEPS, json=BODY)
        sweep = answer.json()
        assert (answer.status_code, answer.headers["location"]) == (201, f"{SWEEPS}/{sweep['id']}")
        assert client.get(answer.headers["location"]).json() == sweep
        assert (sweep["name"], sweep["counts"]["total"], sweep["counts"]["queued"]) == ("betas", 6, 6)
        assert sweep["seeds"] == ["seed 0", "seed 1"]
        assert [row["label"] for row in sweep["rows"]] == ["CE", "CB-Focal 0.9", "CB-Focal 0.99"]
        assert [row["baseline"] for row in sweep["rows"]] == [True, False, False]
        assert sweep["rows"][2]["cells"][1]["values"] == {"loss.beta": 0.99, "seed": 1}
        assert sweep["moves"] == ["cancel"]

    def test_runs_of_a_sweep_can_be_listed(self, client: TestClient) -> None:
        sweep_id = launched(client)["id"]
        client.post("/api/v1/runs", json={"config": {}})
        page = client.get("/api/v1/runs", params={"sweep": sweep_id}).json()
        assert page["total"] == 6
        assert {run["sweep_id"] for run in page["items"]} == {sweep_id}

    def test_the_same_key_answers_with_the_same_sweep(self, client: TestClient) -> None:
        key = {"Idempotency-Key": "k"}
        first, again = (client.post(SWEEPS, json=BODY, headers=key) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        other = client.post(SWEEPS, json={**BODY, "name": "other"}, headers=key)
        assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")
        assert client.get(SWEEPS).json()["total"] == 1

    def test_second_launch_points_at_the_runs_of_the_first(self, client: TestClient) -> None:
        first, second = launched(client), launched(client, name="again")
        ids = [[[cell["run_id"] for cell in row["cells"]] for row in it["rows"]] for it in (first, second)]
        assert ids[0] == ids[1]
        assert all(cell["reused"] for row in second["rows"] for cell in row["cells"])
        assert (second["counts"]["queued"], second["moves"]) == (6, [])
        assert client.get("/api/v1/runs", params={"sweep": second["id"]}).json()["total"] == 6

    @pytest.mark.parametrize("path", [SWEEPS, f"{SWEEPS}/validate"])
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"axes": {"loss.beta": [0.9, 1.0]}}, "axes.loss.beta[1]", "less than 1"),
            ({"axes": {"loss.beta": ["N=0.2"]}}, "axes.loss.beta[0]", "at least 1"),
            ({"axes": {"seed": "0..4"}}, "axes.seed", "valid list"),
            ({"axes": {"seed": []}}, "axes.seed", "at least one value"),
            ({"axes": {"sed": [1]}}, "axes.sed", "not a field"),
            ({"axes": {"seed": list(range(400))}}, "axes", "more than 500"),
            ({"axes": {"data.dataset": ["shapes10", "nope"]}}, "axes.data.dataset[1]", "nope"),
            ({"axes": {"data.imbalance_ratio": [10, 1e6]}}, "axes.data.imbalance_ratio[1]", "class"),
            ({"baselines": [{"data.dataset": "folder:gone"}]}, "baselines[0].data.dataset", "gone"),
            ({"baselines": [CE, {"loss.gamma": True}]}, "baselines[1].loss.gamma", "a number"),
            ({"baselines": [{}] * 51}, "baselines", "at most 50"),
            ({"base": {"optim": {"epochs": 0}}}, "optim.epochs", "at least 1"),
            ({"base": {"data": {"dataset": "nope"}}}, "data.dataset", "nope"),
            ({"base": {"losss": {}}}, "losss", "not a field"),
            ({"reuse": "yes"}, "reuse", "boolean"),
            ({"extra": 1}, "extra", "not known"),
            ({"name": "a\nb"}, "name", "control character"),
        ],
    )
    def test_refusals_name_axis_baseline_or_base(
        self, client: TestClient, path: str, changes: dict[str, Any], field: str, words: str
    ) -> None:
        assert words in refused(client, path, **changes)[field]
        assert client.get(SWEEPS).json()["total"] == client.get("/api/v1/runs").json()["total"] == 0

    def test_not_a_number_is_refused_by_name(self, client: TestClient) -> None:
        content = '{"axes": {"optim.learning_rate": [0.1, NaN]}}'
        answer = client.post(SWEEPS, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["path"] == "axes.optim.learning_rate[1]"

    def test_an_empty_sweep_is_one_run(self, client: TestClient) -> None:
        sweep = client.post(SWEEPS, json={}).json()
        assert (sweep["counts"]["total"], sweep["seeds"], sweep["name"]) == (1, ["seed 0"], "one setting")


class TestValidate:
    def test_says_what_would_run(self, client: TestClient, seed_run: SeedRun) -> None:
        done = seed_run("completed", config={**BASE, "loss": {**BASE["loss"], "beta": 0.9}, "seed": 1})
        view = client.post(f"{SWEEPS}/validate", json=BODY).json()
        assert (view["runs"], view["reused"], view["new_runs"]) == (6, [done], 5)
        assert view["settings"] == ["CE", "CB-Focal 0.9", "CB-Focal 0.99"]
        assert client.get(SWEEPS).json()["total"] == 0
        assert client.post(f"{SWEEPS}/validate", json={**BODY, "reuse": False}).json()["new_runs"] == 6

    def test_repeated_combinations_are_told(self, client: TestClient) -> None:
        axes = {"loss.weighting": ["none", "class_balanced"], "loss.beta": [0.9, 0.99]}
        view = client.post(f"{SWEEPS}/validate", json={**BODY, "axes": axes, "baselines": []}).json()
        assert view["runs"] == 3
        assert "4 combinations are only 3 different runs. Beta (loss.beta): Used only" in view["warnings"][0]

    def test_an_axis_whose_null_is_a_value_is_not_called_idle(self, client: TestClient) -> None:
        axes = {"model.initial_bias": [None, 0.1], "loss.beta": [0.9, 0.99]}
        view = client.post(f"{SWEEPS}/validate", json={"axes": axes}).json()
        assert view["warnings"][0].startswith(
            "4 combinations are only 2 different runs. Beta (loss.beta): Used"
        )
        assert "model.initial_bias" not in view["warnings"][0]


class TestMoves:
    def test_cancel_then_retry(self, client: TestClient) -> None:
        sweep_id = launched(client)["id"]
        canceled = client.post(f"{SWEEPS}/{sweep_id}/cancel").json()
        assert (canceled["counts"]["canceled"], canceled["moves"]) == (6, ["retry"])
        assert client.post(f"{SWEEPS}/{sweep_id}/cancel").status_code == 409
        again = client.post(f"{SWEEPS}/{sweep_id}/retry").json()
        assert (again["counts"]["queued"], again["moves"]) == (6, ["cancel"])
        assert client.post(f"{SWEEPS}/{sweep_id}/retry").status_code == 409

    def test_a_deleted_run_is_a_missing_cell_until_it_is_retried(self, client: TestClient) -> None:
        sweep = launched(client)
        client.delete(f"/api/v1/runs/{sweep['rows'][0]['cells'][0]['run_id']}")
        gone = client.get(f"{SWEEPS}/{sweep['id']}").json()
        cell = gone["rows"][0]["cells"][0]
        assert (cell["state"], cell["run_id"], cell["epochs"]) == ("missing", None, 3)
        assert (gone["counts"]["missing"], gone["moves"]) == (1, ["cancel", "retry"])
        back = client.post(f"{SWEEPS}/{sweep['id']}/retry").json()
        assert back["counts"]["queued"] == 6

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/7", 404),
            ("POST", "/7/cancel", 404),
            ("POST", "/7/retry", 404),
            ("POST", "/7/pause", 404),
            ("GET", "/x", 404),
            ("GET", "?cursor=x", 422),
            ("GET", "?limit=0", 422),
            ("DELETE", "/7", 405),
        ],
    )
    def test_what_is_not_there(self, client: TestClient, method: str, path: str, status: int) -> None:
        assert client.request(method, SWEEPS + path).status_code == status


def test_pages_newest_first(client: TestClient) -> None:
    ids = [launched(client, name=f"{number}", axes={"seed": [number]})["id"] for number in range(3)]
    page = client.get(SWEEPS, params={"limit": 2}).json()
    assert ([item["id"] for item in page["items"]], page["total"]) == (ids[:0:-1], 3)
    last = client.get(SWEEPS, params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert ([item["id"] for item in last["items"]], last["next_cursor"]) == (ids[:1], None)
