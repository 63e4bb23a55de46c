"""Runs of equal settings on other images under one name: why they are set apart is said at every door."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from app.cli import main
from app.store.engine import Database
from app.store.runs import get_run
from app.views.other_images import short_source

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]
Old = Callable[..., int]

HTML = {"Accept": "text/html"}
SHORT: dict[str, Any] = {"optim": {"epochs": 3, "milestones": []}}
OPTIONS = ("--set", "optim.epochs=3", "--set", "optim.milestones=[]", "--axis", "seed=0,1")
WHY = "on other images under the same name (shapes10/v1, here shapes10/v2)."


@pytest.fixture
def old(seed_run: SeedRun) -> Old:
    """A completed run of SHORT that saw the images of `source`."""

    def made(source: str | None = "shapes10/v1", **config: Any) -> int:
        return seed_run("completed", config={**SHORT, **config}, source=source)

    return made


@pytest.fixture
def call(web_url: str) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return CliRunner(env={"BETABOARD_URL": web_url}).invoke(main, arguments, catch_exceptions=False)

    return run


def test_before_the_launch_of_a_run_and_of_a_sweep(client: TestClient, old: Old) -> None:
    first, second = old(), old(seed=1)
    run = client.post("/api/v1/runs/validate", json={"config": SHORT}).json()
    assert (run["equal_runs"], run["warnings"][0]) == (
        [],
        f"Not used again and not compared: #{first}, {WHY}",
    )
    body: dict[str, Any] = {"base": SHORT, "axes": {"seed": [0, 1]}}
    sweep = client.post("/api/v1/sweeps/validate", json=body).json()
    said = f"Not used again and not compared: #{first}, #{second}, {WHY}"
    assert (sweep["reused"], sweep["warnings"][0]) == ([], said)
    assert sum("Not used again" in sentence for sentence in sweep["warnings"]) == 1
    anew = client.post("/api/v1/sweeps/validate", json=body | {"reuse": False}).json()
    assert not any("Not used again" in sentence for sentence in anew["warnings"])


def test_a_run_on_the_same_images_is_used_again_without_a_word(client: TestClient, old: Old) -> None:
    same = old("shapes10/v2")
    view = client.post("/api/v1/sweeps/validate", json={"base": SHORT, "axes": {"seed": [0, 1]}}).json()
    assert (view["reused"], [said for said in view["warnings"] if "Not used" in said]) == ([same], [])


def test_unknown_images_are_called_that(client: TestClient, old: Old) -> None:
    run_id = old(None)
    view = client.post("/api/v1/runs/validate", json={"config": SHORT}).json()
    assert view["warnings"][0] == f"Not used again: #{run_id}, as it is not known which images they saw."


def test_form_and_page(client: TestClient, old: Old) -> None:
    run_id = old()
    said = f"Not used again and not compared: #{run_id}, {WHY}"
    typed = {"do": "preview", "optim.epochs": "3", "optim.milestones": "", "seed": "0, 1"}
    assert said in client.post("/runs/new", data=typed, headers=HTML).text
    made = client.post("/api/v1/sweeps", json={"base": SHORT, "axes": {"seed": [0, 1]}}).json()
    assert made["warnings"] == [said]
    assert said in client.get(f"/sweeps/{made['id']}", headers=HTML).text


def test_a_later_run_on_other_images_is_no_matter_of_the_sweep(client: TestClient, old: Old) -> None:
    made = client.post("/api/v1/sweeps", json={"base": SHORT, "axes": {"seed": [0, 1]}}).json()
    old()
    assert client.get(f"/api/v1/sweeps/{made['id']}").json()["warnings"] == []


def test_at_a_shell(call: Callable[..., Result], old: Old, seed_run: SeedRun) -> None:
    first, second = old(), old(seed=2)
    for seed in (0, 1):
        seed_run("completed", config={**SHORT, "seed": seed})
        old("shapes10/v2", seed=seed)
    line = f"warning   Not used again and not compared: #{first}, {WHY}"
    assert line in call("sweep", *OPTIONS, "--dry-run").stdout.splitlines()
    waited = call("sweep", *OPTIONS, "--wait", "--timeout", "30")
    assert (waited.exit_code, waited.stdout.splitlines()[-1]) == (0, line)
    grown = call("sweep", "extend", "1", "--axis", "seed=2,3", "--dry-run").stdout
    assert f"warning   Not used again and not compared: #{second}, {WHY}" in grown.splitlines()


def test_a_row_of_a_sweep_on_different_images_has_no_mean(
    client: TestClient, call: Callable[..., Result], db: Database, old: Old
) -> None:
    """Sweeps of before images were known by their source may hold such a row."""
    ids = [old("shapes10/v2"), old("shapes10/v2", seed=1)]
    made = client.post("/api/v1/sweeps", json={"base": SHORT, "axes": {"seed": [0, 1]}}).json()
    assert (made["rows"][0]["mixed"], made["warnings"]) == (False, [])
    with db.write() as session:
        get_run(session, ids[0]).source = "shapes10/v1"
    row = client.get(f"/api/v1/sweeps/{made['id']}").json()
    said = (
        "CE has runs on different images under the same name, so no mean: "
        "#1 on shapes10/v1; #2 on shapes10/v2."
    )
    assert (row["rows"][0]["mixed"], row["warnings"][0]) == (True, said)
    page = client.get(f"/sweeps/{made['id']}", headers=HTML).text
    assert said in page
    assert '<td class="number"><b>–</b></td>' in page


def test_a_table_says_why_a_row_has_no_difference(client: TestClient, old: Old) -> None:
    """Equal networks on two contents of folder:x; digests are shown by their first digits, as on pages."""
    first, second = (old(f"folder:x/{digit * 64}") for digit in "ab")
    asked = {"runs": f"{first},{second}", "format": "csv"}
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/compare", params=asked).text)))
    assert [row["setting"] for row in rows] == ["CE", "CE on folder:x/bbbbbbbb"]
    assert [row["why no difference"] for row in rows] == ["no baseline", "other images under the same name"]
    told = client.get("/api/v1/compare", params=asked | {"format": "markdown"}).text
    assert "CE on folder:x/bbbbbbbb: other images under the same name." in told
    run = client.get(f"/api/v1/runs/{second}").json()
    assert run["source"] == f"folder:x/{'b' * 64}"


def test_short_sources() -> None:
    digest = "0123456789" * 6 + "abcd"
    assert short_source(f"folder:x/{digest} 1a2b3c4d") == "folder:x/01234567 1a2b3c4d"
    assert short_source("shapes10/v2") == "shapes10/v2"
    assert short_source(f"folder:x/{digest}e") == f"folder:x/{digest}e"
