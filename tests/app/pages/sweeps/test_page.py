"""Pages of sweeps, and their line in the list of runs: the same data as the API, every kind of cell."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.lifecycle import State
from app.pages.runs.lines import overall_state
from app.pages.sweeps.words import axes_in_words, baseline_in_words
from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.views.sweeps.view import SweepCounts
from tests.app.pages.seen import HTML, context
from tests.app.pages.test_pages import NASTY, same, twin_of
from tests.conftest import Seed
from tests.e2e.seeded_sweep import seed_sweep

pytestmark = pytest.mark.slow

ONE_EPOCH = {"optim": {"epochs": 1, "milestones": []}}


@pytest.fixture
def sweep(db: Database, settings: Settings) -> int:
    """Fifteen cells of every kind."""
    seed = Seed(db, settings)

    def made_up(config: dict[str, Any], number: int, state: str) -> int:
        return seed(state, name=f"cell {number}", config=config, epochs=0 if state == "failed" else 2)

    return seed_sweep(seed, made_up)


def launched(db: Database, settings: Settings, **body: Any) -> int:
    return launch_sweep(db, settings, SweepBody.model_validate({"base": ONE_EPOCH, **body}))[0]


def test_an_empty_list_says_what_to_do_next(client: TestClient) -> None:
    page = client.get("/sweeps", headers=HTML)
    assert "No sweeps yet" in page.text
    assert 'href="/runs/new"' in page.text
    assert client.get("/sweeps/1", headers=HTML).status_code == 404


def test_pages_are_their_json_twins(client: TestClient, sweep: int) -> None:
    for path, name in (
        ("/sweeps", "sweeps"),
        (f"/sweeps/{sweep}", "sweep"),
        ("/runs", "runs"),
        (f"/runs?sweep={sweep}", "runs"),
    ):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        same(context(page)[name], client.get(twin_of(page)))


def test_the_grid_shows_every_kind_of_cell(client: TestClient, sweep: int) -> None:
    page = client.get(f"/sweeps/{sweep}", headers=HTML)
    for word in ("running", "queued", "failed", "crashed", "canceled", "missing", "completed", "re-used"):
        assert word in page.text
    view = context(page)["sweep"]
    linked = [cell.run_id for row in view.rows for cell in row.cells if cell.run_id]
    assert len(linked) == 14
    assert all(f'href="/runs/{run_id}"' in page.text for run_id in linked)
    baseline = view.rows[0]
    assert context(page)["means"][baseline.setting_hash] == (
        pytest.approx(baseline.cells[0].accuracy),
        0.0,
        3,
    )  # seeded runs are equal
    assert {row.path for row in context(page)["fixed"]} >= {"loss.name", "optim.weight_decay"}
    assert "loss.beta" not in {row.path for row in context(page)["fixed"]}


def test_stages_of_one_loss_have_colours_of_their_own(
    client: TestClient, db: Database, settings: Settings
) -> None:
    sweep_id = launched(db, settings, axes={"second_stage.name": ["none", "crt", "tau_norm"]})
    styles = context(client.get(f"/sweeps/{sweep_id}", headers=HTML))["styles"]
    assert len({style.light for style in styles.values()}) == 3


def test_buttons_do_what_they_say(client: TestClient, sweep: int) -> None:
    page = client.get(f"/sweeps/{sweep}", headers=HTML)
    assert "Retry missing and failed" in page.text
    retried = client.post(f"/sweeps/{sweep}/act", data={"action": "retry"}, follow_redirects=False)
    assert (retried.status_code, retried.headers["location"]) == (303, f"/sweeps/{sweep}")
    counts = client.get(f"/api/v1/sweeps/{sweep}").json()["counts"]
    assert (counts["failed"], counts["canceled"], counts["missing"], counts["queued"]) == (0, 0, 0, 7)
    assert client.post(f"/sweeps/{sweep}/act", data={"action": "cancel"}).status_code == 200
    assert client.get(f"/api/v1/sweeps/{sweep}").json()["counts"]["queued"] == 0
    assert client.post(f"/sweeps/{sweep}/act", data={"action": "melt"}, headers=HTML).status_code == 422


def test_the_mean_has_its_spread_and_canceling_is_asked_about(
    client: TestClient, db: Database, settings: Settings
) -> None:
    seed = Seed(db, settings)
    figures = {0: 0.5, 1: 0.6, 2: 0.7}

    def made_up(config: dict[str, Any], number: int, state: str) -> int:
        last = {1: {"test_accuracy": figures[config["seed"]]}}
        return seed(state, config=config, epochs=1, figures=last)

    page = client.get(f"/sweeps/{seed_sweep(seed, made_up)}", headers=HTML).text
    assert '<b>60.0</b> <span class="muted small">± 10.0</span>' in page
    assert "Cancel the rest…</summary>" in page


def test_nothing_to_cancel_is_said(client: TestClient, db: Database, settings: Settings) -> None:
    sweep = launched(db, settings, axes={"seed": [0, 1]})
    assert client.post(f"/sweeps/{sweep}/act", data={"action": "cancel"}).status_code == 200
    page = client.get(f"/sweeps/{sweep}", headers=HTML)
    assert "Cancel the rest" not in page.text
    assert client.post(f"/sweeps/{sweep}/act", data={"action": "cancel"}, headers=HTML).status_code == 409


def test_a_sweep_is_one_line_of_the_list_that_opens(client: TestClient, sweep: int) -> None:
    folded = context(client.get("/runs", headers=HTML))
    assert len(folded["runs"].items) == 2, "the sweep, and the earlier run that it points at"
    assert folded["total"] == 14
    (line,) = folded["sweep_lines"].values()
    assert (line.sweep.id, line.state, line.runs) == (sweep, "running", ())
    opened = client.get(f"/runs?open={sweep}", headers=HTML)
    (line,) = context(opened)["sweep_lines"].values()
    assert len(line.runs) == 13
    assert opened.text.count('type="checkbox" name="runs"') == 14
    assert opened.text.count(f'id="sweep-{sweep}"') == 1


@pytest.mark.parametrize("query", ["sweep={}", "q=cell", "state=completed", "sort=name"])
def test_filters_and_other_orders_look_at_each_run(client: TestClient, sweep: int, query: str) -> None:
    shown = context(client.get(f"/runs?{query.format(sweep)}", headers=HTML))
    assert shown["sweep_lines"] == {}
    assert any(run.sweep_id == sweep for run in shown["runs"].items)


def test_a_deleted_or_archived_newest_run_hands_its_place_on(
    client: TestClient, db: Database, settings: Settings
) -> None:
    launched(db, settings, axes={"seed": [0, 1, 2]})
    client.post("/api/v1/sweeps/1/cancel")
    client.post("/api/v1/runs/3/archive")
    assert client.delete("/api/v1/runs/2").status_code == 204
    page = context(client.get("/runs", headers=HTML))
    assert [run.id for run in page["runs"].items] == [1]
    assert page["sweep_lines"][1].sweep.counts.missing == 1
    archived = context(client.get("/runs?archived=true", headers=HTML))
    assert [run.id for run in archived["runs"].items] == [3]


def test_untrusted_names_and_many_values_are_shown_as_they_are(
    client: TestClient, db: Database, settings: Settings
) -> None:
    launched(db, settings, name=NASTY, axes={"seed": list(range(0, 60, 2))})
    for path in ("/sweeps", "/sweeps/1", "/runs"):
        page = client.get(path, headers=HTML)
        assert page.status_code == 200
        assert "<img" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get("/sweeps/1", headers=HTML).text


def test_axes_and_baselines_in_words() -> None:
    words = axes_in_words({"seed": [0, 1, 2, 3], "loss.beta": [0.9, "N=1000"], "data.augment": [True, False]})
    assert [(axis.label, axis.values) for axis in words] == [
        ("Beta", "0.9, N=1000"),
        ("Augment", "on, off"),
        ("Seed", "0 … 3"),
    ]
    (many,) = axes_in_words({"optim.epochs": [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]})
    assert (many.values, many.count) == ("1, 2, 4, 8, 16, 32, 64, 128, … (10)", 10)
    assert baseline_in_words({"loss.name": "focal", "seed": 3}) == "Loss focal, Seed 3"


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"running": 1, "failed": 1}, State.RUNNING),
        ({"queued": 1, "failed": 1}, State.QUEUED),
        ({"failed": 1, "missing": 1}, State.FAILED),
        ({"missing": 1, "completed": 1}, State.CANCELED),
        ({"completed": 2}, State.COMPLETED),
    ],
)
def test_a_sweep_says_first_what_moves(counts: dict[str, int], state: State) -> None:
    none = dict.fromkeys(SweepCounts.model_fields, 0)
    assert overall_state(SweepCounts(**none | counts)) == state


def test_a_cell_that_diverged_does_not_look_like_one_that_went_well(
    client: TestClient, db: Database, settings: Settings
) -> None:
    gone = {2: {"train_loss": None, "diverged": True}}
    seeded = Seed(db, settings)
    base = {"optim": {"epochs": 2, "milestones": []}}
    ids = [
        seeded("completed", config=base | {"seed": seed}, epochs=2, figures=figures)
        for seed, figures in enumerate((gone, {}))
    ]
    sweep_id = launched(db, settings, base=base, axes={"seed": [0, 1]})
    page = client.get(f"/sweeps/{sweep_id}", headers=HTML)
    [row] = context(page)["sweep"].rows
    assert [(cell.run_id, cell.diverged) for cell in row.cells] == list(zip(ids, (True, False), strict=True))
    assert page.text.count("is-diverged") == page.text.count("completed, diverged, accuracy") == 1


def test_what_has_no_effect_is_not_fixed_and_other_than_usual(client: TestClient) -> None:
    body = {"base": {"data": {"imbalance": "none"}}, "axes": {"seed": [0]}}
    sweep_id = client.post("/api/v1/sweeps", json=body).json()["id"]
    fixed = {row.path for row in context(client.get(f"/sweeps/{sweep_id}", headers=HTML))["fixed"]}
    assert "data.imbalance" in fixed
    assert "data.subset_seed" not in fixed
