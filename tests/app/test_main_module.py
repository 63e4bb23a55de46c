"""The program from its first line on: Ctrl-C while it imports ends it without a word."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app.cli import main
from app.serving.signals import INTERRUPTED

pytestmark = pytest.mark.slow

INTERRUPTED_AT = """
import os, signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
from app.__main__ import main
main()
"""


def interrupted_at(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`betaboard` with SIGINT as the import of `module` begins."""
    code = INTERRUPTED_AT.format(module=module)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("module", "command"),
    [("app.cli", "list"), ("click", "demo"), ("app.cli", "serve"), ("app.cli.serve", "serve"),
     ("app.serving.processes", "demo"), ("app.worker.supervisor", "worker"), ("app.client", "list")],
)  # fmt: skip
def test_ctrl_c_among_the_imports_says_nothing(module: str, command: str) -> None:
    ended = interrupted_at(module, command)
    assert (ended.returncode, ended.stdout, ended.stderr) == (-2, "", "")


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_while_its_processes_import_too_all_end_at_once(tmp_path: Path, command: str) -> None:
    """They hold the same standard output: it closes once all are gone."""
    ended = interrupted_at(
        "app.serving.installation", command, "--port", "0", "--data-dir", str(tmp_path / "data")
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")
    assert not (tmp_path / "data").exists()


@pytest.fixture
def _ends() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_ends")
@pytest.mark.parametrize(
    ("command", "wanted"),
    [("serve", signal.SIG_DFL), ("list", signal.default_int_handler), ("none", signal.SIG_DFL)],
)
def test_commands_that_clean_up_find_an_exception(command: str, wanted: object) -> None:
    main.get_command(click.Context(main), command)
    assert signal.getsignal(signal.SIGINT) is wanted


def test_a_job_in_the_background_goes_on_ignoring_ctrl_c() -> None:
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + INTERRUPTED_AT
    ended = subprocess.run(
        [sys.executable, "-c", code.format(module="click"), "--help"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
