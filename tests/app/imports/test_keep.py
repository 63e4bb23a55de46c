"""Imported runs on the board: each once, as they are, and apart from everything that is run here."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.cli import main
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import ImportedMetric, ImportedRun, Run
from tests.app.imports.records import unpacked
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow
Call = Callable[..., Result]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("records"))


@pytest.fixture
def call(settings: Settings) -> Call:
    """`betaboard import ...` into the data folder of this test."""

    def run(*words: str | Path) -> Result:
        arguments = ["import", *map(str, words), "--data-dir", str(settings.data_dir)]
        return CliRunner().invoke(main, arguments)

    return run


def rows(db: Database) -> tuple[int, int]:
    with db.read() as s:
        return tuple(
            s.scalar(select(func.count()).select_from(table)) or 0 for table in (ImportedRun, ImportedMetric)
        )  # type: ignore[return-value]


def kept(told: Result) -> list[str]:
    assert told.exit_code == 0, told.output
    return [one["kept"] for one in json.loads(told.stdout)]


@pytest.mark.parametrize(
    ("tool", "name", "runs"),
    [("mlflow", "mlruns", 3), ("mlflow", "mlflow.db", 3), ("tensorboard", "logs", 2)],
)
def test_twice_makes_nothing_twice_and_a_dry_run_makes_nothing(
    call: Call, db: Database, made: Path, tool: str, name: str, runs: int
) -> None:
    assert kept(call(tool, made / name, "--dry-run", "--json")) == ["new"] * runs
    assert rows(db) == (0, 0)
    assert kept(call(tool, made / name, "--json")) == ["new"] * runs
    before = rows(db)
    assert before[0] == runs
    assert kept(call(tool, made / name, "--json")) == ["same"] * runs
    assert rows(db) == before


def test_what_measured_nothing_is_not_brought(call: Call, db: Database, tmp_path: Path) -> None:
    """Words in a file called after events, and a table of texts: such runs tell nobody anything."""
    (tmp_path / "events.out.tfevents.1.x").write_text("echo\n")
    (tmp_path / "texts.csv").write_text("run,loss\na,focal\n")
    for tool, name in (("tensorboard", "events.out.tfevents.1.x"), ("csv", "texts.csv")):
        told = call(tool, tmp_path / name)
        assert told.exit_code == 2
        assert "holds runs without metrics" in told.stderr
    assert rows(db) == (0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("epoch,test_acc\n1,0.5\n", "epoch,test_acc\n1,0.4\n2,0.6\n"),
        ("run,epoch,test_acc\na,1,0.5\n", "run,epoch,test_acc\na,1,0.4\n"),
        ("Step,calm - test_acc\n0,\n1,0.5\n", "Step,calm - test_acc\n0,\n1,0.4\n"),
    ],
)
def test_other_runs_in_files_of_the_same_name_replace_nothing(
    call: Call, db: Database, tmp_path: Path, one: str, other: str
) -> None:
    """As scripts write them: a metrics.csv in the folder of each run."""
    paths = [tmp_path / name / "metrics.csv" for name in ("first", "second", "moved")]
    for path, text in zip(paths, (one, other, one), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    assert [kept(call("csv", path, "--json")) for path in paths] == [["new"], ["new"], ["same"]]
    assert rows(db)[0] == 2


def test_a_run_that_has_gone_on_is_brought_up_to_date(
    call: Call, db: Database, tmp_path: Path, client: TestClient
) -> None:
    path = tmp_path / "h.csv"
    path.write_text("epoch,test_acc\n1,0.5\n")
    assert kept(call("csv", path, "--json")) == ["new"]
    path.write_text("epoch,test_acc\n1,0.5\n2,0.6\n")
    assert kept(call("csv", path, "--dry-run", "--json")) == ["changed"]
    assert kept(call("csv", path, "--json")) == ["changed"]
    [run] = client.get("/api/v1/imported").json()["items"]
    assert run["figures"]["test_accuracy"] == {"metric": "test_acc", "value": 0.6}
    [series] = client.get(f"/api/v1/imported/{run['id']}").json()["metrics"]
    assert (series["steps"], series["values"]) == ([1, 2], [0.5, 0.6])


def test_people_are_told_what_was_taken_for_what(call: Call, made: Path, tmp_path: Path) -> None:
    told = call("mlflow", made / "mlruns")
    assert "test_accuracy is test_acc, a fraction." in told.stdout
    assert "Recall of 3 classes." in told.stdout
    assert "Now: 3 new." in told.stdout
    other = call("tensorboard", made / "logs" / "by torch", "--dry-run")
    assert "validation_accuracy is val/accuracy, percent." in other.stdout
    assert "--map test_accuracy=METRIC" in other.stderr
    refused = call("csv", made / "mlruns")
    assert refused.exit_code == 2
    assert "cannot be read as CSV" in refused.stderr


def test_runs_of_here_are_left_alone(
    call: Call, db: Database, made: Path, client: TestClient, seed_run: SeedRun
) -> None:
    own = seed_run()
    call("mlflow", made / "mlruns")
    assert [run["id"] for run in client.get("/api/v1/runs").json()["items"]] == [own]
    with db.read() as s:
        assert s.scalars(select(Run.id)).all() == [own]
    for action in ("retry", "cancel", "continue"):
        assert client.post(f"/api/v1/imported/1/{action}").status_code in (404, 405)


def test_two_seeds_of_a_setting_are_one_row_that_is_in_no_verdict(
    call: Call, made: Path, client: TestClient, seed_run: SeedRun
) -> None:
    for seed in (0, 1):
        for beta in (0.9, 0.99):
            loss = {"name": "focal", "weighting": "class_balanced", "beta": beta}
            seed_run(config={"seed": seed, "loss": loss}, class_names=("cat", "dog", "fox"))
    call("mlflow", made / "mlruns")
    listed = [row for row in client.get("/api/v1/published").json()["items"] if row["imported"]]
    [row] = listed
    assert row["label"] == "focal a, imported from MLflow"
    assert row["accuracy"] == pytest.approx((0.85 + 0.86) / 2)
    assert row["classes"] == pytest.approx([0.9, 0.7, 0.5])
    assert "The mean of 2 runs of seeds 0; 1" in row["note"]
    assert "SD 0.7 points" in row["note"]
    alone: Any = client.get("/api/v1/compare?runs=1,2,3,4").json()
    beside: Any = client.get(f"/api/v1/compare?runs=1,2,3,4&published={row['id']}").json()
    *own, reference = beside["rows"]
    assert own == alone["rows"], "nothing that is said of the runs of here changes"
    assert {name: beside[name] for name in ("verdicts", "observations")} == {
        name: alone[name] for name in ("verdicts", "observations")
    }
    assert (reference["imported"], reference["delta"], reference["n"]) == (True, None, 0)
    assert reference["classes"][0]["mean"] == pytest.approx(0.9)
    [said] = set(beside["warnings"]) - set(alone["warnings"])
    assert "focal a, imported from MLflow" in said
    assert "in no verdict" in said
    page = client.get(f"/compare?runs=1,2,3,4&published={row['id']}").text
    assert ">imported<" in page.replace("</span>", "<")


def test_what_failed_or_says_nothing_of_test_is_no_row(call: Call, made: Path, client: TestClient) -> None:
    call("tensorboard", made / "logs")
    for path in ("/imported", "/imported/1", "/imported/2"):
        assert client.get(path).status_code == 200
    rows = [row for row in client.get("/api/v1/published").json()["items"] if row["imported"]]
    assert [row["label"] for row in rows] == ["deep/by tensors, imported from TensorBoard"]


def test_the_pages_show_what_was_recorded_and_let_it_be_deleted(
    call: Call, made: Path, client: TestClient
) -> None:
    assert "betaboard import mlflow" in client.get("/imported").text
    call("mlflow", made / "mlflow.db")
    page = client.get("/imported").text
    for name in ("focal a", "focal b", "diverges"):
        assert name in page
    [run_id] = [
        one["id"] for one in client.get("/api/v1/imported").json()["items"] if one["name"] == "focal a"
    ]
    page = client.get(f"/imported/{run_id}").text
    for word in (
        "MLflow, experiment long tail",
        "loss/name",
        "test/class_recall/cat",
        "unknown here",
        "85.0",
    ):
        assert word in page
    figure = client.get(f"/api/v1/imported/{run_id}/figures/accuracy").json()
    drawn = {trace["name"]: trace["y"] for trace in figure["data"]}
    assert drawn["test_acc"] == pytest.approx([60, 70, 85])
    csv = client.get(f"/api/v1/imported/{run_id}/figures/accuracy/table.csv").text.splitlines()
    assert csv[0] == 'step,"test_acc, %","val_acc, %"'
    assert csv[1] == "1,60,50"
    recall = client.get(f"/api/v1/imported/{run_id}/figures/recall").json()
    assert {trace["name"]: trace["y"] for trace in recall["data"]}["test/class_recall/dog"] == [70]
    loss = client.get(f"/api/v1/imported/{run_id}/figures/loss").json()
    assert [trace["name"] for trace in loss["data"]] == ["train/loss"]
    assert client.get(f"/api/v1/imported/{run_id}/figures/nothing").status_code == 404
    assert client.post(f"/imported/{run_id}/delete", follow_redirects=False).status_code == 303
    assert client.get(f"/imported/{run_id}").status_code == 404
    assert client.delete(f"/api/v1/imported/{run_id}").status_code == 404
