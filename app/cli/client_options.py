"""What commands that talk to a server share: its address and token, options, exit codes of runs."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click

from app.client import Client
from app.client.calls import DEFAULT_URL
from app.lifecycle import State
from app.requirements import from_words

EXIT_CODES = {State.COMPLETED: 0, State.FAILED: 1, State.CRASHED: 1, State.CANCELED: 3}
TIMED_OUT = 4
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_URL = "Address of the server."
_SHOWN: dict[str, Any] = {"show_envvar": True, "show_default": True}
_REQUIRE = "A worker's label, such as big, or device=cuda; may be given again."
_TIMEOUT = "Give up waiting after this; exit code 4."
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")
timeout_option = click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help=_TIMEOUT)

_MOST = "Attempts before it stays crashed; without, as the board says."
_LIMIT = "Fail an attempt that takes longer."


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How far a run may go, as a launch takes it."""
    most = click.option("--max-attempts", type=click.IntRange(min=1), metavar="N", help=_MOST)
    limit = click.option(
        "--time-limit",
        "time_limit_minutes",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MINUTES",
        help=_LIMIT,
    )
    return most(limit(command))


def choice_option(name: str, values: Sequence[str], about: str, *target: str) -> Decorator:
    """One of these values, by default the first."""
    kind = click.Choice(values)
    return click.option(name, *target, type=kind, default=values[0], show_default=True, help=about)


def text_option(name: str, metavar: str, about: str, *target: str, **more: Any) -> Decorator:
    """A text of this form."""
    return click.option(name, *target, metavar=metavar, help=about, **more)


texts_option = functools.partial(text_option, multiple=True)
"""The same, which may be given again."""


def _required(_context: click.Context, _option: click.Parameter, words: tuple[str, ...]) -> Any:
    """The words as requirements; None where nothing is required."""
    return from_words(words) if words else None


require_option = texts_option("--require", "WHAT", _REQUIRE, "requirements", callback=_required)
priority_option = click.option("--priority", type=int, default=0, help="Higher runs first.")


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give `command` --url and --token, and pass it the client made of them as `board`."""

    @click.option("--url", envvar="BETABOARD_URL", default=DEFAULT_URL, help=_URL, **_SHOWN)
    @click.option("--token", envvar="BETABOARD_TOKEN", show_envvar=True, help="Its token, if it wants one.")
    @functools.wraps(command)
    def with_board(url: str, token: str | None, **values: Any) -> Any:
        with Client(url, token) as board:
            return command(board=board, **values)

    return with_board


def runs_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Numbers of runs, --sweep and --q: which runs are compared. Raises UsageError where none are named."""

    @functools.wraps(command)
    def checked(**asked: Any) -> Any:
        if not asked["run_ids"] and asked["sweep"] is None and not asked["q"].strip():
            raise click.UsageError("Name runs, such as 1 2 3, a search with --q, or a sweep with --sweep.")
        return command(**asked)

    q = click.option("--q", default="", help="A search, in one word for the shell: of the runs it finds.")
    sweep = click.option("--sweep", type=click.IntRange(min=1), help="Of the runs of this sweep.")
    numbers = click.argument("run_ids", metavar="RUN...", nargs=-1, type=click.IntRange(min=1))
    return numbers(sweep(q(checked)))
