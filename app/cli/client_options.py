"""What commands that talk to a server share: its address and token, exit codes of runs."""

import functools
from collections.abc import Callable
from typing import Any

import click

from app.client import Client
from app.client.calls import DEFAULT_URL
from app.lifecycle import State

EXIT_CODES = {State.COMPLETED: 0, State.FAILED: 1, State.CRASHED: 1, State.CANCELED: 3}
TIMED_OUT = 4

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give up waiting after this; exit code 4.",
)


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` --url and --token, and pass it the client made of them as `board`."""

    @click.option(
        "--url",
        envvar="BETABOARD_URL",
        show_envvar=True,
        default=DEFAULT_URL,
        show_default=True,
        help="Address of the server.",
    )
    @click.option("--token", envvar="BETABOARD_TOKEN", show_envvar=True, help="Its token, if it wants one.")
    @functools.wraps(command)
    def with_board(url: str, token: str | None, **values: Any) -> Any:
        with Client(url, token) as board:
            return command(board=board, **values)

    return with_board
