"""/sweeps/{id}: extend, change, and what is planned before the first run; refusals by name."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lifecycle import State
from app.runs import queue
from app.store.engine import Database
from app.store.runs import get_run

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
    "axes": {"loss.beta": [0.9, 0.99], "seed": [0, 1]},
    "baselines": [CE],
}
RATES = {"optim.learning_rate": [0.1, 0.02]}
HELD_OUT = {**BASE, "data": {"validation_fraction": 0.1}}


def launched(client: TestClient, **changes: Any) -> Any:
    answer = client.post(SWEEPS, json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


def extended(client: TestClient, sweep_id: int, **body: Any) -> Any:
    answer = client.post(f"{SWEEPS}/{sweep_id}/extend", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def cells(sweep: Any) -> dict[int, Any]:
    found = [cell for row in sweep["rows"] for cell in row["cells"] if cell]
    return {cell["index"]: cell for cell in found}


def refused(answer: Any, status: int = 422) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    return {field["path"]: field["message"] for field in answer.json()["error"]["fields"]}


class TestExtend:
    def test_the_grid_is_filled_and_cells_keep_their_numbers(self, client: TestClient) -> None:
        before = launched(client)
        after = extended(client, before["id"], axes={"loss.beta": ["N=1000"], "seed": [1, 2]})
        assert after["axes"] == {"loss.beta": [0.9, 0.99, "N=1000"], "seed": [0, 1, 2]}
        assert after["seeds"] == ["seed 0", "seed 1", "seed 2"]
        assert all(cell for row in after["rows"] for cell in row["cells"])
        kept = {index: cell["run_id"] for index, cell in cells(before).items()}
        assert {index: cell["run_id"] for index, cell in cells(after).items() if index < 6} == kept
        assert (after["counts"]["total"], sorted(cells(after))) == (12, list(range(12)))
        assert len({cell["run_id"] for cell in cells(after).values()}) == 12
        assert client.get(f"{SWEEPS}/{before['id']}").json() == after

    def test_a_new_axis_is_known_of_all_cells(self, client: TestClient) -> None:
        sweep = launched(client, axes={"seed": [0]}, baselines=[])
        after = extended(client, sweep["id"], axes=RATES)
        assert [cell["values"] for cell in cells(after).values()] == [
            {"seed": 0, "optim.learning_rate": 0.02},
            {"seed": 0, "optim.learning_rate": 0.1},
        ]

    def test_more_seeds_of_one_row(self, client: TestClient) -> None:
        sweep = launched(client)
        row = sweep["rows"][1]
        after = extended(client, sweep["id"], settings=[row["config"]], axes={"seed": [5, 6]})
        assert (after["axes"], after["baselines"]) == (sweep["axes"], sweep["baselines"])
        [grown] = [line for line in after["rows"] if line["setting_hash"] == row["setting_hash"]]
        assert [bool(cell) for cell in grown["cells"]] == [True, True, True, True]
        assert after["counts"]["total"] == 8
        whole = extended(client, sweep["id"], axes={"seed": [5]})
        assert whole["counts"]["total"] == 10

    @pytest.mark.slow
    def test_equal_runs_are_used_as_the_sweep_was_launched(
        self, client: TestClient, seed_run: SeedRun
    ) -> None:
        done = seed_run("completed", config={**BASE, "loss": {**BASE["loss"], "beta": 0.9}, "seed": 7})
        reusing, anew = launched(client), launched(client, reuse=False)
        ask = {"settings": [{"loss.beta": 0.9}], "axes": {"seed": [7, 8]}}
        looked = client.post(f"{SWEEPS}/{reusing['id']}/extend?dry_run=true", json=ask).json()
        assert looked | {"estimated_seconds": None} == {
            "cells_new": 1,
            "cells_reused": 1,
            "epochs": 3,
            "estimated_seconds": None,
            "warnings": [],
        }
        assert looked["estimated_seconds"] > 0
        assert client.get(f"{SWEEPS}/{reusing['id']}").json()["counts"]["total"] == 6
        runs = [cells(extended(client, sweep["id"], **ask))[6]["run_id"] for sweep in (reusing, anew)]
        assert runs[0] == done != runs[1]

    def test_retry_and_cancel_know_the_new_cells(self, client: TestClient) -> None:
        sweep_id = launched(client)["id"]
        extended(client, sweep_id, axes={"seed": [2]})
        canceled = client.post(f"{SWEEPS}/{sweep_id}/cancel").json()
        assert canceled["counts"]["canceled"] == 9
        said = client.post(f"{SWEEPS}/{sweep_id}/extend", json={"axes": {"seed": [3]}})
        assert (said.status_code, "Retry it first" in said.json()["error"]["hint"]) == (409, True)
        assert client.post(f"{SWEEPS}/{sweep_id}/retry").json()["counts"]["queued"] == 9
        assert extended(client, sweep_id, axes={"seed": [3]})["counts"]["total"] == 12

    @pytest.mark.slow
    @pytest.mark.parametrize("query", ["", "?dry_run=true"])
    @pytest.mark.parametrize(
        ("body", "field", "words"),
        [
            ({"axes": {"loss.beta": [0.9, 0.99, 1.0]}}, "axes.loss.beta[2]", "less than 1"),
            ({"settings": [{"loss.nmae": 1}]}, "settings[0].loss.nmae", "not a field"),
            ({"settings": [{"data.dataset": "nope"}]}, "settings[0].data.dataset", "nope"),
            ({"axes": {"data.imbalance_ratio": [10, 1e6]}}, "axes.data.imbalance_ratio[1]", "class"),
            ({"baselines": [{"data.dataset": "folder:gone"}]}, "baselines[0].data.dataset", "gone"),
            ({"axes": {"seed": list(range(200))}}, "axes", "500"),
            ({"baselines": [{}] * 51}, "baselines", "at most 50"),
            ({"setings": []}, "setings", "not known"),
            ({}, "axes", "is empty"),
        ],
    )
    def test_refusals_name_what_was_asked_and_change_nothing(
        self, client: TestClient, query: str, body: dict[str, Any], field: str, words: str
    ) -> None:
        sweep = launched(client)
        answer = client.post(f"{SWEEPS}/{sweep['id']}/extend{query}", json=body)
        assert words in refused(answer)[field]
        assert client.get(f"{SWEEPS}/{sweep['id']}").json() == sweep

    def test_nothing_new_and_no_such_sweep(self, client: TestClient) -> None:
        sweep_id = launched(client)["id"]
        again = client.post(f"{SWEEPS}/{sweep_id}/extend", json={"axes": {"seed": [0, 1]}, "baselines": [CE]})
        assert (again.status_code, "has all of these" in again.json()["error"]["message"]) == (409, True)
        assert client.post(f"{SWEEPS}/99/extend", json={"axes": {"seed": [1]}}).status_code == 404


class TestChange:
    def test_name_notes_and_tags(self, client: TestClient) -> None:
        sweep_id = launched(client)["id"]
        changed = client.patch(
            f"{SWEEPS}/{sweep_id}", json={"name": "new", "tags": ["b", "a"], "notes": "why"}
        )
        assert (changed.json()["name"], changed.json()["tags"], changed.json()["notes"]) == (
            "new",
            ["b", "a"],
            "why",
        )
        assert client.get(f"{SWEEPS}/{sweep_id}").json() == changed.json()
        kept = client.patch(f"{SWEEPS}/{sweep_id}", json={"notes": ""}).json()
        assert (kept["name"], kept["tags"], kept["notes"]) == ("new", ["b", "a"], "")
        grown = extended(client, sweep_id, axes={"seed": [9]})
        run = client.get(f"/api/v1/runs/{cells(grown)[6]['run_id']}").json()
        assert run["tags"] == ["a", "b"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": ""}, "name"),
            ({"tags": [""]}, "tags.0"),
            ({"base": {}}, "base"),
            ({"margin": -1}, "margin"),
        ],
    )
    def test_refusals(self, client: TestClient, body: dict[str, Any], field: str) -> None:
        assert field in refused(client.patch(f"{SWEEPS}/{launched(client)['id']}", json=body))

    def test_no_such_sweep(self, client: TestClient) -> None:
        assert client.patch(f"{SWEEPS}/99", json={"name": "x"}).status_code == 404

    def test_margin_and_looks_hold_once_a_run_has_started(self, client: TestClient, db: Database) -> None:
        sweep = launched(client)
        plan = {"margin": 2.0, "looks": {"seeds": [5, 10]}}
        planned = client.patch(f"{SWEEPS}/{sweep['id']}", json=plan).json()
        assert (planned["margin"], planned["looks"]) == (2.0, {"seeds": [5, 10], "alphas": [0.01, 0.04]})
        with db.write() as session:
            claimed = queue.claim(session, "w")
            assert claimed is not None
        for change in ({"margin": 1.0}, {"looks": None}):
            late = client.patch(f"{SWEEPS}/{sweep['id']}", json=change)
            assert (late.status_code, "figures in sight" in late.json()["error"]["message"]) == (409, True)
        assert client.patch(f"{SWEEPS}/{sweep['id']}", json={"name": "still"}).json()["margin"] == 2.0


class TestPlan:
    def test_is_stored_and_shown(self, client: TestClient) -> None:
        plan = {"margin": 1, "looks": {"seeds": [5, 10], "alphas": [0.02, 0.03]}, "tuned": list(RATES)}
        sweep = launched(client, base=HELD_OUT, axes={**RATES, "seed": [0, 1]}, **plan)
        assert {name: sweep[name] for name in plan} == {**plan, "margin": 1.0}
        assert sweep["counts"]["total"] == 8, "the baseline is tuned, too"
        assert [cell["values"] for cell in sweep["rows"][0]["cells"]] == [
            {"optim.learning_rate": 0.1, "seed": 0},
            {"optim.learning_rate": 0.1, "seed": 1},
        ]
        grown = extended(client, sweep["id"], axes={"optim.learning_rate": [0.05]})
        assert grown["counts"]["total"] == 12
        plain = launched(client)
        assert (plain["margin"], plain["looks"], plain["tuned"]) == (None, None, [])

    @pytest.mark.parametrize("path", [SWEEPS, f"{SWEEPS}/validate"])
    @pytest.mark.parametrize(
        ("plan", "field", "words"),
        [
            ({"margin": 0}, "margin", "greater than 0"),
            ({"margin": True}, "margin", "valid number"),
            ({"looks": {"seeds": [10, 5]}}, "looks", "no later than the first"),
            ({"looks": {"seeds": [1, 5]}}, "looks.seeds.0", "greater than or equal to 2"),
            ({"looks": {"seeds": [5]}}, "looks.seeds.1", "missing"),
            ({"looks": {"seeds": [5, 10], "alphas": [0.04, 0.04]}}, "looks", "add up to more than 0.05"),
            ({"tuned": ["optim.learning_rate"]}, "tuned[0]", "no axis of this sweep"),
            ({"tuned": ["loss.beta"]}, "tuned[0]", "only a number that every setting has"),
            ({"tuned": [*RATES], "axes": RATES}, "data.validation_fraction", "set it above 0"),
        ],
    )
    def test_refusals(
        self, client: TestClient, path: str, plan: dict[str, Any], field: str, words: str
    ) -> None:
        assert words in refused(client.post(path, json={**BODY, **plan}))[field]
        assert client.get(SWEEPS).json()["total"] == 0

    @pytest.mark.parametrize("path", [SWEEPS, f"{SWEEPS}/validate"])
    def test_looks_at_runs_that_have_started_are_no_plan(
        self, client: TestClient, db: Database, path: str
    ) -> None:
        first = launched(client)
        looks = {"looks": {"seeds": [5, 10]}}
        assert client.post(f"{SWEEPS}/validate", json={**BODY, **looks}).status_code == 200, "only queued"
        run_id = cells(first)[0]["run_id"]
        with db.write() as session:
            assert queue.claim(session, "w") is not None
            queue.move(session, get_run(session, run_id), State.COMPLETED)
        assert f"#{run_id}" in refused(client.post(path, json={**BODY, **looks}))["looks"]
        assert client.post(path, json={**BODY, **looks, "reuse": False}).status_code in (200, 201)
