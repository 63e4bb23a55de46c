"""Methods by name in a sweep over REST: what they come to, by the form as oracle, and what is refused."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.pages.launch.body import read_form
from app.runs.sweep_checks import expanded
from app.runs.sweep_methods import of_methods
from app.schemas import SweepBody, read
from trainer.config import PRESETS, config_hash
from trainer.config_fields import as_text, flatten
from trainer.methods import methods

SWEEPS = "/api/v1/sweeps"


def hashes(body: SweepBody) -> set[str]:
    return {config_hash(cell.config) for cell in expanded(body)}


def asked(**body: Any) -> SweepBody:
    return of_methods(read(SweepBody, body), {})


def test_all_methods_are_what_the_form_makes_of_them() -> None:
    """The form types every common field; its fields of the methods are at their usual values."""
    typed = {"method": ", ".join(methods()), "seed": "0..1", "optim.epochs": "20",
             "optim.milestones": "12, 16"}  # fmt: skip
    form = read_form(typed)
    assert isinstance(form, SweepBody)
    base = {"optim": {"epochs": 20, "milestones": [12, 16]}}
    made = asked(base=base, axes={"seed": [0, 1]}, methods=list(methods()))
    assert hashes(made) == hashes(form)
    assert len(hashes(made)) == 2 * len(methods())


def test_values_of_a_methods_own_field_are_as_many_settings_of_it_alone() -> None:
    several = {"name": "class_balanced_ce", "loss.beta": [0.9, 0.99], "loss": {"reduction": "mean_one"}}
    made = asked(axes={"seed": [3, 4]}, methods=["cross_entropy", several])
    cells = expanded(made)
    assert len(cells) == 6
    weighted = [cell.config.loss for cell in cells if cell.config.loss.weighting == "class_balanced"]
    assert sorted(str(loss.beta) for loss in weighted) == ["0.9", "0.9", "0.99", "0.99"]
    assert {loss.reduction for loss in weighted} == {"mean_one"}


def test_a_deferred_epoch_follows_the_schedule_that_is_asked_for() -> None:
    base = {"optim": {"epochs": 200, "milestones": [160, 180]}}
    [cell] = expanded(asked(base=base, methods=["ldam_drw"]))
    assert cell.config.loss.weights_from == 161
    [cell] = expanded(asked(methods=[{"name": "ldam_drw", "loss.weights_from": 4}]))
    assert cell.config.loss.weights_from == 4


def test_a_preset_lies_below_and_leaves_the_fields_of_methods_to_them(client: TestClient) -> None:
    sent = {"preset": "paper", "axes": {"seed": [0, 1]}, "methods": ["cross_entropy", "ldam_drw"]}
    made = client.post(SWEEPS, json=sent).json()
    assert made["counts"]["total"] == 4
    paper = flatten(PRESETS["paper"])
    for row in made["rows"]:
        run = client.get(f"/api/v1/runs/{row['cells'][0]['run_id']}").json()["config"]
        assert (run["optim"]["epochs"], run["model"]["name"]) == (paper["optim.epochs"], paper["model.name"])
    assert client.post(f"{SWEEPS}/validate", json=sent).json()["runs"] == 4


def test_an_epoch_is_held_against_the_length_that_the_preset_gives(client: TestClient) -> None:
    late = {"preset": "paper", "methods": [{"name": "ldam_drw", "loss.weights_from": 150}]}
    assert client.post(f"{SWEEPS}/validate", json=late).json()["runs"] == 1
    beyond = {"preset": "quick", "methods": [{"name": "ldam_drw", "loss.weights_from": 9}]}
    refused = client.post(f"{SWEEPS}/validate", json=beyond).json()["error"]["fields"]
    assert [one["path"] for one in refused] == ["methods[0].loss.weights_from"]


def test_baselines_by_hand_ride_beside_methods() -> None:
    made = asked(methods=["ldam", "vs"], baselines=[{"loss.name": "focal"}])
    assert {cell.config.loss.name for cell in expanded(made)} == {"ldam", "vs", "focal"}


@pytest.mark.parametrize(("body", "path", "said"), [
    ({"methods": ["ldam_drv"]}, "methods[0].name", "'ldam_drv', which is no method; known are cross_entropy"),
    ({"methods": ["vs", {"loss.tau": 1}]}, "methods[1].name", "None, which is no method"),
    ({"methods": [{"name": "ldam", "loss.beta": 0.9}]}, "methods[0].loss.beta", "it has loss.max_margin"),
    ({"methods": [{"name": "cross_entropy", "x": 1}]}, "methods[0].x", "is no field that cross_entropy"),
    ({"methods": ["vs", {"name": "class_balanced_ce", "loss.beta": [0.9, 2]}]},
     "methods[1].loss.beta", "less than 1"),
    ({"methods": ["vs"], "base": {"loss": {"beta": 0.9}}}, "loss.beta", "is a field of the methods"),
    ({"methods": ["vs"], "axes": {"loss.name": ["ldam"]}}, "axes.loss.name", "is a field of the methods"),
    ({"methods": ["vs"], "axes": {"seed": []}}, "axes.seed", ""),
    ({"methods": ["vs"], "base": {"optim": {"epochs": -1}}}, "optim.epochs", ""),
    ({"methods": [7]}, "methods.0", ""),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_name(
    client: TestClient, body: dict[str, Any], path: str, said: str
) -> None:
    refused = client.post(f"{SWEEPS}/validate", json=body)
    assert refused.status_code == 422
    [field, *_] = refused.json()["error"]["fields"]
    assert field["path"].startswith(path)
    assert said in field["message"]


@pytest.mark.parametrize("name", methods())
def test_each_method_alone_is_one_setting(name: str) -> None:
    *first_stage, cell = expanded(asked(methods=[name]))
    assert len(first_stage) == (cell.config.second_stage.name != "none")
    for path, value in methods()[name].overrides.items():
        section, field = path.split(".")
        assert as_text(getattr(getattr(cell.config, section), field)) == as_text(value)
