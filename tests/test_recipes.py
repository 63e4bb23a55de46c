"""Each recipe of the documentation (app/docs/add-*.md) is carried out, block by block, in a copy of the code.

What a block does stands in its first line; CONTRIBUTING.md says how a recipe is written. A block is one of:
a file (file=PATH, any language), a change to a file (diff file=PATH), a script (python), commands (sh), and
what the commands before it print (text; "..." stands for anything). Code that a recipe adds keeps the rules
of the repository.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import PAGES, ROOT, Block, blocks

RECIPES = [name for name in PAGES if name.startswith("add-")]
COPIED = ("app", "trainer", "templates", "static", "tests")
SHELLS = {"python": ("python", "-c"), "sh": ("bash", "-euc")}
COMMAND = f"""#!{sys.executable}
from app.cli import main
main()
"""


def copied(folder: Path) -> Path:
    """The repository's code in `folder`, as a recipe's reader has it before them."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
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


def ran(place: Path, bin_folder: Path, where: str, *command: str) -> str:
    """What a command prints; the copy comes before the installed package."""
    path = f"{bin_folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(place), "PATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{where}:\n{done.stdout}{done.stderr}"
    return done.stdout


def told(expected: str) -> str:
    """A pattern for a text in which "..." stands for anything, a line of its own for any lines."""
    whole = re.escape(expected.strip()).replace(re.escape("..."), ".*")
    return rf"(?s).*{whole}\s*"


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """Holds `betaboard` and `python` as they are called in a recipe."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "betaboard").write_text(COMMAND)
    (folder / "betaboard").chmod(0o755)
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / "python").chmod(0o755)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", RECIPES)
def test_recipe_works_as_written(page: str, tmp_path: Path, bin_folder: Path) -> None:
    place = copied(tmp_path / "copy")
    printed = ""
    for block in blocks(page):
        if block.file:
            written(place, block)
        elif block.language == "text":
            assert re.fullmatch(told(block.text), printed), f"{block.name}: it printed\n{printed}"
        elif block.language in SHELLS:
            printed = ran(place, bin_folder, block.name, *SHELLS[block.language], block.text)
        else:
            pytest.fail(f"{block.name}: nobody knows what to do with a block in {block.language!r}")
    if any(block.file.startswith(("app/", "trainer/")) for block in blocks(page)):
        for rule in ("ruff check .", "ruff format --check .", "lint-imports"):
            ran(place, bin_folder, rule, "bash", "-c", rule)


def test_says_where_a_change_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\n")
    with pytest.raises(AssertionError, match=r"recipe\.md:3: the lines to change stand 0 times"):
        written(tmp_path, Block("recipe.md", 3, "diff", "a.py", " two\n+three\n"))


def test_dots_stand_for_anything_and_all_else_counts() -> None:
    assert re.fullmatch(told("1 passed in ..."), "noise\n1 passed in 0.2s\n")
    assert not re.fullmatch(told("1 passed in ..."), "2 passed in 0.2s\n")
    assert re.fullmatch(told("a\n...\nd"), "a\nb\nc\nd\n")
