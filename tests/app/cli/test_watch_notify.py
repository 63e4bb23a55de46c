"""`betaboard watch --notify`: by notify-send where that works, else by the bell; the exit code stays."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


def watch(url: str, run_id: int, path: Path) -> Result:
    runner = CliRunner(env={"BETABOARD_URL": url, "PATH": str(path)})
    return runner.invoke(main, ["watch", str(run_id), "--notify"], catch_exceptions=False)


def script(folder: Path, code: int) -> Path:
    """A notify-send that writes down what it was called with."""
    folder.mkdir()
    command = folder / "notify-send"
    command.write_text(
        f'#!/bin/sh\nfor word in "$@"; do echo "$word" >> {folder}/called; done\nexit {code}\n'
    )
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize(("state", "code"), [("completed", 0), ("failed", 1), ("canceled", 3)])
def test_the_desktop_is_told_and_the_exit_code_stays(
    web_url: str, seed_run: SeedRun, tmp_path: Path, state: str, code: int
) -> None:
    run_id = seed_run(state)
    told = watch(web_url, run_id, script(tmp_path / "bin", 0))
    assert told.exit_code == code
    assert "\a" not in told.stderr
    called = (tmp_path / "bin" / "called").read_text().splitlines()
    assert called[:3] == ["--app-name=betaboard", "--", "betaboard"]
    assert called[3].startswith(f"Run {run_id} is {state}.")


def test_the_bell_rings_where_there_is_no_desktop(web_url: str, seed_run: SeedRun, tmp_path: Path) -> None:
    run_id = seed_run()
    for path in (tmp_path, script(tmp_path / "bin", 1)):
        told = watch(web_url, run_id, path)
        assert told.exit_code == 0
        assert told.stderr.endswith("\a")
