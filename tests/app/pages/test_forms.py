"""Forms without JavaScript: launch with refusals and typed values kept, actions, edits."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.launch.body import read_form
from app.pages.launch.form import FormGroup, build_form
from app.pages.launch.typed import as_typed
from app.schemas import LaunchBody
from app.views.system.fill import fields
from tests.app.pages.seen import HTML, context, typed_in
from tests.conftest import SeedRun
from tests.trainer.brought import BROUGHT
from trainer import plugins
from trainer.config import PRESETS, RunConfig, parse_config, preset
from trainer.errors import FieldProblem


def typed(**changes: str) -> dict[str, str]:
    return as_typed(RunConfig()) | {name.replace("__", "."): text for name, text in changes.items()}


def run_of(shown: dict[str, str]) -> RunConfig:
    """The configuration of a form that asks for one run."""
    body = read_form(shown)
    assert isinstance(body, LaunchBody)
    return body.config


def launched(client: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/v1/runs").json()["items"]
    return items


def test_a_launch_leads_to_its_run(client: TestClient) -> None:
    sent = typed(loss__name="focal", loss__gamma="2", name="by hand", tags="a, b", key="k1", do="launch")
    answer = client.post("/runs/new", data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs/1")
    (run,) = launched(client)
    assert (run["name"], run["tags"], run["config"]["loss"]["gamma"]) == ("by hand", ["a", "b"], 2.0)


def test_the_same_form_sent_twice_launches_once(client: TestClient) -> None:
    for key in ("once", "once", "other"):
        client.post("/runs/new", data=typed(key=key), follow_redirects=False)
    client.post("/runs/new", data=typed(key="once", seed="1"), follow_redirects=False)
    assert len(launched(client)) == 3


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("loss.beta", "1", "inverse-frequency"),
        ("loss.beta", "1-1e-4", "0.9999"),
        ("optim.epochs", "many", "whole number"),
        ("optim.batch_size", "many", "whole number"),
        ("data.dataset", "folder:gone", "folder:gone"),
        ("name", "x" * 201, "200"),
    ],
)
def test_a_refusal_marks_its_field_and_keeps_everything(
    client: TestClient, path: str, text: str, words: str
) -> None:
    sent = typed(loss__weighting="class_balanced", notes="kept") | {path: text}
    page = client.post("/runs/new", data=sent, headers=HTML)
    assert page.status_code == 422
    form = context(page)["form"]
    assert words in form.problems[path]
    assert form.notes == "kept"
    assert text in page.text
    assert launched(client) == []


def test_a_preview_launches_nothing_and_says_what_will_happen(client: TestClient) -> None:
    page = client.post("/runs/new", data=typed(do="preview", loss__weighting="class_balanced"), headers=HTML)
    assert page.status_code == 200
    view = context(page)["preview"]
    assert view.parameters == 653_866
    assert view.classes[0].weight < 1 < view.classes[-1].weight
    assert "653,866" in page.text
    assert launched(client) == []


def test_a_refused_preview_names_the_field(client: TestClient) -> None:
    page = client.post("/runs/new", data=typed(do="preview", seed="-1"), headers=HTML)
    assert page.status_code == 200
    assert context(page)["preview"] is None
    assert "seed" in context(page)["form"].problems


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fill_the_form(client: TestClient, name: str) -> None:
    page = client.get(f"/runs/new?preset={name}", headers=HTML)
    shown = typed_in(page)
    assert run_of(shown) == preset(name)
    assert client.get("/runs/new?preset=unknown", headers=HTML).status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize(
    "config",
    [
        {"optim": {"schedule": "cosine"}},
        {"optim": {"milestones": [], "epochs": 3}},
        {"data": {"imbalance": "none", "augment": False}},
        {"loss": {"name": "focal", "gamma": 2.0, "weighting": "inverse_frequency"}, "seed": 7, "threads": 2},
    ],
)
def test_a_clone_is_the_same_configuration(client: TestClient, seed_run: SeedRun, config: Any) -> None:
    sent = client.post("/api/v1/runs", json={"config": config})
    page = client.get(f"/runs/new?clone={sent.json()['id']}", headers=HTML)
    shown = typed_in(page)
    assert run_of(shown) == parse_config(config)


def test_every_field_of_a_run_stands_in_the_form_once() -> None:
    form = build_form(fields(), typed())
    paths = [field.view.path for group in form.groups for field in group.fields]
    assert sorted(paths) == sorted(view.path for view in fields())
    assert [field.view.path for field in form.group("first").fields] == [
        "data.dataset", "data.imbalance", "data.imbalance_ratio", "seed", "optim.epochs"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "idle"),
    [
        ({}, {"loss.beta", "loss.gamma", "loss.probability", "loss.reduction", "loss.weights_from"}),
        ({"loss__name": "focal"}, {"loss.beta", "loss.reduction", "loss.weights_from"}),
        ({"loss__weighting": "class_balanced"}, {"loss.gamma", "loss.probability"}),
        ({"loss__weighting": "inverse_frequency", "loss__name": "focal"}, {"loss.beta"}),
        (
            {"loss__name": "focal", "loss__weighting": "class_balanced", "optim__schedule": "cosine"},
            {"optim.milestones", "optim.decay"},
        ),
        (
            {"loss__name": "focal", "loss__weighting": "class_balanced", "data__imbalance": "none"},
            {"data.imbalance_ratio", "data.subset_seed"},
        ),
        ({"loss__name": "focal", "loss__weighting": "class_balanced", "seed": "no number"}, set()),
    ],
)
def test_fields_without_effect_step_back_and_say_why(change: dict[str, str], idle: set[str]) -> None:
    form = build_form(fields(), typed(**change))
    stepped = {field.view.path: field.idle for group in form.groups for field in group.fields if field.idle}
    unsmoothed = {"loss.label_smoothing"} if "loss__name" in change else set()
    always = {"data.validation_rule", "sampling.from_epoch", "loss.power", "loss.class_weights"}
    always |= set() if "optim__schedule" in change else {"optim.continued_after"}
    assert set(stepped) - BROUGHT == idle | always | unsmoothed
    assert all(reason.startswith("Used only") for reason in stepped.values())


def test_cancel_from_the_page(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run("queued")
    answer = client.post(f"/runs/{run_id}/act", data={"action": "cancel"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/runs/{run_id}")
    assert client.get(f"/api/v1/runs/{run_id}").json()["state"] == "canceled"
    again = client.post(f"/runs/{run_id}/act", data={"action": "cancel"}, headers=HTML)
    assert again.status_code == 409
    assert "canceled" in again.text


def test_edit_keeps_what_was_typed_when_refused(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(name="before")
    done = client.post(
        f"/runs/{run_id}/edit", data={"name": "after", "tags": "x, y", "notes": "why"}, follow_redirects=False
    )
    assert done.status_code == 303
    run = client.get(f"/api/v1/runs/{run_id}").json()
    assert (run["name"], run["tags"], run["notes"]) == ("after", ["x", "y"], "why")
    page = client.post(f"/runs/{run_id}/edit", data={"name": " ", "tags": "z", "notes": "kept"}, headers=HTML)
    assert page.status_code == 422
    assert context(page)["edit"].notes == "kept"
    assert context(page)["edit"].problems[0].startswith("name")
    assert client.get(f"/api/v1/runs/{run_id}").json()["name"] == "after"


def test_tags_and_notes_leave_the_name_that_somebody_else_gave_meanwhile(
    client: TestClient, seed_run: SeedRun
) -> None:
    run_id = seed_run(name="before")
    page = client.get(f"/runs/{run_id}", headers=HTML)
    assert page.text.count('name="name"') == 1, "the name is edited in its place alone"
    client.post(f"/runs/{run_id}/rename", data={"name": "meanwhile"})
    client.post(f"/runs/{run_id}/edit", data={"tags": "x", "notes": "why"})
    run = client.get(f"/api/v1/runs/{run_id}").json()
    assert (run["name"], run["tags"], run["notes"]) == ("meanwhile", ["x"], "why")


def test_a_refused_name_is_told_where_it_was_typed(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(name="before")
    page = client.post(f"/runs/{run_id}/rename", data={"name": "x" * 201}, headers=HTML)
    rename, edit = (page.text.partition(f'<details class="{kind}"')[2] for kind in ("rename", "edit"))
    assert rename.startswith(" open>")
    assert 'role="alert"' in rename.partition("</details>")[0]
    assert edit.startswith(">")


def test_delete_removes_the_run(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    answer = client.post(f"/runs/{run_id}/delete", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    assert client.get(f"/api/v1/runs/{run_id}").status_code == 404


def test_ticked_runs_become_one_address(client: TestClient, seed_run: SeedRun) -> None:
    first, second = seed_run(), seed_run(name="b")
    answer = client.get(f"/compare?runs={first}&runs={second}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/compare?runs={first},{second}")


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/runs/new", data=typed(), headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert launched(client) == []


def test_addresses_of_the_list_are_words(client: TestClient, seed_run: SeedRun) -> None:
    seed_run(tags=["tail"])
    page = client.get("/runs?q=seeded&state=completed", headers=HTML)
    links = re.findall(r'href="/runs\?([^"]+)"', page.text)
    assert "q=seeded&amp;state=completed&amp;tag=tail" in links
    assert "q=seeded&amp;state=completed&amp;sort=-test_accuracy" in links


def test_the_rule_of_validation_has_an_effect_where_images_validate() -> None:
    form = build_form(fields(), typed(data__validation_fraction="0.1"))
    known = {field.view.path: field for group in form.groups for field in group.fields}
    assert known["data.validation_rule"].idle == ""
    assert [option.value for option in known["data.validation_rule"].options] == ["balanced", "stratified"]
    assert "as many images of every class" in known["data.validation_rule"].view.about


def test_a_clone_says_what_it_changes(client: TestClient) -> None:
    config = {"loss": {"weighting": "class_balanced", "beta": 0.99}}
    run_id = client.post("/api/v1/runs", json={"config": config}).json()["id"]
    same = client.get(f"/runs/new?clone={run_id}&vary=loss.beta", headers=HTML)
    assert f"Nothing differs from run {run_id} yet" in same.text
    page = client.get(f"/runs/new?clone={run_id}&loss.beta=0.999&threads=2", headers=HTML)
    changed = {field.view.path: (field.said, field.was) for field in context(page)["form"].changed}
    assert changed == {"loss.beta": ("0.999", "0.99"), "threads": ("2", "none")}
    assert '<span class="was">was 0.99</span>' in page.text
    gone = client.post("/runs/new", data=typed(do="preview", clone="999"), headers=HTML)
    assert gone.status_code == 200
    assert "Differs from" not in gone.text


def test_a_diverged_run_offers_a_tenth_of_its_rate(client: TestClient, seed_run: SeedRun) -> None:
    gone = {1: {"train_loss": None, "diverged": True}}
    steep = {"epochs": 1, "milestones": [], "learning_rate": 30.0}
    run_id = seed_run("failed", epochs=1, figures=gone, config={"optim": steep})
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    (link,) = re.findall(r'href="(/runs/new[^"]*learning_rate=3)"', page)
    form = context(client.get(link.replace("&amp;", "&"), headers=HTML))["form"]
    assert [(field.view.path, field.said, field.was) for field in form.changed] == [
        ("optim.learning_rate", "3", "30")
    ]


def test_what_is_not_asked_first_is_folded_until_it_differs_or_is_refused(client: TestClient) -> None:
    page = client.post("/runs/new", data=typed(do="preview"), headers=HTML).text
    folded = page[page.index('id="group-optim"') :].partition("</details>")[0]
    assert "open" not in folded.partition(">")[0]
    assert "learning rate <b>0.02</b>" in folded
    assert 'name="optim.learning_rate" value="0.02"' in folded
    for change in ({"model.width": "48"}, {"model.width": "many"}):
        page = client.post("/runs/new", data=typed(do="preview") | change, headers=HTML).text
        assert re.search(r'id="group-model" open>', page)
        assert not re.search(r'id="group-optim" open>', page)


def test_a_plugin_that_was_left_out_is_named(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "was left out" not in client.get("/runs/new", headers=HTML).text
    monkeypatch.setattr(plugins, "_problems", ["The plugin mine.py was left out: SyntaxError: (line 3)"])
    assert (
        "The plugin mine.py was left out: SyntaxError: (line 3)" in client.get("/runs/new", headers=HTML).text
    )


def test_what_belongs_to_no_chosen_loss_is_out_of_sight_and_kept() -> None:
    """Of CE alone; once the focal loss is run beside it, its fields stand there with what was typed."""

    def loss_of(**change: str) -> FormGroup:
        form = build_form(fields(), typed(loss__gamma="2.5", **change))
        return next(group for group in form.groups if group.key == "loss")

    def seen(group: FormGroup) -> dict[str, str]:
        return {field.view.path: field.value for field in group.shown}

    alone, beside = loss_of(), loss_of(loss__name="cross_entropy, focal")
    away = {field.view.path: field.value for field in alone.away}
    assert away.keys() >= {"loss.gamma", "loss.probability"}
    assert away["loss.gamma"] == seen(beside)["loss.gamma"] == "2.5"
    assert not away.keys() & seen(alone).keys()
    assert {"loss.beta", "loss.power", "loss.class_weights", "loss.reduction"} <= away.keys()
    weighted = seen(loss_of(loss__weighting="power")).keys() & {
        "loss.beta",
        "loss.power",
        "loss.class_weights",
    }
    assert weighted == {"loss.power"}
    refused = build_form(fields(), typed(loss__gamma="many"), [FieldProblem("loss.gamma", "is no number")])
    assert "loss.gamma" in seen(next(group for group in refused.groups if group.key == "loss"))


def test_a_run_and_a_sweep_are_renamed_and_all_else_stays(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run(name="before", tags=["a, b"], notes="kept")
    grid = {"base": {"optim": {"epochs": 1}}, "axes": {"seed": [8]}, "name": "grid", "tags": ["a, b"]}
    sweep_id = client.post("/api/v1/sweeps", json={**grid, "notes": "kept"}).json()["id"]
    for page in (f"/runs/{run_id}", f"/sweeps/{sweep_id}"):
        done = client.post(f"{page}/rename", data={"name": "after"}, follow_redirects=False)
        assert (done.status_code, done.headers["location"]) == (303, page)
        refused = client.post(f"{page}/rename", data={"name": " "}, headers=HTML)
        assert refused.status_code == 422
        assert context(refused)["edit"].problems[0].startswith("name")
        now = client.get(f"/api/v1{page}").json()
        assert (now["name"], now["tags"], now["notes"]) == ("after", ["a, b"], "kept")
