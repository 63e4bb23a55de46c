"""Which systems the command line starts on; Windows, which has no fcntl, is told so in a sentence."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
START = """
import sys
sys.modules["fcntl"] = None
from app.cli import main
sys.platform = {platform!r}
main(["worker", "--data-dir", "nowhere"])
"""


def started(platform: str) -> "subprocess.CompletedProcess[str]":
    """The worker, asked for on such a system without fcntl; the program is loaded as on this one."""
    code = START.format(platform=platform)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_windows_is_refused_in_a_sentence() -> None:
    ended = started("win32")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "betaboard runs on Linux and macOS: it locks files in a way that Windows lacks. "
        "On Windows, install and run it in the Windows Subsystem for Linux."
    ]


def test_without_that_sentence_it_would_be_an_import_error() -> None:
    """What the sentence is for: where this no longer holds, Windows may be let in."""
    assert "ModuleNotFoundError" in started("linux").stderr


@pytest.mark.parametrize("system", ["MacOS", "POSIX :: Linux"])
def test_the_package_names_its_systems(system: str) -> None:
    named = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["classifiers"]
    assert f"Operating System :: {system}" in named
    assert not any("Windows" in each or "OS Independent" in each for each in named)
