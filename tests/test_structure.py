"""The shape of the code: what may import what, what stays free of torch, and how long things may grow."""

import ast
import json
import statistics
import subprocess
import sys
from functools import cache
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
    "trainer.sweep_text",
    "trainer.metrics.outcome",
    "trainer.models.specs",
    "trainer.data.longtail",
    "trainer.data.sources",
    "trainer.data.folder",
    "trainer.theory.class_balance",
    "trainer.executors.local",
]


IMPORT_EACH = """
import importlib, json, sys
found = []
for name in sys.argv[1:]:
    importlib.import_module(name)
    found += [name] * ("torch" in sys.modules)
print(json.dumps(found))
"""


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
@pytest.mark.parametrize("module", TORCH_FREE)
def test_imports_without_torch(module: str) -> None:
    """Each in a process of its own, which may import nothing before it."""
    assert torch_importers([module]) == []


def test_none_of_them_imports_torch() -> None:
    """In one process, one after the other: the first that brings torch with it is named."""
    assert torch_importers(TORCH_FREE) == []


def torch_importers(modules: list[str]) -> list[str]:
    """Those of the modules, imported in this order, after whose import there is torch."""
    output = subprocess.run(
        [sys.executable, "-c", IMPORT_EACH, *modules], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(output.stdout)
    return found


@cache
def outline(path: Path) -> tuple[str | None, dict[str, int]]:
    """A file's docstring and the lines of each of its functions; the tree itself is not kept."""
    tree = ast.parse(path.read_text())
    functions = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    return ast.get_docstring(tree), functions


def test_functions_stay_short() -> None:
    lengths = {name: length for path in SOURCES for name, length in outline(path)[1].items()}
    assert {name: length for name, length in lengths.items() if length > 50} == {}
    assert statistics.median(lengths.values()) <= 10
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 25


def test_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 250} == {}
    assert statistics.median(lengths.values()) <= 120


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_says_what_it_owns(path: Path) -> None:
    assert outline(path)[0] or not path.read_text().strip(), f"{path} opens without a docstring"


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
