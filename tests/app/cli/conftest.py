"""How commands are called: within this process, against a server that serves."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from app.cli import main

Call = Callable[..., Result]


@pytest.fixture
def call(request: pytest.FixtureRequest, web_url: str, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs `betaboard ...` against a real server, looking often at what it waits for.

    A module whose tests are all about one command names it as COMMAND, and its tests leave it out.
    """
    monkeypatch.setattr("app.client.calls.LOOK_SECONDS", 0.05)
    command = getattr(request.module, "COMMAND", None)

    def run(*arguments: str, typed: str = "") -> Result:
        runner = CliRunner(env={"BETABOARD_URL": web_url, "COLUMNS": "200"})
        given = arguments if command is None else (command, *arguments)
        return runner.invoke(main, given, input=typed, catch_exceptions=False)

    return run
