"""betaboard compare and export at a shell, against a real server."""

import builtins
import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.app.cli.conftest import Call

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]


@pytest.fixture
def pair(seed_run: SeedRun) -> list[str]:
    return [str(seed_run(config={"loss": {"name": name}})) for name in ("cross_entropy", "focal")]


def test_a_table_with_warnings_and_observations(call: Call, pair: list[str]) -> None:
    result = call("compare", *pair)
    assert result.exit_code == 0
    line = next(line for line in result.stdout.splitlines() if line.startswith("Focal"))
    assert line.split()[:4] == ["Focal", "1", "65.0", "0.0"]
    words = [line.split()[0] for line in result.stdout.splitlines()[4:]]
    assert words == ["verdict"] * 4 + ["observed"] * words.count("observed")
    assert "verdict   Is one setting best? Cannot tell yet. " in result.stdout
    assert "One seed compares two networks, not two settings." in result.stdout
    assert "observed  Every setting has one seed" in result.stdout


def test_options_reach_the_comparison(call: Call, pair: list[str]) -> None:
    asked = ("--pairing", "paired", "--multiplicity", "none", "--margin", "1.5", "--tuned", "")
    view = json.loads(call("compare", *pair, *asked, "--json").stdout)
    assert (view["pairing"], view["multiplicity"], view["margin"]) == ("paired", "none", 1.5)
    text = call("compare", *pair, "--format", "markdown", "--marks", "mean").stdout
    assert "Bold: largest mean of a column" in text
    refused = call("compare", *pair, "--tuned", "model.width")
    assert (refused.exit_code, "tuned" in refused.stderr) == (2, True)


def test_json_is_the_view(call: Call, pair: list[str]) -> None:
    view = json.loads(call("compare", *pair, "--format", "json", "--baseline", "Focal").stdout)
    assert view["baseline"] == "Focal"
    assert json.loads(call("compare", *pair, "--json").stdout)["baseline"] == "CE"


def test_csv_markdown_latex(call: Call, pair: list[str]) -> None:
    text = call("compare", *pair, "--format", "csv", "--columns", "accuracy").stdout_bytes.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["setting"], row["Accuracy, %"]) for row in rows] == [("CE", "65"), ("Focal", "65")]
    markdown = call("compare", *pair, "--format", "markdown").stdout
    assert markdown.startswith("Test figures of 2 settings")
    assert "\n| Setting | n |" in markdown
    latex = call("compare", *pair, "--format", "latex", "--epoch", "best", "--mode", "difference").stdout
    assert "best epoch, chosen on test" in latex


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name runs"),
        (["99"], "Run 99 does not exist"),
        (["--sweep", "9"], "9 does not exist"),
        (["1", "--baseline", "x"], "is not the label of a setting"),
        (["1", "--published", "nobody"], "no published result"),
    ],
)
def test_refusals_name_what_is_wrong(
    call: Call, seed_run: SeedRun, arguments: Sequence[str], said: str
) -> None:
    seed_run()
    result = call("compare", *arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_export_writes_every_run_epoch_and_class(
    call: Call, pair: list[str], seed_run: SeedRun, tmp_path: Path
) -> None:
    seed_run("queued", name="=cmd()")
    result = call("export", "--out", str(tmp_path / "new"))
    assert result.exit_code == 0
    runs, epochs, classes = (
        list(csv.DictReader((tmp_path / "new" / f"{name}.csv").open(newline="")))
        for name in ("runs", "epochs", "classes")
    )
    assert [(row["id"], row["config.loss.name"]) for row in runs][:2] == [
        ("1", "cross_entropy"),
        ("2", "focal"),
    ]
    assert runs[2]["name"] == "'=cmd()"
    assert [(row["run_id"], row["epoch"]) for row in epochs] == [
        (run, str(at)) for run in pair for at in (1, 2, 3)
    ]
    assert float(epochs[2]["test_accuracy"]) == pytest.approx(0.65)
    assert len(classes) == 2 * 3 * 3
    last = classes[8]
    assert (last["name"], last["train_count"], float(last["recall"])) == ("fox", "10", 0.4)


def test_export_as_parquet_keeps_types(call: Call, pair: list[str], tmp_path: Path) -> None:
    assert call("export", "--out", str(tmp_path), "--format", "parquet").exit_code == 0
    epochs = parquet.read_table(tmp_path / "epochs.parquet").to_pylist()
    assert [(row["run_id"], row["epoch"]) for row in epochs][:2] == [(1, 1), (1, 2)]
    assert isinstance(epochs[0]["test_loss"], float)
    assert parquet.read_table(tmp_path / "classes.parquet").num_rows == 18


def test_an_empty_board_exports_empty_files(call: Call, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        assert call("export", "--out", str(tmp_path), "--format", form).exit_code == 0


def test_parquet_without_pyarrow_says_how_to_get_it(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    result = call("export", "--out", str(tmp_path / "none"), "--format", "parquet")
    assert result.exit_code != 0
    assert "pip install 'betaboard[parquet]'" in result.stderr
    assert not (tmp_path / "none").exists()
