"""Every page with runs of every kind: it answers, names its JSON twin, and both hold the same data."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.runs import queue
from app.settings import Settings
from app.store.engine import Database
from app.views.base import View
from app.views.runs.view import RunDetail
from tests.app.pages.seen import HTML, context, template
from tests.conftest import Seed, SeedRun
from trainer.config import RunConfig

NASTY = "<img src=x onerror=alert(1)> <b>bold</b> & {{ 7*7 }}"
LONG = "n" * 199 + "é"


def twin_of(page: Any) -> str:
    found = re.search(r'<link rel="alternate" type="application/json" href="([^"]+)">', page.text)
    assert found, "the page names no JSON twin"
    return found[1].replace("&amp;", "&")


def same(view: View, answer: Any) -> None:
    assert view.model_dump(mode="json") == answer.json()


@pytest.fixture(scope="module")
def every_kind(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, int]]:
    """A board with a run of every kind, by what it is; tests here only read it."""
    copied: Path = shutil.copytree(migrated, tmp_path_factory.mktemp("every kind") / "data")
    settings = Settings(data_dir=copied)
    db = Database(settings.url)
    ids = seeded(Seed(db, settings))
    db.close()
    return settings, ids


@pytest.fixture
def runs(every_kind: tuple[Settings, dict[str, int]]) -> dict[str, int]:
    return every_kind[1]


@pytest.fixture(scope="module")
def reader(every_kind: tuple[Settings, dict[str, int]]) -> Iterator[TestClient]:
    """A caller of the board with a run of every kind."""
    with TestClient(create_app(every_kind[0]), base_url="http://localhost:8000") as made:
        yield made


def seeded(seed_run: SeedRun) -> dict[str, int]:
    gone = {2: {"test_loss": None, "train_loss": None, "diverged": True}}
    one = {"class_names": ("only",), "train_counts": (10,)}
    many = {"class_names": [f"class {n}" for n in range(100)], "train_counts": list(range(500, 400, -1))}
    return {
        "queued": seed_run("queued", name="waits"),
        "fresh": seed_run("running", name="no epoch yet", epochs=0),
        "running": seed_run("running", name="runs"),
        "completed": seed_run(name=LONG, tags=["tail", "<i>tag</i>"], notes=NASTY),
        "failed": seed_run("failed", name="breaks"),
        "crashed": seed_run("crashed", name="falls silent"),
        "canceled": seed_run("canceled", name="was stopped"),
        "paused": seed_run("paused", name="rests"),
        "diverged": seed_run("failed", name="diverges", figures=gone),
        "nasty": seed_run(name=NASTY, class_names=(NASTY, "b", "c")),
        "one class": seed_run(name="one", confusions=[[[10]]], **one),
        "one epoch": seed_run(name="short", epochs=1),
        "many classes": seed_run(name="many", epochs=1, **many),
        "weighted": seed_run(config={"loss": {"name": "focal", "weighting": "class_balanced"}}, name="cb"),
    }


KINDS = (
    "queued",
    "fresh",
    "running",
    "completed",
    "failed",
    "crashed",
    "canceled",
    "paused",
    "diverged",
    "nasty",
    "one class",
    "one epoch",
    "many classes",
    "weighted",
)


EMPTY_PAGES = ("/", "/runs", "/runs/new", "/sweeps", "/compare", "/system", "/datasets", "/published")


@pytest.mark.parametrize("path", EMPTY_PAGES)
def test_every_page_of_an_empty_board(client: TestClient, path: str) -> None:
    page = client.get(path, headers=HTML)
    assert page.status_code == 200
    assert client.get(twin_of(page)).status_code == 200
    assert "No worker is alive" in page.text


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["count", "dataset"])
def test_run_page_is_its_json_twin(reader: TestClient, runs: dict[str, int], kind: str, order: str) -> None:
    page = reader.get(f"/runs/{runs[kind]}?order={order}", headers=HTML)
    assert page.status_code == 200
    same(context(page)["run"], reader.get(twin_of(page)))
    assert "NaN" not in page.text
    assert "<img" not in page.text


def test_list_is_its_json_twin(reader: TestClient, runs: dict[str, int]) -> None:
    for path in (
        "/runs",
        "/runs?q=r&sort=name",
        "/runs?state=completed&state=failed",
        "/runs?state=FAILED",
        "/runs?tag=tail",
    ):
        page = reader.get(path, headers=HTML)
        same(context(page)["runs"], reader.get(twin_of(page)))
        assert "<img" not in page.text


def test_a_finished_run_says_where_its_time_went(reader: TestClient, runs: dict[str, int]) -> None:
    page = reader.get(f"/runs/{runs['completed']}", headers=HTML).text
    pace = re.sub("<[^>]+>", " ", page[page.index('id="pace"') :].partition("</span>")[0])
    assert "2.00 s an epoch, 0.00 s of it evaluation" in pace
    assert "70 images/s in training" in pace
    assert 'id="pace"' not in reader.get(f"/runs/{runs['running']}", headers=HTML).text
    listed = reader.get("/runs?sort=-seconds", headers=HTML).text
    assert "3 epochs of 2.00 s each" in listed
    assert 'aria-sort="descending"><a class="sort" href="/runs?sort=seconds"' in listed


@pytest.mark.parametrize(
    "ids", ["completed", "completed,weighted", "queued,fresh", "nasty,diverged,one class"]
)
def test_comparison_is_its_json_twin(reader: TestClient, runs: dict[str, int], ids: str) -> None:
    asked = ",".join(str(runs[kind]) for kind in ids.split(","))
    page = reader.get(f"/compare?runs={asked}", headers=HTML)
    same(context(page)["comparison"], reader.get(twin_of(page)))
    assert "<img" not in page.text
    assert all(warning in page.text for warning in context(page)["comparison"].warnings)


def test_system_and_data_sets_are_their_json_twins(
    client: TestClient, live_worker: str, settings: Settings
) -> None:
    system = client.get("/system", headers=HTML)
    answer = client.get(twin_of(system)).json()
    assert [worker.id for worker in context(system)["system"].workers] == [w["id"] for w in answer["workers"]]
    assert "No worker is alive" not in system.text
    data = client.get("/datasets", headers=HTML)
    assert f"--data-dir {settings.data_dir}" in data.text
    same(context(data)["datasets"], client.get(twin_of(data)))


@pytest.mark.slow
def test_run_page_offers_the_moves_that_are_legal(reader: TestClient, runs: dict[str, int]) -> None:
    for run_id in runs.values():
        page = reader.get(f"/runs/{run_id}", headers=HTML)
        run: RunDetail = context(page)["run"]
        offered = set(re.findall(r'name="action" value="(\w+)"', page.text))
        assert offered == set(run.moves) - {"delete"}
        assert (f"/runs/{run_id}/delete" in page.text) is ("delete" in run.moves)


def test_untrusted_text_is_shown_letter_for_letter(reader: TestClient, runs: dict[str, int]) -> None:
    page = reader.get(f"/runs/{runs['nasty']}", headers=HTML).text
    assert "&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;bold&lt;/b&gt; &amp; {{ 7*7 }}" in page
    figure = reader.get(f"/api/v1/figures/class-recall?run={runs['nasty']}").text
    assert "<img" not in figure
    assert "&lt;img" in figure


def test_empty_and_failed_runs_say_what_next(reader: TestClient, runs: dict[str, int]) -> None:
    fresh = reader.get(f"/runs/{runs['fresh']}", headers=HTML).text
    assert "Accuracy by epoch; no epoch is finished yet." in fresh
    failed = reader.get(f"/runs/{runs['failed']}", headers=HTML).text
    assert "It broke." in failed
    assert "Mend it." in failed
    queued = reader.get(f"/runs/{runs['queued']}", headers=HTML).text
    assert "betaboard worker" in queued


def test_a_filter_without_hits_offers_all_runs(reader: TestClient, runs: dict[str, int]) -> None:
    page = reader.get("/runs?q=zzz", headers=HTML).text
    assert "zzz" in page
    assert "Show all runs" in page


def test_errors_are_pages_for_people(client: TestClient) -> None:
    page = client.get("/runs/77", headers=HTML)
    assert (page.status_code, template(page)) == (404, "error.html")
    assert "Run 77 does not exist." in page.text
    assert client.get("/runs?state=sleepy", headers=HTML).status_code == 422
    assert client.get("/compare?runs=one", headers=HTML).status_code == 422


def test_pages_live_below_a_root_path(settings: Any, seed_run: SeedRun) -> None:
    run_id = seed_run()
    below = create_app(settings.model_copy(update={"root_path": "/lab"}))
    with TestClient(below, base_url="http://localhost:8000") as client:
        for path in ("/runs", f"/runs/{run_id}", "/runs/new", f"/compare?runs={run_id}", "/system"):
            page = client.get(f"/lab{path}", headers=HTML)
            assert page.status_code == 200
            here = re.findall(
                r'(?:href|src|action|content|data-figure|data-url|data-stream)="(/[^"]*)"', page.text
            )
            assert here
            assert all(address.startswith("/lab/") for address in here)


@pytest.mark.slow
def test_two_thousand_runs_are_all_within_reach(client: TestClient, db: Database) -> None:
    """Trial S16: the count is told, a page holds a hundred, and following "next" ends at the first run."""
    with db.write() as session:
        for number in range(2000):
            queue.enqueue(session, RunConfig(seed=number), f"run {number}", (), "", 0)
    page = client.get("/runs", headers=HTML)
    assert "2,000" in page.text
    seen = {run.id for run in context(page)["runs"].items}
    assert len(seen) == 100
    while (following := re.search(r'href="(/runs\?[^"]*cursor=[^"]*)" rel="next"', page.text)) is not None:
        page = client.get(following[1].replace("&amp;", "&"), headers=HTML)
        seen |= {run.id for run in context(page)["runs"].items}
    assert len(seen) == 2000
