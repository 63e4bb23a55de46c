"""The README is held to the code: tables, settings, error codes, paths, and examples that run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.theory import theory
from app.errors import AppError, SetupError
from app.settings import Settings
from app.store.tables import Base
from app.theory.registry import CALCULATORS
from trainer.metrics.markdown import metrics_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def table_rows(section: str) -> list[list[str]]:
    text = README.split(section, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert lines
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in lines[0].splitlines()[2:]]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_*]+)`", cell))


def subclasses(kind: type[AppError]) -> set[type[AppError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


def test_names_every_error_code_with_its_status() -> None:
    stated = {row[0].strip("`"): int(row[1]) for row in table_rows("An error is")}
    real = {kind.code: kind.status for kind in subclasses(AppError) if kind is not SetupError}
    assert stated == real


def test_names_every_setting() -> None:
    rows = table_rows("## Settings")
    assert {row[0].strip("`-").replace("-", "_") for row in rows} == set(Settings.model_fields)
    assert all(
        row[1].strip("`") == "BETABOARD_" + row[0].strip("`-").replace("-", "_").upper() for row in rows
    )


def test_names_every_calculator() -> None:
    assert {row[0].strip("`") for row in table_rows("## The theory lab")} == {*CALCULATORS, "dead-relu"}


@pytest.mark.parametrize("line", re.findall(r"^betaboard theory (.+)$", README, flags=re.MULTILINE))
def test_each_calculation_runs(line: str) -> None:
    ran = CliRunner().invoke(theory, shlex.split(line))
    assert ran.exit_code == 0, ran.output


def test_names_every_table_and_column() -> None:
    rows = {row[0].strip("`"): words(row[2]) for row in table_rows("## The tables")}
    tables = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    assert rows.keys() == tables.keys()
    for name, stated in rows.items():
        prefixes = tuple(word.removesuffix("*") for word in stated if word.endswith("*"))
        missing = {
            column for column in tables[name] - stated if not (prefixes and column.startswith(prefixes))
        }
        assert missing == set(), name
    for name, real in tables.items():
        if name != "runs":
            assert {word for word in rows[name] if not word.endswith("*")} <= real


def test_module_map_names_real_places() -> None:
    named = [name for row in table_rows("## How it is built") for name in re.findall(r"`([^`]+)`", row[0])]
    assert named
    assert [name for name in named if not list(ROOT.glob(name))] == []


def example(language: str) -> str:
    [block] = re.findall(rf"<!-- test: {language} -->\n```{language}\n(.*?)```", README, flags=re.DOTALL)
    return str(block)


@pytest.mark.slow
def test_python_example_runs(board_url: str, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(example("python").replace("http://127.0.0.1:8000", board_url))
    ran = subprocess.run(
        [sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("completed 0.")
    assert len(lines) == 11


@pytest.mark.slow
def test_rest_example_runs(board_url: str, tmp_path: Path) -> None:
    script = example("sh").replace("http://127.0.0.1:8000", board_url)
    ran = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "event: state" in ran.stdout
    assert '"items"' in ran.stdout


def test_readme_lists_the_metrics() -> None:
    assert metrics_table() in README
