"""The Python client: launch runs, wait for them, read what they measured. Needs neither torch nor a database.

    from app.client import Client

Errors are those of app.client.errors, which the command line needs, too: without the client's views.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.client.board import Client as Client


def __getattr__(name: str) -> Any:
    """`Client`, imported when it is first asked for."""
    if name != "Client":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from app.client.board import Client

    return Client
