"""Pages of transfers: the form keeps what was typed, a comparison is its JSON twin, buttons move it."""

from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Piece, Transfer
from tests.app.pages.seen import HTML, context
from tests.app.pages.test_pages import same, twin_of
from tests.conftest import SeedRun
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


@pytest.fixture
def run_id(seed_run: SeedRun, settings: Settings) -> int:
    """A completed run with a checkpoint, as far as a launch looks at it."""
    made = seed_run("completed", name="<b>mine</b>")
    folder = RunDir(settings.run_dir(made))
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    (folder.checkpoints / "last.pt").write_bytes(b"here")
    return made


def launched(client: TestClient, run_id: int, **changes: Any) -> Any:
    typed = {"source": ["random", str(run_id)], "dataset": "shapes10", "images": "50", "seeds": "0..2",
             "mode": "linear"} | changes  # fmt: skip
    return client.post("/transfer/new", data=typed, headers=HTML, follow_redirects=False)


def measured(db: Database, job_id: int, figures: dict[tuple[int, int], float]) -> None:
    """As if a worker had measured: balanced accuracy by place and seed; answers are not kept."""
    with db.write() as s:
        job = s.get_one(Transfer, job_id)
        for number, ((place, seed), value) in enumerate(figures.items(), 1):
            guesses = {"log_me": value, "leep": -value, "h_score": None}
            s.add(
                Piece(
                    run_id=job_id,
                    name=f"source {place}, seed {seed}",
                    number=number,
                    time="",
                    seconds=2.0,
                    figures={"balanced_accuracy": value, "accuracy": value, **guesses},
                )
            )
        job.epoch, job.state = len(figures), "completed"


def test_from_a_data_sets_page_to_the_recommendation(client: TestClient, db: Database, run_id: int) -> None:
    assert "/transfer/new?dataset=shapes10" in client.get("/datasets", headers=HTML).text
    form = client.get(f"/transfer/new?dataset=shapes10&run={run_id}", headers=HTML)
    assert context(form)["ticked"] == ["random", str(run_id)]
    assert "<b>mine" not in form.text
    sent = launched(client, run_id)
    page = client.get(sent.headers["location"], headers=HTML)
    assert "0 of 6 measured" in page.text
    job_id = context(page)["transfer"].id
    same(context(page)["transfer"], client.get(twin_of(page)))
    measured(db, job_id, {(0, 0): 0.30, (0, 1): 0.32, (0, 2): 0.31, (1, 0): 0.60, (1, 1): 0.63, (1, 2): 0.60})
    page = client.get(sent.headers["location"], headers=HTML)
    same(context(page)["transfer"], client.get(twin_of(page)))
    view = context(page)["transfer"]
    assert view.recommendation.is_firm
    assert [row.run for row in view.rows] == [run_id, None]
    assert unescape(page.text).count("Start from <b>mine</b>") == 1
    assert "than the next, a random network, by +30.0 points" in unescape(page.text)
    assert [guess.tau for guess in view.guesses] == [1.0, -1.0, None]
    assert "Trained on shapes10 itself" in page.text
    listed = client.get("/transfer", headers=HTML)
    assert f"/transfer/{job_id}" in listed.text
    client.patch(f"/api/v1/runs/{run_id}", json={"name": "renamed"})
    again = launched(client, run_id)
    assert again.headers["location"] == sent.headers["location"], "an equal one is used again"


def test_equal_figures_name_no_best(client: TestClient, db: Database, run_id: int) -> None:
    location = launched(client, run_id).headers["location"]
    job_id = int(location.rpartition("/")[2])
    measured(
        db,
        job_id,
        {(place, seed): 0.5 + 0.01 * ((place + seed) % 3) for place in (0, 1) for seed in (0, 1, 2)},
    )
    told = context(client.get(location, headers=HTML))["transfer"].recommendation
    assert not told.is_firm
    assert set(told.best) == {None, run_id}
    assert told.text.startswith("Cannot tell with 3 seeds")


def test_what_is_refused_stands_at_its_field_and_nothing_is_lost(client: TestClient, run_id: int) -> None:
    page = launched(client, run_id, images="many", seeds="x", dataset="shapes10", mode="finetune")
    assert page.status_code == 422
    assert context(page)["problems"].keys() == {"seeds", "images"}
    page = launched(client, run_id, images="many", mode="finetune")
    assert context(page)["problems"].keys() == {"images"}
    assert context(page)["typed"]["mode"] == "finetune"
    assert context(page)["ticked"] == ["random", str(run_id)]
    assert 'value="many"' in page.text
    none = launched(client, run_id, source=[])
    assert context(none)["problems"].keys() == {"sources"}


def test_buttons_move_it(client: TestClient, run_id: int) -> None:
    location = launched(client, run_id).headers["location"]
    assert context(client.get(location, headers=HTML))["moves"] == ["cancel"]
    client.post(f"{location}/act", data={"action": "cancel"})
    assert context(client.get(location, headers=HTML))["transfer"].state == "canceled"
    assert client.post(f"{location}/act", data={"action": "delete"}).status_code == 422
    client.post(f"{location}/act", data={"action": "retry"})
    assert context(client.get(location, headers=HTML))["transfer"].state == "queued"


def test_an_empty_list_says_what_to_do(client: TestClient) -> None:
    assert "No comparison yet" in client.get("/transfer", headers=HTML).text
    assert "No run is completed yet" in client.get("/transfer/new", headers=HTML).text
    assert client.get("/transfer/7", headers=HTML).status_code == 404


def test_networks_of_one_name_are_told_apart_by_what_differs(
    client: TestClient, seed_run: SeedRun, run_id: int
) -> None:
    """Settings that differ in a seed alone have names that begin alike."""
    other = seed_run("completed", config={"seed": 7})
    form = client.get("/transfer/new", headers=HTML).text
    mine, theirs = (form.split(f'value="{one}"')[1].split("</label>")[0] for one in (run_id, other))
    assert "seed <b>7</b>" in theirs
    assert "seed <b>0</b>" in mine


def test_the_list_of_runs_names_what_else_is_in_the_queue(
    client: TestClient, db: Database, run_id: int
) -> None:
    """The top bar counts every job, so that a comparison must be seen beside the runs."""
    launched(client, run_id)
    page = client.get("/runs?state=queued", headers=HTML)
    (line,) = context(page)["others"]
    assert (line.kind, line.state, line.pieces, line.done) == ("transfer", "queued", 6, 0)
    assert f'href="{line.page}"' in page.text
    assert client.get(line.page, headers=HTML).status_code == 200
    measured(db, line.id, {(0, 0): 0.3})
    assert not context(client.get("/runs", headers=HTML))["others"]


def test_a_completed_run_leads_to_the_form_with_it_ticked(client: TestClient, run_id: int) -> None:
    page = client.get(f"/runs/{run_id}", headers=HTML).text
    assert f'href="/transfer/new?run={run_id}"' in page
    form = client.get(f"/transfer/new?run={run_id}", headers=HTML)
    assert str(run_id) in context(form)["ticked"]
