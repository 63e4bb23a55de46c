"""Each recipe of the documentation (app/docs/add-*.md) is carried out, block by block, in a copy of the code.

What a block does stands in its first line; CONTRIBUTING.md says how a recipe is written. A block is one of:
a file (file=PATH, any language), a change to a file (diff file=PATH), a script (python), commands (sh), and
what the commands before it print (text; "..." stands for anything). Code that a recipe adds keeps the rules
of the repository.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, Block, blocks
from trainer.environment import LIBRARY_DEFAULTS

RECIPES = [name for name in PAGES if name.startswith("add-")]
COPIED = ("app", "trainer", "templates", "static", "tests")
FOREIGN = ("numpy", "torch", "scipy.stats", "PIL.Image", "pydantic", "sqlalchemy.orm")
"""Imported once for all: whatever else a command imports, it does so itself, all of the copy above all."""

FORKS = """
import gc, importlib, json, os, runpy, signal, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
gc.freeze()
for line in sys.stdin:
    place, module, *arguments = json.loads(line)
    if not os.fork():
        signal.alarm(240)
        os.chdir(place)
        os.environ["PYTHONPATH"] = place
        sys.path.insert(0, place)
        sys.argv[1:] = arguments
        for number, name in enumerate(("output", "errors"), start=1):
            os.dup2(os.open(f"{place}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        code = 0
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = int(end.code or 0)
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""Carries out `python -m MODULE` in forks: to import torch, and to clear it up, costs more than all else."""


def copied(folder: Path) -> Path:
    """The repository's code in `folder`, as a recipe's reader has it before them."""
    ignored = shutil.ignore_patterns("*.pyc.*")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def written(place: Path, block: Block) -> None:
    """A file of the recipe, or a file changed by it."""
    target = place / block.file
    if block.language != "diff":
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text, "utf-8")
        return
    lines = block.text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    text = target.read_text("utf-8")
    times = text.count(old)
    assert times == 1, f"{block.name}: the lines to change stand {times} times in the file"
    target.write_text(text.replace(old, new), "utf-8")


def ran(place: Path, where: str, *command: str) -> str:
    """What a command prints; the copy comes before the installed package."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(place), "PATH": path},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{where}:\n{done.stdout}{done.stderr}"
    return done.stdout


def forked(forks: "subprocess.Popen[str]", place: Path, where: str, *call: str) -> str:
    """What `python -m` prints, called with a module and its arguments."""
    assert forks.stdin is not None
    assert forks.stdout is not None
    print(json.dumps([str(place), *call]), file=forks.stdin, flush=True)
    code = forks.stdout.readline().strip()
    output, errors = (Path(f"{place}.{name}").read_text("utf-8") for name in ("output", "errors"))
    assert code == "0", f"{where}:\n{output}{errors}"
    return output


def carried_out(forks: "subprocess.Popen[str]", place: Path, block: Block) -> str:
    """What a block's commands print, line by line, or its script."""
    if block.language == "python":
        return ran(place, block.name, "python", "-c", block.text)
    printed = ""
    for line in block.text.replace("\\\n", " ").splitlines():
        match shlex.split(line):
            case ["python", "-m", *call]:
                printed += forked(forks, place, block.name, *call)
            case ["betaboard", *arguments]:
                printed += forked(forks, place, block.name, "app", *arguments)
            case _:
                printed += ran(place, block.name, "bash", "-euc", line)
    return printed


def told(expected: str) -> str:
    """A pattern for a text in which "..." stands for anything, a line of its own for any lines."""
    whole = re.escape(expected.strip()).replace(re.escape("..."), ".*")
    return rf"(?s).*{whole}\s*"


@pytest.fixture(scope="module")
def forks() -> Iterator["subprocess.Popen[str]"]:
    """Carries out the commands of recipes."""
    command = [sys.executable, "-c", FORKS, *FOREIGN]
    environment = LIBRARY_DEFAULTS | os.environ | {"COLUMNS": "200"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("page", RECIPES)
def test_recipe_works_as_written(page: str, tmp_path: Path, forks: "subprocess.Popen[str]") -> None:
    place = copied(tmp_path / "copy")
    printed = ""
    for block in blocks(page):
        if block.file:
            written(place, block)
        elif block.language == "text":
            assert re.fullmatch(told(block.text), printed), f"{block.name}: it printed\n{printed}"
        elif block.language in ("python", "sh"):
            printed = carried_out(forks, place, block)
        else:
            pytest.fail(f"{block.name}: nobody knows what to do with a block in {block.language!r}")
    if any(block.file.startswith(("app/", "trainer/")) for block in blocks(page)):
        for rule in ("ruff check .", "ruff format --check .", "lint-imports"):
            ran(place, rule, *rule.split())


def test_says_where_a_change_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\n")
    with pytest.raises(AssertionError, match=r"recipe\.md:3: the lines to change stand 0 times"):
        written(tmp_path, Block("recipe.md", 3, "diff", "a.py", " two\n+three\n"))


def test_dots_stand_for_anything_and_all_else_counts() -> None:
    assert re.fullmatch(told("1 passed in ..."), "noise\n1 passed in 0.2s\n")
    assert not re.fullmatch(told("1 passed in ..."), "2 passed in 0.2s\n")
    assert re.fullmatch(told("a\n...\nd"), "a\nb\nc\nd\n")
