"""Pages that let a sweep grow: the form with its cost, actions as forms, names and tags, runs of no sweep."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.next_steps.actions import Action, more_seeds
from app.comparing.next_steps.scopes import scope_of_runs, scope_of_sweep
from app.settings import Settings
from app.store.engine import Database
from app.web.templating import _templates
from tests.app.pages.seen import HTML, context
from tests.app.pages.test_pages import NASTY
from trainer.config import parse_config

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]

SWEEPS = "/api/v1/sweeps"
BASE: dict[str, Any] = {
    "loss": {"name": "focal", "weighting": "class_balanced"},
    "optim": {"epochs": 3, "milestones": []},
}
CE = {"loss.name": "cross_entropy", "loss.weighting": "none"}


@pytest.fixture
def sweep(client: TestClient) -> int:
    body = {"base": BASE, "axes": {"loss.beta": [0.9, 0.99], "seed": [0, 1]}, "baselines": [CE]}
    return int(client.post(SWEEPS, json=body).json()["id"])


def sent(client: TestClient, address: str, /, **data: str) -> Any:
    return client.post(address, data=data, headers=HTML, follow_redirects=False)


def at_once(client: TestClient, address: str, /, **data: str) -> list[Any]:
    """Both answers to a form that is sent twice at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(sent, client, address, **data) for _ in range(2)]]


def total(client: TestClient, sweep_id: int) -> int:
    return int(client.get(f"{SWEEPS}/{sweep_id}").json()["counts"]["total"])


class TestForm:
    def test_three_more_seeds_and_their_cost_stand_there_at_once(
        self, client: TestClient, sweep: int
    ) -> None:
        page = client.get(f"/sweeps/{sweep}", headers=HTML)
        assert context(page)["extend"].cost == "9 runs × 3 epochs"
        axes = context(page)["extend"].axes
        assert axes[0] == ("loss.beta", "Beta (loss)"), "what varies comes first"
        assert len({label for _, label in axes}) == len(axes)
        again = sent(client, f"/sweeps/{sweep}/extend", more="3", path="loss.beta", values="")
        assert (again.status_code, again.headers["location"]) == (303, f"/sweeps/{sweep}?added=9")
        assert total(client, sweep) == 15

    def test_sent_twice_it_adds_once(self, client: TestClient, sweep: int) -> None:
        """Whatever was typed is about the sweep as the page showed it."""
        page = client.get(f"/sweeps/{sweep}", headers=HTML)
        assert 'name="cells" value="6"' in page.text
        seeds = {"more": "3"}
        for typed, added in ((seeds, 9), ({**seeds, "path": "loss.beta", "values": "0.999"}, 17)):
            before = total(client, sweep)
            cells = str(before)
            both = at_once(client, f"/sweeps/{sweep}/extend", cells=cells, **typed)
            places = sorted(one.headers["location"] for one in both)
            assert total(client, sweep) - before == added
            assert places == sorted(f"/sweeps/{sweep}?added={many}" for many in (0, added))
        bad = sent(client, f"/sweeps/{sweep}/extend", cells="x", more="3")
        assert (bad.status_code, "number of cells" in bad.text) == (422, True)

    def test_a_look_changes_nothing(self, client: TestClient, sweep: int) -> None:
        typed = {"more": "2", "path": "loss.beta", "values": "0.999, N=10"}
        page = sent(client, f"/sweeps/{sweep}/extend", do="preview", **typed)
        assert (page.status_code, context(page)["extend"].cost) == (200, "10 runs, 30 epochs")
        assert context(page)["extend"].typed["values"] == "0.999, N=10"
        assert total(client, sweep) == 6
        assert sent(client, f"/sweeps/{sweep}/extend", **typed).status_code == 303
        assert total(client, sweep) == 16
        back = client.get(f"/sweeps/{sweep}/extend", follow_redirects=False)
        assert (back.status_code, back.headers["location"]) == (303, f"/sweeps/{sweep}")

    def test_seeds_of_one_setting(self, client: TestClient, sweep: int) -> None:
        setting = client.get(f"{SWEEPS}/{sweep}").json()["rows"][1]["setting_hash"]
        assert sent(client, f"/sweeps/{sweep}/extend", more="2", setting=setting).status_code == 303
        assert total(client, sweep) == 8

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"more": "x"}, "whole number up to 100"),
            ({"more": "1000"}, "whole number up to 100"),
            ({"more": "1", "setting": "nope"}, "no setting of this sweep"),
            ({"path": "loss.beta", "values": "0.999, 1"}, "axes.loss.beta[1]"),
            ({"path": "loss.beta", "values": "0.9,,1"}, "no value between two separators"),
            ({"path": "loss.nope", "values": "1"}, "is not a field"),
            ({"more": "0", "values": ""}, "is empty"),
        ],
    )
    @pytest.mark.parametrize("do", ["preview", "extend"])
    def test_refusals_keep_what_was_typed(
        self, client: TestClient, sweep: int, do: str, typed: dict[str, str], words: str
    ) -> None:
        page = sent(client, f"/sweeps/{sweep}/extend", do=do, **typed)
        assert page.status_code == (200 if do == "preview" else 422)
        assert words in unescape(page.text)
        assert {name: context(page)["extend"].typed[name] for name in typed} == typed
        assert total(client, sweep) == 6

    def test_what_is_there_already_is_said(self, client: TestClient, sweep: int) -> None:
        page = sent(client, f"/sweeps/{sweep}/extend", more="", path="loss.beta", values="0.9")
        assert (page.status_code, "has all of these 6 cells" in page.text) == (409, True)


class TestActions:
    def test_a_button_posts_its_body_and_leads_back(
        self, client: TestClient, db: Database, sweep: int
    ) -> None:
        view = client.get(f"{SWEEPS}/{sweep}").json()
        with db.read() as session:
            action = more_seeds(scope_of_sweep(session, sweep), [view["rows"][0]["config"]], 4)
        asked, back = json.dumps(action.body), f"/compare?sweep={sweep}"
        both = at_once(client, action.path, body=asked, back=back)
        assert [one.status_code for one in both] == [303, 303]
        places = sorted(one.headers["location"] for one in both)
        assert places == [f"{back}&added=0", f"{back}&added=2"], "the seeds that wait are counted"
        assert total(client, sweep) == 8, "a second click does no harm"
        first, second = (client.get(place, headers=HTML).text for place in reversed(places))
        there = f'<a href="/sweeps/{sweep}">sweep {sweep}</a>'
        assert f"<strong>2 runs added</strong> to {there}; 8 queued there now." in first
        assert (
            f"<strong>Nothing was added</strong>: {there} has these runs already; 8 queued there now."
            in second
        )
        assert "added" not in client.get(back, headers=HTML).text.partition('id="added"')[2][:40]
        assert client.get(f"{back}&added=x", headers=HTML).status_code == 422

    def test_a_canceled_sweep_still_refuses(self, client: TestClient, sweep: int) -> None:
        client.post(f"{SWEEPS}/{sweep}/cancel")
        assert sent(client, f"/sweeps/{sweep}/extend", body='{"axes": {"seed": [9]}}').status_code == 409

    def test_a_button_is_drawn_with_its_cost_and_no_markup_of_others(self) -> None:
        body = {"axes": {"seed": [1]}, "x": NASTY}
        action = Action(label=NASTY, short=NASTY, path="/sweeps/1/extend", body=body, cost_text="1 run")
        drawn = "{% import '_parts.html' as parts with context %}{{ parts.action(it) }}"
        html = _templates().env.from_string(drawn).render(it=action, root="/sub", assets="")
        waits = {"queued": 2, "queued_text": NASTY, "queued_in": 7, "lacking": False}
        idle = action.model_copy(update=waits)
        for macro in ("action", "small_action"):
            text = (
                _templates()
                .env.from_string(drawn.replace("action(it)", f"{macro}(it)"))
                .render(it=idle, root="/sub", assets="")
            )
            assert ("<button" in text, "<img" in text, 'href="/sub/sweeps/7"' in text) == (False, False, True)
        assert "<img" not in html
        assert 'action="/sub/sweeps/1/extend"' in html
        sent_body = html.split('name="body" value="')[1].split('"')[0]
        assert json.loads(unescape(sent_body)) == action.body

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("{", "must be JSON"),
            ("[]", "must be an object"),
            ('{"axis": {}}', "is not known"),
            ("{}", "is empty"),
        ],
    )
    def test_a_body_that_is_none_is_refused(
        self, client: TestClient, sweep: int, seed_run: SeedRun, body: str, words: str
    ) -> None:
        run = seed_run("completed", config=BASE)
        for path in (f"/sweeps/{sweep}/extend", f"/compare/extend?runs={run}"):
            page = sent(client, path, body=body)
            assert page.status_code == 422
            assert words in page.text or (path.startswith("/compare") and "is missing" in page.text)

    def test_another_site_cannot_send_one(self, client: TestClient, sweep: int) -> None:
        for path in (f"/sweeps/{sweep}/extend", f"/sweeps/{sweep}/edit", "/compare/extend?runs=1"):
            answer = client.post(path, data={"body": "{}"}, headers={"Origin": "http://evil.example"})
            assert answer.status_code == 403

    def test_back_leads_nowhere_else(self, client: TestClient, sweep: int) -> None:
        done = sent(client, f"/sweeps/{sweep}/extend", body='{"axes": {"seed": [9]}}', back="//evil.example")
        assert done.headers["location"].startswith("/")
        assert not done.headers["location"].startswith("//")


class TestRunsOfNoSweep:
    def test_a_new_sweep_stands_beside_them(
        self, client: TestClient, db: Database, settings: Settings, seed_run: SeedRun
    ) -> None:
        runs = [seed_run("completed", config={**BASE, "seed": seed}) for seed in (0, 1)]
        plain = {**BASE, "loss": {"name": "cross_entropy"}, "seed": 1}
        runs.append(seed_run("completed", config=plain))
        with db.read() as session:
            scope = scope_of_runs(session, runs)
        configs = [parse_config(one).model_dump(mode="json") for one in (plain, BASE)]
        action = more_seeds(scope, configs, 2)
        done = sent(client, action.path, body=json.dumps(action.body))
        ids = ",".join(map(str, runs))
        assert (done.status_code, done.headers["location"]) == (303, f"/compare?runs={ids}&sweep=1&added=4")
        made = client.get(f"{SWEEPS}/1").json()
        assert [(row["label"], row["baseline"]) for row in made["rows"]] == [
            ("CE", True),
            ("CB-Focal 0.997", False),
        ]
        assert [cell["values"]["seed"] for cell in made["rows"][0]["cells"]] == [2, 3]
        again = sent(client, action.path, body=json.dumps(action.body))
        assert again.headers["location"] == f"/compare?runs={ids}&sweep=1&added=0"
        page = client.get(done.headers["location"], headers=HTML)
        assert "4 runs added" in page.text
        assert len(context(page)["comparison"].rows) == 2

    def test_equal_runs_are_used_again(self, client: TestClient, seed_run: SeedRun) -> None:
        runs = [seed_run("completed", config={**BASE, "seed": seed}) for seed in (0, 1)]
        body = json.dumps({"axes": {"seed": [0, 1]}})
        assert sent(client, f"/compare/extend?runs={runs[0]}", body=body).status_code == 303
        made = client.get(f"{SWEEPS}/1").json()
        assert [cell["run_id"] for cell in made["rows"][0]["cells"]] == runs

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"axes": {"seed": [2], "loss.beta": [0.5]}}, "axes.loss.beta"),
            ({"axes": {"seed": [2, -1]}}, "axes.seed[1]"),
            ({"axes": {"seed": [2]}, "settings": [{"loss.nmae": 1}]}, "settings[0].loss.nmae"),
            ({"axes": {"seed": [2]}, "baselines": [CE]}, "send whole settings"),
        ],
    )
    def test_refusals_are_by_name(
        self, client: TestClient, seed_run: SeedRun, body: dict[str, Any], words: str
    ) -> None:
        run = seed_run("completed", config=BASE)
        page = sent(client, f"/compare/extend?runs={run}", body=json.dumps(body))
        assert (page.status_code, words in unescape(page.text)) == (422, True)
        assert client.get(SWEEPS).json()["total"] == 0

    def test_no_such_run(self, client: TestClient) -> None:
        assert sent(client, "/compare/extend?runs=99", body='{"axes": {"seed": [1]}}').status_code == 404


class TestNames:
    def test_name_tags_and_notes_change_in_place(self, client: TestClient, sweep: int) -> None:
        done = sent(client, f"/sweeps/{sweep}/edit", name=NASTY, tags="a, b", notes="why")
        assert (done.status_code, done.headers["location"]) == (303, f"/sweeps/{sweep}")
        page = client.get(f"/sweeps/{sweep}", headers=HTML)
        assert (context(page)["sweep"].name, context(page)["sweep"].tags) == (NASTY, ("a", "b"))
        assert "<img" not in page.text
        assert 'href="/runs?tag=b"' in page.text

    def test_a_refusal_keeps_what_was_typed(self, client: TestClient, sweep: int) -> None:
        page = sent(client, f"/sweeps/{sweep}/edit", name=" ", tags="a" * 60, notes="kept")
        assert (page.status_code, context(page)["edit"].notes) == (422, "kept")
        assert len(context(page)["edit"].problems) == 2


def test_while_it_runs_the_page_says_what_is_still_to_come(
    client: TestClient, seed_run: SeedRun, sweep: int
) -> None:
    page = client.get(f"/sweeps/{sweep}", headers=HTML)
    assert "Still to come: 6 of 6 runs. Seeds so far: CE: none of 2; CB-Focal 0.9: none of 2" in page.text
    for seed in (0, 1):
        seed_run("completed", config={**BASE, "seed": seed, "loss": {**BASE["loss"], "beta": 0.5}})
    body = {"base": BASE, "axes": {"loss.beta": [0.5, 0.6], "seed": [0, 1]}}
    second = client.post(SWEEPS, json=body).json()["id"]
    text = client.get(f"/sweeps/{second}", headers=HTML).text
    assert "2 of 4 runs. 1 of 2 settings has all seeds. Seeds so far: CB-Focal 0.6: none of 2." in text
    client.post(f"{SWEEPS}/{second}/cancel")
    assert "Still to come" not in client.get(f"/sweeps/{second}", headers=HTML).text


def test_what_was_planned_is_said(client: TestClient) -> None:
    held = {**BASE, "data": {"validation_fraction": 0.1}}
    body = {
        "base": held,
        "axes": {"optim.learning_rate": [0.1, 0.02], "seed": [0]},
        "baselines": [CE],
        "tuned": ["optim.learning_rate"],
        "margin": 1,
        "looks": {"seeds": [5, 10]},
    }
    sweep_id = client.post(SWEEPS, json=body).json()["id"]
    text = client.get(f"/sweeps/{sweep_id}", headers=HTML).text
    assert "Learning rate: each method has the same values to choose from" in text
    assert "1 point: a smaller difference" in text
    assert "after 5 seeds (alpha 0.01) and after 10 (alpha 0.04)" in text
