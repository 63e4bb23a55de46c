"""The command line: help of every command, and what the commands print, over the stored board."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import httpx2
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from app.cli import main
from app.settings import Settings
from tests.contract.recorded import Recorded
from tests.contract.stored import opened, unpack
from tests.contract.volatile import plain

Call = Callable[..., str]

SWEEP = ("sweep", "--preset", "smoke", "--set", "loss.name=focal", "--axis", "loss.gamma=0.5,1",
         "--axis", "seed=0..2", "--baseline", "loss.name=cross_entropy", "--margin", "1",
         "--name", "from a shell")  # fmt: skip
READING: tuple[tuple[str, ...], ...] = (
    ("list",),
    ("list", "--state", "FAILED", "--state", "QUEUED", "--sort", "name"),
    ("list", "--q", "nothing"),
    ("list", "--limit", "2", "--tag", "stopped", "--json"),
    ("groups",),
    ("groups", "--by", "tag"),
    ("groups", "--sweep", "1", "--state", "completed", "--json"),
    ("show", "2"),
    ("show", "8"),
    ("show", "9", "--json"),
    ("show", "12"),
    ("queue",),
    ("watch", "2"),
    ("watch", "7"),
    ("watch", "8", "--json"),
    ("compare", "--sweep", "1"),
    ("compare", "1", "2", "9", "--epoch", "best", "--published", "own-1"),
    ("compare", "--sweep", "1", "--pairing", "paired", "--multiplicity", "none", "--margin", "2"),
    ("compare", "--sweep", "1", "--adjusted", "1:tau=1"),
    ("adjust", "2", "--tau", "1"),
    ("adjust", "2", "--tau", "5"),
    ("compare", "--sweep", "1", "--format", "csv"),
    ("compare", "--sweep", "1", "--format", "latex", "--columns", "accuracy,delta,classes"),
    ("compare", "--sweep", "1", "--format", "markdown", "--mode", "difference"),
    ("compare", "--q", "loss = focal and state = completed"),
    ("effects", "--sweep", "1"),
    ("effects", "1", "2", "9", "--metric", "tail", "--margin", "2"),
    (*SWEEP, "--dry-run"),
    ("sweep", "extend", "1", "--axis", "seed=3,4", "--dry-run"),
    ("sweep", "extend", "1", "--setting", "loss.beta=0.5", "--axis", "seed=1", "--dry-run", "--json"),
    ("reproduce",),
    ("reproduce", "cao-2019"),
    ("reproduce", "paper", "cao-2019", "--scale", "0.1", "--dry-run"),
    ("data", "list"),
    ("data", "list", "--json"),
    ("data", "show", "cifar10"),
    ("data", "show", "cifar10", "--json"),
    ("import", "csv", "tests/contract/history.csv", "--dry-run"),
    ("import", "csv", "tests/contract/history.csv", "--dry-run", "--map", "tst=acc"),
    ("predict", "8", "tests/contract/history.csv"),
    ("predict", "2", "no-such-picture.png"),
    ("token", "list"),
    ("token", "revoke", "nobody"),
    ("theory", "class-balance", "--counts", "50 30 5", "--betas", "0.9, N=100", "--answer", "1 1 1"),
    ("theory", "class-balance", "--run", "2"),
    ("theory", "conv-matrix", "--height", "3", "--width", "3", "--stride", "4", "--padding", "2"),
    ("theory", "focal", "--gamma", "2", "--json"),
    ("theory", "layers", "--run", "2"),
    ("theory", "relu-network", "--points", "2, -1, 1", "--answer-w", "3.5 4.5"),
    ("show", "99"),
    ("show", "none"),
    ("compare",),
    ("compare", "--sweep", "1", "--baseline", "nothing"),
    ("launch", "--set", "loss.bta=1"),
    ("launch", "no-such-file.json"),
    ("sweep", "--axis", "loss.gamma=a"),
    ("theory", "focal", "--p", "2"),
    ("cancel", "1"),
    ("nothing",),
)  # fmt: skip
CHANGING: tuple[tuple[str, ...], ...] = (
    ("launch", "--preset", "smoke", "--set", "loss.name=focal", "--name", "by shell", "--tag", "t"),
    ("launch", "--preset", "smoke", "--json"),
    ("cancel", "13", "12"),
    SWEEP,
    ("sweep", "extend", "2", "--axis", "seed=5"),
    ("sweep", "rename", "2", "renamed", "--tag", "u", "--notes", "n"),
    ("list", "--limit", "3"),
    ("token", "create", "lab", "--scope", "read"),
    ("token", "create", "7", "--scope", "write"),
    ("token", "list"),
    ("token", "revoke", "lab"),
    ("transfer", "1", "--data", "shapes10", "--no-wait"),
    ("task-transfer", "--source", "distance", "--target", "normals", "--images", "50", "--no-wait"),
    ("pause", "1"),
    ("resume", "10"),
    ("retry", "8"),
    ("continue", "2", "--epochs", "1"),
    ("continue", "8", "--epochs", "1"),
    ("queue", "move", "26", "top"),
    ("queue", "set", "13", "--priority", "3", "--require", "big"),
    ("queue", "set", "27", "--priority", "3", "--require", "big"),
)  # fmt: skip


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


HELP = ((), *_commands(main), ("sweep", "extend"), ("sweep", "rename"))


@pytest.fixture
def on_board(stored: Settings, board: TestClient, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Calls a command on the board that nothing changes."""
    return _calling(monkeypatch, board, stored)


def _calling(patch: pytest.MonkeyPatch, caller: TestClient, settings: Settings) -> Call:
    """Commands reach the application directly, without a network, whatever client they make."""
    for name in [name for name in os.environ if name.startswith("BETABOARD_")]:
        patch.delenv(name)
    patch.setattr(httpx2, "Client", _client_of(caller))
    data_dir = str(settings.data_dir)
    around = {"COLUMNS": "110", "TERM": "dumb", "NO_COLOR": "1", "BETABOARD_DATA_DIR": data_dir}

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(main, list(arguments), prog_name="betaboard", env=around)
        text = plain(f"exit code {result.exit_code}\n{result.output}", data_dir)
        return re.sub(r" {2,}", "  ", text)  # a column is as wide as an age in it

    return call


def _client_of(caller: TestClient) -> type[httpx2.Client]:
    class Direct(httpx2.Client):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options | {"transport": caller._transport})

        def close(self) -> None:
            """The application stays open for the next command."""

    return Direct


def _address(arguments: tuple[str, ...]) -> str:
    return " ".join(["betaboard", *(repr(word) if not word or " " in word else word for word in arguments)])


@pytest.mark.parametrize("command", HELP, ids=_address)
def test_help(on_board: Call, recorded: Recorded, command: tuple[str, ...]) -> None:
    recorded.check(_address((*command, "--help")), on_board(*command, "--help"))


@pytest.mark.parametrize("arguments", READING, ids=_address)
def test_prints_as_recorded(on_board: Call, recorded: Recorded, arguments: tuple[str, ...]) -> None:
    recorded.check(_address(arguments), on_board(*arguments))


def test_exports(on_board: Call, recorded: Recorded, tmp_path: Path) -> None:
    """What it says, and each file's head, first and last row and number of rows."""
    said = on_board("export", "--out", str(tmp_path / "tables")).replace(str(tmp_path), "<out>")
    told = [said]
    for path in sorted((tmp_path / "tables").iterdir()):
        lines = path.read_text().splitlines()
        told += [f"{path.name}: {len(lines)} lines", *lines[:2], lines[-1]]
    recorded.check("betaboard export", "\n".join(told))


def test_changes(recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, on a copy of the board."""
    settings = unpack(tmp_path / "data")
    with opened(settings) as caller:
        call = _calling(monkeypatch, caller, settings)
        told = [f"$ {_address(arguments)}\n{call(*arguments)}" for arguments in CHANGING]
    recorded.check("changes", plain("\n".join(told), times=True))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    asked = [_address(arguments) for arguments in (*((*command, "--help") for command in HELP), *READING)]
    recorded.only([*asked, "betaboard export", "changes"])


def test_every_command_is_called_or_said_why_not() -> None:
    """Those that serve or train are tested with whole processes, imports with folders of images, and what
    reads the disk on disks.
    """
    groups = ("sweep", "data", "theory", "token", "import")
    called = {" ".join(arguments[: 1 + (arguments[0] in groups)])
              for arguments in (*READING, *CHANGING, ("export", "--out"), SWEEP)}  # fmt: skip
    called = {re.sub(r" --.*", "", name) for name in called}
    elsewhere = {"demo", "serve", "worker", "data", "theory", "token", "import"}
    elsewhere |= {"data add", "data rename", "data delete", "import mlflow", "import tensorboard"}
    elsewhere |= {"backup", "restore", "prune", "migrate", "migrate-database"}
    assert {" ".join(command) for command in HELP if command} - called - elsewhere == set()
