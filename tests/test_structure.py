"""The shape of the code: what may import what, what stays free of torch, and how long things may grow."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("app", "trainer") for path in (ROOT / package).rglob("*.py"))
TORCH_FREE = [
    "app.main",
    "app.cli",
    "app.worker.supervisor",
    "app.store.predictions",
    "trainer.config",
    "trainer.events",
    "trainer.run_dir",
    "trainer.weighting",
    "trainer.control",
    "trainer.prediction_file",
    "trainer.schedules",
    "trainer.study",
    "trainer.sweep_text",
    "trainer.metrics.outcome",
    "trainer.models.specs",
    "trainer.data.longtail",
    "trainer.data.sources",
    "trainer.data.scenes",
    "trainer.data.folder",
    "trainer.class_balance",
    "trainer.executors.local",
    "trainer.executors.cluster",
    "trainer.executors.bridge",
    "trainer.executors.node",
    "trainer.transfer.tasks",
    "trainer.transfer.between_tasks.plan",
    "app.task_transfers.fill",
]


FOREIGN = ["alembic", "fastapi", "httpx2", "numpy", "PIL.Image", "pydantic", "scipy.stats", "sqlalchemy"]
"""Imported once, before the process forks: they take most of the time, and none of them may bring torch."""

IMPORT_EACH = """
import gc, importlib, os, sys
libraries, *ours = sys.argv[1:]
for name in libraries.split():
    importlib.import_module(name)
gc.freeze()
for name in ours:
    if not os.fork():
        importlib.import_module(name)
        os._exit("torch" in sys.modules)
    _, status = os.wait()
    if status:
        print(name)
"""


@pytest.mark.slow
def test_import_rules_hold() -> None:
    check = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout


@pytest.mark.slow
def test_none_of_them_imports_torch() -> None:
    """Each is the first of ours in a fork of one process, so that each can be imported by itself, too."""
    imported = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, " ".join(FOREIGN), *TORCH_FREE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert imported.stdout.split() == [], imported.stderr or "these bring torch with them"


def functions(path: Path) -> dict[str, int]:
    """The lines of each of a file's functions."""
    return {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }


@pytest.mark.slow
def test_functions_stay_short() -> None:
    lengths = {name: length for path in SOURCES for name, length in functions(path).items()}
    assert {name: length for name, length in lengths.items() if length > 50} == {}
    assert statistics.median(lengths.values()) <= 10
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 25


def test_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 250} == {}
    assert statistics.median(lengths.values()) <= 120


def test_browser_modules_stay_short() -> None:
    scripts = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]
    lengths = {path.name: len(path.read_text().splitlines()) for path in scripts}
    assert scripts
    assert {name: length for name, length in lengths.items() if length > 150} == {}


def test_nothing_on_a_page_moves_without_end() -> None:
    """An endless animation draws 60 times a second for as long as a page is open beside a training."""
    styles = {path.name: path.read_text() for path in (ROOT / "static").glob("*.css")}
    assert styles
    assert [name for name, text in styles.items() if "infinite" in text] == []


def test_one_module_knows_each_kind_of_database() -> None:
    """Beside it stand where its address is made, what people read of that, and the schema's history; and who
    reads another tool's file.
    """
    own = ("app/store/dialects/", "app/store/migrations/versions/", "app/settings.py", "app/cli/options.py",
           "app/cli/migrate_database.py", "app/imports/mlflow.py")  # fmt: skip
    names = {str(path.relative_to(ROOT)): path.read_text().lower() for path in SOURCES}
    others = {name: text for name, text in names.items() if not name.startswith(own)}
    assert [
        name for name, text in others.items() if re.search(r"sqlite|\bpragma|postgres|psycopg", text)
    ] == []
