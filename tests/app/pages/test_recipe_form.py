"""The form of a new run and presets: what differs is marked, and what stands there is saved as one."""

from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.launch.typed import as_typed
from tests.app.pages.seen import HTML, context
from trainer.config import PRESETS, RunConfig, parse_config
from trainer.config_presets import ABOUT

RECIPES = "/api/v1/recipes"


def sent(client: TestClient, **changes: str) -> Any:
    typed = as_typed(RunConfig()) | {name.replace("__", "."): text for name, text in changes.items()}
    return client.post("/runs/new", data=typed, headers=HTML, follow_redirects=False)


def test_what_differs_from_the_preset_is_marked_and_opened(client: TestClient) -> None:
    page = client.get("/runs/new?preset=quick", headers=HTML)
    assert context(page)["form"].changed == ()
    page = client.get("/runs/new?preset=quick&optim.learning_rate=0.1&optim.epochs=5", headers=HTML)
    form = context(page)["form"]
    assert {field.view.path: (field.said, field.was) for field in form.changed} == {
        "optim.epochs": ("5", "4"),
        "optim.learning_rate": ("0.1", "0.02"),
    }
    assert form.group("optim").is_open("")
    assert not form.group("model").is_open("")
    assert "Differs from quick in" in page.text


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_says_what_it_is_for(client: TestClient, name: str) -> None:
    assert ABOUT[name] in unescape(client.get(f"/runs/new?preset={name}", headers=HTML).text)


def test_the_preset_is_known_to_the_preview(client: TestClient) -> None:
    page = sent(client, do="preview", preset="smoke", optim__epochs="2", optim__milestones="1", seed="3")
    assert [(field.view.path, field.was) for field in context(page)["form"].changed] == [("seed", "0")]


def test_what_stands_in_the_form_is_saved_and_listed_beside_the_presets(client: TestClient) -> None:
    saved = sent(client, do="save", recipe="by night", method="ldam", optim__epochs="30", seed="2..4")
    assert (saved.status_code, saved.headers["location"]) == (
        303,
        "/runs/new?preset=by+night&seed=2..4&method=ldam",
    ), "methods and seeds stay in the form"
    kept = client.get(f"{RECIPES}/by night").json()["config"]
    meant = {"loss": {"name": "ldam"}, "optim": {"epochs": 30}, "seed": 2}
    assert parse_config(kept) == parse_config(meant)
    page = client.get("/runs/new?preset=by+night", headers=HTML)
    assert context(page)["form"].changed == ()
    assert context(page)["form"].is_by_hand
    assert context(page)["preview"].config["loss"]["max_margin"] == 0.5
    assert ">by night</a>" in client.get("/runs/new", headers=HTML).text
    gone = client.post("/runs/new/forget", data={"recipe": "by night"}, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/runs/new")
    assert client.get(RECIPES).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"recipe": "paper"}, "recipe", "preset of the program"),
        ({"recipe": ""}, "recipe", "at least 1"),
        ({"recipe": "taken"}, "recipe", "already"),
        ({"recipe": "x", "optim__learning_rate": "0.01, 0.02"}, "optim.learning_rate", "one of each field"),
        ({"recipe": "x", "method": "ce_drw", "optim__epochs": "10, 20"}, "optim.epochs", "one of each field"),
        ({"recipe": "x", "optim__epochs": "0"}, "optim.epochs", "needs at least one"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(
    client: TestClient, changes: dict[str, str], path: str, words: str
) -> None:
    client.post(RECIPES, json={"name": "taken", "config": {}})
    page = sent(client, do="save", **changes)
    assert page.status_code == 422
    form = context(page)["form"]
    assert words in form.problems[path]
    assert form.recipe == changes["recipe"]
    assert [one["name"] for one in client.get(RECIPES).json()["items"]] == ["taken"]


def test_enter_launches_and_does_not_save(client: TestClient) -> None:
    """A browser presses the first button of a form."""
    page = client.get("/runs/new", headers=HTML).text
    form = page[page.index('<form id="launch"') :]
    assert form.index('value="launch"') < form.index('value="save"')
