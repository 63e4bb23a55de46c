"""The list of runs as its address says: columns, orders, groups, a run beside it, and views under a name."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.runs.columns import COLUMNS
from app.pages.runs.query import RunQuery
from app.store.tables import RUN_SORT_KEYS
from app.views.named_views import PASSED_BY, WORDS
from tests.app.pages.seen import HTML, context
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

FOCAL = {"loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.99}}


def page(client: TestClient, address: str = "", status: int = 200) -> Any:
    answer = client.get(f"/runs{address}", headers=HTML)
    assert answer.status_code == status
    return answer


def listed(client: TestClient, address: str) -> list[int]:
    return [run.id for run in context(page(client, address))["runs"].items]


def cells(text: str, run_id: int) -> list[str]:
    """What stands in a line, cell by cell."""
    [row] = re.findall(rf'<tr id="run-{run_id}".*?</tr>', text, re.DOTALL)
    plain = (re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL))
    return [" ".join(cell.split()) for cell in plain]


@pytest.mark.parametrize("by", ["setting", "tag"])
def test_the_twin_of_groups_reads_as_long_a_search_as_the_list(
    client: TestClient, seed_run: SeedRun, by: str
) -> None:
    seed_run("completed", config={"seed": 3})
    search = " or ".join(["loss.name = cross_entropy"] * 20)
    assert len(search) > 500
    seen = context(page(client, f"?group={by}&q={search}"))
    assert (
        client.get(seen["twin"]).json()["items"] == client.get(f"/api/v1/runs/groups?by={by}").json()["items"]
    )


def test_a_sweep_says_that_other_settings_stand_beside_its_axes(client: TestClient) -> None:
    body = {"axes": {"seed": [5]}, "baselines": [{"loss.name": "focal"}], "name": "grid"}
    assert client.post("/api/v1/sweeps", json=body).status_code == 201
    for address in ("/runs", "/sweeps", "/sweeps/1"):
        assert client.get(address, headers=HTML).text.count("1 more setting<") == 1


def test_without_a_baseline_no_line_is_held_against_one(client: TestClient, seed_run: SeedRun) -> None:
    for augment in (True, False):
        seed_run(config={"data": {"augment": augment}})
        seed_run(config={**FOCAL, "data": {"augment": augment}})
    answer = page(client, "?group=setting")
    assert context(answer)["groups"].baseline is None
    assert answer.text.count(">no baseline<") == 4
    assert "other augment" not in answer.text


def test_a_setting_says_how_many_of_its_runs_diverged(client: TestClient, seed_run: SeedRun) -> None:
    seed_run(config={"seed": 0})
    for at, state in enumerate(("completed", "failed"), 1):
        seed_run(state, config={"seed": at}, figures={3: {"test_loss": float("nan"), "diverged": True}})
    answer = page(client, "?group=setting")
    [group] = context(answer)["groups"].items
    assert (group.states, group.standing.diverged) == ({"completed": 2, "failed": 1}, 2)
    assert ">2 of them diverged<" in answer.text


def test_settings_of_one_page_have_colours_of_their_own(client: TestClient, seed_run: SeedRun) -> None:
    for rate in (0.02, 0.05, 0.1):
        seed_run(config={"optim": {"learning_rate": rate}})
    styles = context(page(client, "?group=setting"))["styles"].values()
    assert len({style.light for style in styles}) == len({style.dark for style in styles}) == 3


def test_every_column_can_be_chosen_and_says_its_own(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run(config={**FOCAL, "seed": 7, "optim": {"learning_rate": 0.05, "epochs": 3}}, tags=["x"])
    keys = "loss,beta,rate,seed,epochs,dataset,balanced,head,medium,tail,tags"
    shown = cells(page(client, f"?columns={keys}").text, run)
    last = client.get(f"/api/v1/runs/{run}").json()["last"]
    names = ("test_balanced_accuracy", "test_head", "test_medium", "test_tail")
    figures = [f"{100 * last[name]:.1f}" for name in names]
    assert shown[2:] == ["CB-Focal 0.99", "0.99", "0.05", "7", "3", "shapes10", *figures, "x"]
    whole = page(client, f"?columns={','.join(COLUMNS)}").text
    assert len(cells(whole, run)) == len(COLUMNS) + 2
    assert {column.sort for column in COLUMNS.values()} | {"name", "created_at"} == {*RUN_SORT_KEYS, ""}


def test_an_unknown_column_is_refused_with_the_nearest(client: TestClient) -> None:
    assert "did you mean beta?" in page(client, "?columns=bet", 422).text
    page(client, "?group=colour", 422)


@pytest.mark.parametrize(
    "key", ["beta", "seed", "learning_rate", "test_tail", "epochs", "loss", "finished_at"]
)
def test_it_is_sorted_by_any_of_them(client: TestClient, seed_run: SeedRun, key: str) -> None:
    ids = [
        seed_run(config=FOCAL | {"seed": 3}, epochs=2),
        seed_run(config={"loss": FOCAL["loss"] | {"beta": 0.9}, "seed": 1, "optim": {"learning_rate": 0.2}}),
        seed_run("failed", config={"seed": 2}, epochs=0),
        seed_run(config={"seed": 2}),
    ]
    runs = {run_id: client.get(f"/api/v1/runs/{run_id}").json() for run_id in ids}
    values: dict[int, Any] = {
        run_id: {
            "beta": run["config"]["loss"]["beta"],
            "seed": run["config"]["seed"],
            "learning_rate": run["config"]["optim"]["learning_rate"],
            "test_tail": (run["last"] or {}).get("test_tail"),
            "epochs": run["progress"]["epochs"],
            "loss": (run["config"]["loss"]["name"], run["config"]["loss"]["weighting"]),
            "finished_at": run["finished_at"],
        }[key]
        for run_id, run in runs.items()
    }
    known = sorted((one for one in ids if values[one] is not None), key=lambda one: (values[one], one))
    none = [one for one in ids if values[one] is None]
    assert listed(client, f"?group=none&sort={key}") == [*known, *none]
    assert listed(client, f"?group=none&sort=-{key}") == [*known[::-1], *none[::-1]]


def test_groups_lead_to_their_runs(client: TestClient, seed_run: SeedRun) -> None:
    focal, plain = seed_run(config=FOCAL, tags=["a b"]), seed_run()
    sweep = client.post("/api/v1/sweeps", json={"axes": {"seed": [5]}, "name": "grid"}).json()["id"]
    for by, members in (
        ("setting", {"CB-Focal 0.99": {focal}}),
        ("tag", {"a b": {focal}}),
        ("dataset", {"shapes10": {focal, plain, plain + 1}}),
        ("sweep", {"grid": {plain + 1}}),
    ):
        text = page(client, f"?group={by}").text
        links = dict(re.findall(r'class="run-name" href="([^"]*)">([^<]*)<', text))
        for label, ids in members.items():
            [link] = [address for address, said in links.items() if said.startswith(label)]
            assert set(listed(client, link.removeprefix("/runs").replace("&amp;", "&"))) == ids
    text = page(client, "?group=sweep").text
    assert f"/compare?sweep={sweep}" in text
    assert re.findall(r"\d+ (?:groups|sweeps)\b", text) == ["2 groups"], "one sweep, and what is in none"


def test_a_group_page_has_a_twin(client: TestClient, seed_run: SeedRun) -> None:
    seed_run(config=FOCAL)
    seed_run()
    for by in ("setting", "tag", "dataset", "sweep"):
        shown = page(client, f"?group={by}&state=completed")
        [twin] = re.findall(r'rel="alternate" type="application/json" href="([^"]*)"', shown.text)
        told = client.get(twin.replace("&amp;", "&")).json()
        assert told == context(shown)["groups"].model_dump(mode="json")


def test_a_run_stands_beside_the_list(client: TestClient, seed_run: SeedRun) -> None:
    run, other = seed_run(config=FOCAL, notes="*why*"), seed_run("queued")
    text = page(client, f"?sort=name&show={run}").text
    [aside] = re.findall(r"<aside.*?</aside>", text, re.DOTALL)
    assert "<em>why</em>" in aside
    assert 'data-name="accuracy"' in aside
    assert "0.99" in aside
    assert f'href="/runs?sort=name#run-{run}"' in aside
    assert (
        "Number" in page(client, f"?show={other}").text or "No worker" in page(client, f"?show={other}").text
    )
    assert "Run 999 is not there" in page(client, "?show=999").text


def test_views_are_kept_renamed_and_deleted(client: TestClient) -> None:
    kept = client.post(
        "/runs/views",
        data={"name": " Best tail ", "query": "sort=-test_tail&group=none&columns=loss,tail&cursor=x&show=3"},
        follow_redirects=False,
    )
    query = "sort=-test_tail&group=none&columns=loss%2Ctail"
    assert (kept.status_code, kept.headers["location"]) == (303, f"/runs?{query}")
    assert client.get("/api/v1/views").json()["items"][0] == {
        "name": "Best tail",
        "query": query,
        "created_at": client.get("/api/v1/views").json()["items"][0]["created_at"],
    }
    assert f'href="/runs?{query.replace("&", "&amp;")}"' in page(client).text
    change = {"name": "Best tail", "to": "Tail", "do": "rename", "back": "/runs?q=x"}
    moved = client.post("/runs/views/change", data=change, follow_redirects=False)
    assert moved.headers["location"] == "/runs?q=x"
    assert client.post("/runs/views/change", data=change, headers=HTML).status_code == 404
    assert client.post("/runs/views", data={"name": "Tail", "query": ""}, headers=HTML).status_code == 409
    client.post("/runs/views/change", data={"name": "Tail", "do": "delete"})
    assert client.get("/api/v1/views").json()["items"] == []


def test_views_by_rest(client: TestClient) -> None:
    views = "/api/v1/views"
    made = client.post(
        views, json={"name": "é: β ≥ 0.99", "query": "/runs?q=a%20b&state=failed&state=canceled"}
    )
    assert (made.status_code, made.json()["query"]) == (201, "q=a+b&state=failed&state=canceled")
    path = f"{views}/é: β ≥ 0.99"
    assert client.patch(path, json={"query": "q=c"}).json()["query"] == "q=c"
    assert client.patch(path, json={"name": "plain"}).json()["name"] == "plain"
    assert client.delete(f"{views}/plain").status_code == 204
    for body, where in (
        ({"name": "x", "query": "colour=red"}, "query"),
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "query": "q=" + "y" * 5000}, "query"),
    ):
        refused = client.post(views, json=body)
        assert refused.status_code == 422
        assert refused.json()["error"]["fields"][0]["path"] == where


def test_a_view_knows_every_word_of_the_list() -> None:
    assert {*WORDS, *PASSED_BY} == {*vars(RunQuery())}


def test_a_view_of_foreign_words_stays_text(client: TestClient) -> None:
    client.post("/api/v1/views", json={"name": "<b>x", "query": 'q="><script>alert(1)</script>'})
    text = page(client).text
    assert "<script>alert" not in text
    assert "&lt;b&gt;x" in text


def test_a_run_that_repeats_a_seed_is_named_where_n_stands(client: TestClient, seed_run: SeedRun) -> None:
    """Three of one setting were completed, of two seeds; of the other one run for each."""
    for seed in (0, 1, 1):
        seed_run("completed", config={"seed": seed})
    for seed in (0, 1):
        seed_run("completed", config=FOCAL | {"seed": seed})
    rows = re.findall(r'<tr id="group-.*?</tr>', page(client, "?group=setting").text, re.DOTALL)
    said = {" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows}
    [twice] = [row for row in said if "3 completed" in row]
    [once] = said - {twice}
    assert " 2 " in twice.partition("CE")[2][:5]
    assert "3 completed 1 repeats a seed" in twice
    assert "2 completed" in once
    assert "repeat" not in once


def test_a_diverged_run_does_not_look_like_one_that_went_well(client: TestClient, seed_run: SeedRun) -> None:
    gone = {2: {"train_loss": None, "diverged": True}}
    bad, good = seed_run("completed", epochs=2, figures=gone), seed_run("completed", epochs=2)
    for address in ("", f"?show={bad}", "?columns=state"):
        text = page(client, address).text
        assert "completed, diverged" in cells(text, bad)[1]
        assert cells(text, good)[1] == "completed"
    assert client.get("/datasets/shapes10", headers=HTML).text.count("is-diverged") == 1
    assert client.get("/transfer/new", headers=HTML).text.count('"mark-bad">diverged') == 1
    assert f'#{bad}, completed, <span class="mark-bad">diverged' in client.get("/compare", headers=HTML).text
    marks = [client.get(f"/runs/{run_id}", headers=HTML).text.count("is-diverged") for run_id in (bad, good)]
    assert marks == [1, 0]
    assert client.get(f"/api/v1/runs/{bad}").json()["state"] == "completed"


@pytest.mark.parametrize("group", ["", "&group=setting"])
def test_a_field_without_a_sign_is_explained_where_it_finds_nothing(client: TestClient, group: str) -> None:
    text = page(client, f"?q=ratio 100 and pets{group}").text
    assert "<code>ratio = …</code>" in text
    assert "<code>pets" not in text
    assert "takes a sign" not in page(client, f"?q=pets{group}").text
