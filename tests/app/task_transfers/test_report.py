"""The report holds the figures and sentences of the view, and what is missing is left out."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.table.markdown import escape
from app.settings import Settings
from app.store.engine import Database
from tests.app.task_transfers.planted import config_of, plant, table

pytestmark = pytest.mark.slow
STRENGTH = table({"normals": {"distance": 3.0, "normals": 4.0, "own": 5.0}, "edges": {"random": 2.0}})


def texts_of(client: TestClient, job_id: int) -> tuple[str, dict[str, Any]]:
    found = client.get(f"/api/v1/task-transfers/{job_id}/report.md")
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/markdown")
    return found.text, client.get(f"/api/v1/task-transfers/{job_id}").json()


def rows_below(text: str, caption: str) -> list[list[str]]:
    lines = text.split(escape(caption), 1)[1].split("\n\n")[1].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_report_is_the_view_in_words(client: TestClient, db: Database, settings: Settings) -> None:
    config = config_of(targets=("edges", "normals", "turns"))
    text, view = texts_of(client, plant(db, settings, config, STRENGTH))
    for said in (*view["answers"]["claims"], *view["answers"]["expectations"]):
        assert escape(said["text"]) in text
    assert escape(view["answers"]["strongest"]) in text
    for budget in (2, 4, 6):
        policy = client.get(f"/api/v1/task-transfers/{view['id']}/policy?budget={budget}").json()
        assert escape(policy["text"]) in text
    head, _, *rows = rows_below(text, "Gain in %: share")
    gains = {(one["sources"][0], one["target"]): one["gain"]["mean"] for one in view["transfers"]}
    short = {task["short"]: task["name"] for task in view["tasks"]}
    assert [short[name] for name in head[1:]] == view["order_of_targets"]
    for source, row in zip(view["order_of_sources"], rows, strict=True):
        expected = [f"{100 * gains[source, target]:.1f}" for target in view["order_of_targets"]]
        assert row[1:] == expected
    titles = {task["name"]: task["title"] for task in view["tasks"]}
    found = rows_below(text, "Each target, in its own measure")[2:]
    (best,) = (row[1] for row in found if row[0].startswith(escape(titles["normals"])))
    assert best == titles["distance"]
    assert "## New targets" in text
    assert escape("which of four turns: By") in text


def test_before_anything_is_measured_it_says_so(client: TestClient, db: Database, settings: Settings) -> None:
    job_id = plant(db, settings, config_of(), STRENGTH, state="running", left_out=lambda piece: True)
    text, _ = texts_of(client, job_id)
    assert "0 of" in text
    assert "## Answers" not in text
    assert "## Transfers" not in text
    assert "## Which tasks to label" not in text
