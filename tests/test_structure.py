"""The shape of the code: what may import what, what stays free of torch, and how long things may grow."""

import ast
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for package in ("app", "trainer") for path in (ROOT / package).rglob("*.py"))
TORCH_FREE = [
    "app.main",
    "app.cli",
    "app.worker.supervisor",
    "trainer.config",
    "trainer.events",
    "trainer.run_dir",
    "trainer.weighting",
    "trainer.schedules",
    "trainer.sweep_text",
    "trainer.metrics",
    "trainer.models.specs",
    "trainer.data.longtail",
    "trainer.data.sources",
    "trainer.data.folder",
    "trainer.theory.class_balance",
    "trainer.executors.local",
]


def test_import_rules_hold() -> None:
    check = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout


@pytest.mark.parametrize("module", TORCH_FREE)
def test_imports_without_torch(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps([name for name in sys.modules if name == 'torch']))"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(output.stdout) == []


def functions() -> Iterator[tuple[str, int]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1


def test_functions_stay_short() -> None:
    lengths = dict(functions())
    assert {name: length for name, length in lengths.items() if length > 50} == {}
    assert statistics.median(lengths.values()) <= 10
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= 25


def test_files_stay_short() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 250} == {}
    assert statistics.median(lengths.values()) <= 120


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_says_what_it_owns(path: Path) -> None:
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path} opens without a docstring"


def test_browser_modules_stay_short() -> None:
    scripts = [path for path in (ROOT / "static").rglob("*.js") if "vendor" not in path.parts]
    lengths = {path.name: len(path.read_text().splitlines()) for path in scripts}
    assert scripts
    assert {name: length for name, length in lengths.items() if length > 150} == {}
