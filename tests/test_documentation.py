"""README and the pages of app/docs are held to the code: tables, settings, error codes, commands, links.

Parts that are made from the code are made by docs_parts; recipes are carried out by test_recipes.
"""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.sweep_file import read_sweep_file
from app.cli.theory import theory
from app.errors import AppError, SetupError
from app.lab.registry import CALCULATORS
from app.lifecycle import MOVES
from app.settings import Settings
from app.store.tables import Base
from tests.docs_methods import holder
from tests.docs_parts import with_parts
from tests.documents import PAGES, ROOT, blocks, commands, marked
from trainer.config import PRESETS, parse_config
from trainer.config_fields import choices, flatten, leaf_fields
from trainer.config_sections import PLUGGED

COMMANDS = commands()
THEORY = [line for _, line in COMMANDS if line.startswith("betaboard theory ") and "--request" not in line]


def table_rows(page: str, section: str) -> list[list[str]]:
    """The cells of the first table of the page after the words `section`."""
    text = PAGES[page].read_text("utf-8").split(section, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    assert lines
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in lines[0].splitlines()[2:]]


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_*]+)`", cell))


def subclasses(kind: type[AppError]) -> set[type[AppError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_parts_made_from_the_code_are_new(page: str) -> None:
    text = PAGES[page].read_text("utf-8")
    assert with_parts(text) == text, "write it anew: python -m tests.docs_parts"


def test_names_every_error_code_with_its_status() -> None:
    stated = {row[0].strip("`"): int(row[1]) for row in table_rows("rest-api.md", "An error is")}
    real = {kind.code: kind.status for kind in subclasses(AppError) if not issubclass(kind, SetupError)}
    assert stated == real


def test_names_every_setting() -> None:
    rows = table_rows("operations.md", "## Settings")
    assert {row[0].strip("`-").replace("-", "_") for row in rows} == set(Settings.model_fields)
    assert all(
        row[1].strip("`") == "BETABOARD_" + row[0].strip("`-").replace("-", "_").upper() for row in rows
    )


def test_the_table_of_methods_names_each_once_beside_a_test_that_names_it() -> None:
    """The registers are asked here by what a configuration may say."""
    paths = (*PLUGGED, "loss.weighting")
    rows = table_rows("README.md", "<!-- made: methods -->")
    stated = [(row[0].strip("`"), row[1].strip("`")) for row in rows]
    assert sorted(stated) == sorted((path, name) for path in paths for name in set(choices(path)) - {"none"})
    for (_, name), row in zip(stated, rows, strict=True):
        [path] = re.findall(r"\((tests/.*\.py)\)$", row[4])
        assert f'"{name}"' in (ROOT / path).read_text("utf-8"), path


def test_a_method_without_a_test_is_told(tmp_path: Path) -> None:
    named = tmp_path / "test_some.py"
    named.write_text('assert "mixup" and "mixup"')
    other = tmp_path / "test_remix.py"
    other.write_text('assert "mixup" and "remix"')
    assert holder("mixup", [other, named]) == named
    assert holder("remix", [named, other]) == other
    with pytest.raises(LookupError, match=r"no test names 'mix' in .*test_some\.py"):
        holder("mix", [named])


def test_names_every_calculator() -> None:
    rows = table_rows("theory-lab.md", "# Theory lab")
    assert {row[0].strip("`") for row in rows} == {*CALCULATORS, "dead-relu"}


def test_names_every_state_and_move() -> None:
    rows = table_rows("experiments.md", "## States")
    stated = {row[0].strip("`"): set(filter(None, row[2].split(", "))) for row in rows}
    assert stated == {str(state): set(map(str, moves)) for state, moves in MOVES.items()}


def test_names_every_preset_reduction_and_imbalance() -> None:
    assert {row[0].strip("`") for row in table_rows("getting-started.md", "## Launch")} == set(PRESETS)
    reductions = table_rows("experiments.md", "## Class weights")
    assert {row[0].strip("`") for row in reductions} == set(choices("loss.reduction"))
    thinned = table_rows("data-sets.md", "## How a")
    assert {row[0].strip("`") for row in thinned} == set(choices("data.imbalance"))


def test_names_every_table_and_column() -> None:
    rows = {row[0].strip("`"): words(row[2]) for row in table_rows("database.md", "## The tables")}
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


@pytest.mark.parametrize("line", [line for _, line in COMMANDS], ids=[where for where, _ in COMMANDS])
def test_every_command_is_one_of_ours(line: str) -> None:
    """Parsed as the shell and click do it, up to the point where it would run; its fields exist."""
    [after] = re.findall(r"(?:^|\| *|/)betaboard (.*)", line)
    arguments, name = shlex.split(after.split(" > ")[0], comments=True), "betaboard"
    command: click.Command = main
    while isinstance(command, click.Group):
        found, below, arguments = command.resolve_command(click.Context(command), arguments)
        assert below is not None, line
        command, name = below, str(found)
    given = command.make_context(name, arguments).params
    texts = [
        text for option in ("fields", "axes", "settings", "baselines") for text in given.get(option) or ()
    ]
    paths = {part.partition("=")[0] for text in texts for part in re.split(r",(?=[a-z_.]+=)", text)}
    assert paths <= set(leaf_fields())


@pytest.mark.parametrize("line", THEORY)
def test_each_calculation_runs(line: str) -> None:
    ran = CliRunner().invoke(theory, shlex.split(line)[2:])
    assert ran.exit_code == 0, ran.output


def test_every_path_exists() -> None:
    """Paths of the repository in code marks, such as `tests/benchmarks/recipe.py`; NAME stands for any."""
    folders = "app|trainer|tests|templates|static"
    named = {
        (name, path)
        for name, page in PAGES.items()
        if not name.startswith("add-")
        for path in re.findall(rf"`((?:{folders})/[\w/.*-]*)`", page.read_text("utf-8"))
        if not re.search(r"NAME|SOMETHING", path)
    }
    assert named
    assert [(name, path) for name, path in sorted(named) if not list(ROOT.glob(path.rstrip("/")))] == []


def test_every_link_leads_somewhere() -> None:
    broken = []
    for name, page in PAGES.items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if not (page.parent / target).exists():
                broken.append((name, target))
    assert broken == []


def test_the_picture_stays_small() -> None:
    """Of every clone and every installed package it is a part."""
    assert 0 < (ROOT / "static" / "compare.webp").stat().st_size < 150_000


def test_the_changelog_tells_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_data_in_blocks_can_be_read(tmp_path: Path) -> None:
    """JSON is a configuration; TOML is a sweep, as the command reads it. A recipe's may name what it adds."""
    for block in (block for page in PAGES if not page.startswith("add-") for block in blocks(page)):
        if block.language == "json":
            parse_config(json.loads(block.text))
        if block.language == "toml":
            (tmp_path / "sweep.toml").write_text(block.text)
            sweep = read_sweep_file(tmp_path / "sweep.toml")
            assert set(flatten(tomllib.loads(block.text)["base"])) <= set(leaf_fields()), block.name
            assert sweep["axes"], block.name


@pytest.mark.slow
def test_python_example_runs(board_url: str, tmp_path: Path) -> None:
    script = tmp_path / "example.py"
    script.write_text(marked("python-client.md", "test: python").replace("http://127.0.0.1:8000", board_url))
    ran = subprocess.run(
        [sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("completed 0.")
    assert len(lines) == 11


@pytest.mark.slow
def test_rest_example_runs(board_url: str, tmp_path: Path) -> None:
    script = marked("rest-api.md", "test: sh").replace("http://127.0.0.1:8000", board_url)
    ran = subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "event: state" in ran.stdout
    assert '"items"' in ran.stdout
