"""The form of a new run filled from the address: fields under their dotted paths, over preset or clone."""

import pytest
from starlette.testclient import TestClient

from tests.app.pages.seen import HTML, context, typed_in
from tests.conftest import SeedRun

WEIGHTED = "loss.weighting=class_balanced&loss.beta=0.999"


def test_fields_in_the_address_fill_the_form(client: TestClient) -> None:
    page = client.get(f"/runs/new?loss.name=focal&{WEIGHTED}", headers=HTML)
    shown = typed_in(page)
    assert (shown["loss.name"], shown["loss.weighting"], shown["loss.beta"]) == (
        "focal",
        "class_balanced",
        "0.999",
    )
    assert shown["loss.gamma"] == "1.5", "a field that the address gave an effect stands at its default"
    config = context(page)["preview"].config
    assert config["loss"] | {"gamma": None} == config["loss"] | {"beta": 0.999, "gamma": None}


def test_several_values_make_a_sweep(client: TestClient) -> None:
    page = client.get(
        "/runs/new?loss.weighting=class_balanced&loss.beta=0.99,N=1000&method=by_hand,cross_entropy",
        headers=HTML,
    )
    assert context(page)["sweep"].size == "3 settings = 3 runs"


def test_they_stand_over_a_preset_and_over_a_clone(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run(config={"seed": 4, "loss": {"name": "focal", "gamma": 2.0}})
    cloned = typed_in(client.get(f"/runs/new?clone={run}&{WEIGHTED}", headers=HTML))
    assert (cloned["seed"], cloned["loss.gamma"], cloned["loss.beta"]) == ("4", "2", "0.999")
    preset = typed_in(client.get(f"/runs/new?preset=write_up&{WEIGHTED}", headers=HTML))
    assert (preset["loss.beta"], preset["data.dataset"]) == ("0.999", "cifar10")
    assert preset["loss.reduction"] == "batch_mean", "the recipe's own, whatever the default is"


def test_an_emptied_list_stays_empty(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run(config={"optim": {"epochs": 3, "milestones": []}})
    assert typed_in(client.get(f"/runs/new?clone={run}&seed=1", headers=HTML))["optim.milestones"] == ""


def test_a_refused_value_is_said_at_its_field(client: TestClient) -> None:
    page = client.get("/runs/new?loss.weighting=class_balanced&loss.beta=7", headers=HTML)
    assert page.status_code == 200
    assert "loss.beta" in context(page)["form"].problems


@pytest.mark.parametrize(("word", "meant"), [("loss.betta", "loss.beta"), ("weights", "")])
def test_a_word_that_is_no_field_is_refused(client: TestClient, word: str, meant: str) -> None:
    page = client.get(f"/runs/new?{word}=1", headers=HTML)
    assert page.status_code == 422
    assert f"{word} is no field of a run" in page.text
    assert meant in page.text
