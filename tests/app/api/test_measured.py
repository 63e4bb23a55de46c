"""/measured says of many runs at once what /epochs and /classes say of each, and export asks it by pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from app.cli import main
from app.client import Client
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run
from app.views.series.fill import measured
from app.views.series.view import RunSeries, SeriesList
from tests.app.api.test_errors import error_of, paths

SeedRun = Callable[..., int]
MEASURED = "/api/v1/measured"
RUNS = "/api/v1/runs"


def test_the_same_as_of_each_run(client: TestClient, seed_run: SeedRun) -> None:
    made = [seed_run(epochs=2), seed_run("queued"), seed_run("failed", epochs=3)]
    items = client.get(MEASURED, params={"runs": f"{made[2]},{made[0]},{made[1]},999"}).json()["items"]
    assert [item["run_id"] for item in items] == made
    for item in items:
        own = f"{RUNS}/{item['run_id']}"
        assert item["epochs"] == client.get(f"{own}/epochs").json()["items"]
        tables = [client.get(f"{own}/classes?epoch={row['epoch']}").json() for row in item["epochs"]]
        assert item["classes"] == tables
    assert [len(item["epochs"]) for item in items] == [2, 0, 3]


def test_written_run_by_run_as_one_view_would_be(client: TestClient, db: Database, seed_run: SeedRun) -> None:
    made = [seed_run(epochs=2), seed_run("queued"), seed_run("failed", epochs=3)]
    for chosen in ([], made[:1], made):
        answer = client.get(MEASURED, params={"runs": ",".join(map(str, [*chosen, 999]))})
        whole = SeriesList(items=tuple(measured(db, chosen)))
        assert answer.content == whole.model_dump_json().encode()
        assert answer.headers["content-type"] == "application/json"


def test_a_run_is_read_only_when_it_is_written(db: Database, settings: Settings, seed_run: SeedRun) -> None:
    made = [seed_run(epochs=2) for _ in range(3)]
    items = measured(db, made)
    assert next(items).run_id == made[0]
    delete_run(db, settings, made[1])
    assert [item.run_id for item in items] == [made[2]]


@pytest.mark.parametrize("runs", ["", "x", "1,,x", ",".join(["1"] * 101), str(10**25)])
def test_what_is_no_page_of_runs(client: TestClient, runs: str) -> None:
    assert paths(error_of(client.get(MEASURED, params={"runs": runs}), 422, "invalid")) == ["runs"]


@pytest.mark.slow
def test_export_asks_by_pages_and_says_how_far_it_is(
    web_url: str, seed_run: SeedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        seed_run(config={"seed": number})
    asked: list[int] = []
    whole = Client.measured

    def counted(board: Client, run_ids: list[int]) -> tuple[RunSeries, ...]:
        asked.append(len(run_ids))
        return whole(board, run_ids)

    monkeypatch.setattr(Client, "measured", counted)
    monkeypatch.setattr("app.cli.export.PAGE", 2)
    result = CliRunner(env={"BETABOARD_URL": web_url}).invoke(main, ["export", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert asked == [2, 2, 1]
    assert "Reading 5 runs" in result.stderr
    assert "Reading" not in result.stdout
    assert (tmp_path / "epochs.csv").read_text().count("\n") == 1 + 5 * 3
