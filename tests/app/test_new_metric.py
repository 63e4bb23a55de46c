"""A metric is added in one place, the table, and is there wherever metrics are told.

In a copy of the code, as the table is read when modules are imported; on a board that a version before it
made, whose runs do not have it.
"""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CODE = """
def _matthews(of):
    hits, images = of.correct.sum(), of.support.sum()
    apart = (images**2 - (of.support**2).sum()) * (images**2 - (of.predicted**2).sum())
    return float((hits * images - (of.support * of.predicted).sum()) / apart**0.5) if apart else None


"""
ENTRY = """    Metric("matthews", "Matthews", "correlation of truth and answer", _matthews, unit="",
           splits=("validation", "test")),
"""
SCRIPT = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
from app.main import create_app
from app.runs.ingest import ingest
from app.runs.queue import claim, enqueue
from app.serving.installation import prepare
from app.settings import Settings
from app.store import tables
from app.store.engine import Database
from tests.docs_parts import metrics
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.loop import train
from trainer.journal import Journal
from trainer.run_dir import RunDir

settings = Settings(data_dir=Path(sys.argv[1]))
prepare(settings)
database = Database(settings.url)
data = {"imbalance": "exp", "imbalance_ratio": 4.0, "validation_fraction": 0.2}
config = tiny_config(optim={"learning_rate": 0.005}, data=data)
with database.write() as session:
    enqueue(session, config, "with the new metric", priority=10)
with database.write() as session:
    run = claim(session, "w1")
    new = run.id
folder = RunDir(settings.run_dir(new))
folder.create(config)
with Journal(folder.events) as journal:
    for event in train(config, tiny_arrays((40, 20, 10)), folder, lambda: False):
        journal.append(event)
ingest(database, new, 1, folder)
with database.read() as session:
    stored = session.get(tables.Epoch, (new, 3)).metrics
    matrix = session.get(tables.Confusion, (new, 3)).matrix
told = {"new": new, "stored": stored, "matrix": matrix, "table": metrics(),
        "journal": folder.events.read_text().splitlines()}
PAGES = {
    "runs": "/api/v1/runs?limit=100", "run": f"/api/v1/runs/{new}", "epochs": f"/api/v1/runs/{new}/epochs",
    "old": "/api/v1/runs/1/epochs", "compare": f"/api/v1/compare?runs=1,{new}",
    "curves": f"/api/v1/figures/compare-curves?runs={new}&metric=matthews",
    "csv": f"/api/v1/compare?runs=1,{new}&format=csv", "page": f"/compare?runs=1,{new}",
    "openapi": "/api/openapi.json",
}
with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as board:
    for name, address in PAGES.items():
        answer = board.get(address)
        assert answer.status_code == 200, (address, answer.text)
        told[name] = answer.text
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a board tells whose table of metrics has one entry more."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("app", "trainer", "templates", "static"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.pyc.*"))
    table = folder / "trainer" / "metrics" / "table.py"
    before, rest = table.read_text().split("_ALL = (\n")
    entries, after = rest.split("\n)  # fmt: skip\n", 1)
    table.write_text(f"{before}{CODE}_ALL = (\n{entries}\n{ENTRY})  # fmt: skip\n{after}")
    with tarfile.open(ROOT / "tests" / "boards" / "schema-0005.tar.xz") as packed:
        packed.extractall(folder / "data", filter="data")
    paths = {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "data")],
        cwd=folder,
        env=os.environ | paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def expected(told: dict[str, Any]) -> float:
    """As scikit-learn has it, of the last epoch."""
    matrix = np.array(told["matrix"])
    truth, answer = (places.repeat(matrix.ravel()) for places in np.indices(matrix.shape).reshape(2, -1))
    found = float(matthews_corrcoef(truth, answer))
    assert 0 < found < 1
    return found


def test_journal_and_database_hold_it(told: dict[str, Any], expected: float) -> None:
    events = [json.loads(line)["event"] for line in told["journal"]]
    last = [event for event in events if event["kind"] == "epoch"][-1]
    assert last["test_matthews"] == pytest.approx(expected)
    assert last["validation_matthews"] is not None
    assert told["stored"]["test_matthews"] == last["test_matthews"]


def test_runs_and_epochs_tell_it(told: dict[str, Any], expected: float) -> None:
    assert json.loads(told["run"])["last"]["test_matthews"] == pytest.approx(expected)
    assert json.loads(told["epochs"])["items"][-1]["test_matthews"] == pytest.approx(expected)
    assert "test_matthews" in json.loads(told["openapi"])["components"]["schemas"]["Figures"]["required"]


def test_a_comparison_shows_it(told: dict[str, Any], expected: float) -> None:
    rows = json.loads(told["compare"])["rows"]
    means = {run_id: row["metrics"]["matthews"]["mean"] for row in rows for run_id in row["run_ids"]}
    assert means[told["new"]] == pytest.approx(expected)
    assert means[1] is None
    assert "Matthews" in told["page"]
    assert '"matthews"' in told["curves"]
    lines = list(csv.DictReader(io.StringIO(told["csv"])))
    assert [float(line["Matthews"]) for line in lines if line["Matthews"]] == pytest.approx([expected])


def test_documentation_lists_it(told: dict[str, Any]) -> None:
    assert any("`matthews`" in line and "truth and answer" in line for line in told["table"].splitlines())


def test_runs_from_before_are_shown_without_it(told: dict[str, Any]) -> None:
    lines = json.loads(told["runs"])["items"]
    assert {line["last"]["test_matthews"] for line in lines if line["last"]} > {None}
    (*_, last) = json.loads(told["old"])["items"]
    assert (last["test_matthews"], last["test_accuracy"] is None) == (None, False)
