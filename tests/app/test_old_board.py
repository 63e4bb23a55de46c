"""A board that the version before predictions, mean_one and shapes10 v2 made, as people have it on disk.

boards/schema-0002.tar.xz: a sweep of two settings and two seeds on shapes10 (finished), and a run that was
stopped half way; database and run folders, less the data set.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.main import create_app
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Run
from trainer.config import config_hash, parse_config, setting_hash
from trainer.journal import read_entries
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

BOARD = Path(__file__).parents[1] / "boards" / "schema-0002.tar.xz"
PAGES = ("/", "/sweeps", "/sweeps/1", "/runs/1", "/runs/5", "/compare?sweep=1", "/compare",
         "/runs/new?clone=1", "/compare?runs=1,2,3,4&epoch=best", "/compare?runs=1,5",
         "/compare/report.html?sweep=1", "/datasets",
         "/system", "/theory/dead-relu")  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Settings:
    """The board in a folder of its own, migrated."""
    with tarfile.open(BOARD) as packed:
        packed.extractall(tmp_path / "data", filter="data")
    made = Settings(data_dir=tmp_path / "data")
    prepare(made)
    return made


@pytest.fixture
def board(old: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(old), base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens(board: TestClient, path: str) -> None:
    assert board.get(path, headers={"Accept": "text/html"}).status_code == 200


def test_hashes_are_what_they_were(old: Settings) -> None:
    database = Database(old.url)
    with database.read() as session:
        runs = session.scalars(select(Run)).all()
        assert len(runs) == 5
        for run in runs:
            config = parse_config(run.config)
            assert (config_hash(config), setting_hash(config)) == (run.config_hash, run.setting_hash)
            assert RunDir(old.run_dir(run.id)).read_config() == config
    database.close()


def test_journals_are_read(old: Settings) -> None:
    for run_id in (1, 5):
        events = [entry.event for entry, _ in read_entries(RunDir(old.run_dir(run_id)).events)]
        assert [event.kind for event in events if event.kind == "epoch"] == ["epoch", "epoch"]
        assert events[-1].kind == ("finished" if run_id == 1 else "stopped")


def test_a_comparison_says_that_predictions_were_not_kept(board: TestClient) -> None:
    view = board.get("/api/v1/compare?sweep=1").json()
    assert [row["n"] for row in view["rows"]] == [2, 2]
    assert any(text.startswith("Predictions were not kept") for text in view["warnings"])
    assert view["baseline"] == "CE"
    delta = view["rows"][1]["delta"]
    assert delta["seeds_share"] == 1
    assert delta["low"] < delta["mean"] < delta["high"]
    refused = board.get("/api/v1/runs/1/predictions?split=test&epoch=last")
    assert refused.status_code == 404
    assert "kept" in refused.json()["error"]["message"] + refused.json()["error"]["hint"]


def test_a_sweep_grows(board: TestClient) -> None:
    grown = board.post("/api/v1/sweeps/1/extend", json={"axes": {"seed": [2]}})
    assert grown.status_code == 200, grown.text
    assert grown.json()["counts"]["total"] == 6
