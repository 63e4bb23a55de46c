"""Configurations that an earlier version stored: whoever reads them finds the fields that came later."""

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.store.engine import Database
from app.store.runs import get_run
from tests.app.journals import change_configs
from tests.conftest import SeedRun
from trainer.config import RunConfig, as_json, parse_config

pytestmark = pytest.mark.slow

LATER = ("width", "batch_norm", "initial_bias")


def forget_later_fields(db: Database) -> None:
    """Leave the rows as a version without these fields wrote them."""
    with db.write() as s:
        change_configs(s, lambda config: [config["model"].pop(name) for name in LATER])


def test_an_earlier_run_reads_as_an_equal_new_one(db: Database, seed_run: SeedRun) -> None:
    run_id = seed_run("queued")
    forget_later_fields(db)
    with db.read() as s:
        assert "width" not in s.execute(text("SELECT config FROM runs")).scalar_one()
        run = get_run(s, run_id)
        assert run.config["model"] == as_json(RunConfig())["model"]
        assert parse_config(run.config).model == RunConfig().model


def test_pages_and_comparison_of_an_earlier_run_beside_a_new_one(
    client: TestClient, db: Database, seed_run: SeedRun
) -> None:
    seed_run()
    forget_later_fields(db)
    seed_run(config={"seed": 1})
    seed_run(config={"model": {"batch_norm": False, "width": 8, "initial_bias": -1.0}})
    for path in ("/runs", "/runs/1", "/runs/new?clone=1", "/compare?runs=1,2,3"):
        assert client.get(path).status_code == 200, path
    rows = client.get("/api/v1/compare", params={"runs": "1,2,3"}).json()["rows"]
    assert [(row["label"], row["run_ids"]) for row in rows] == [
        ("CE, width 32, batch norm on", [1, 2]),
        ("CE, width 8, batch norm off, initial bias -1", [3]),
    ]
