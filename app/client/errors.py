"""What can go wrong for a script that uses app.client.

ClientError             code, message, hint, fields, as the server said them
|-- RefusedError        the server refused (4xx): look at code and fields
|   |-- SearchRefusedError  422: a search, with the place that is wrong
|   |-- MissingError    404: no such run
|   `-- ConflictedError 409: the run's state, or an idempotency key used before
|-- ServerFailedError   the server failed (5xx)
|-- UnreachableError    no server answers there
`-- WaitedTooLongError  `wait` or `wait_sweep` gave up; run and sweep go on
"""

from collections.abc import Sequence

from trainer.errors import FieldProblem


class ClientError(Exception):
    """What is wrong (`message`), what to do (`hint`), and the fields at fault."""

    def __init__(
        self, message: str, hint: str = "", code: str = "client", fields: Sequence[FieldProblem] = ()
    ) -> None:
        named = "".join(f"\n  {field.path}: {field.message}" for field in fields)
        super().__init__(f"{message} {hint}".strip() + named)
        self.message = message
        self.hint = hint
        self.code = code
        self.fields = tuple(fields)


class RefusedError(ClientError):
    """The server understood and refused."""


class SearchRefusedError(RefusedError):
    """The search cannot be read: `length` characters at `position` of `query` are at fault.

    readings: whole searches that could have been meant.
    """

    query: str = ""
    position: int = 0
    length: int = 0
    readings: Sequence[str] = ()


class MissingError(RefusedError):
    """There is no such thing on the server."""


class ConflictedError(RefusedError):
    """What was asked for contradicts what the server holds."""


class ServerFailedError(ClientError):
    """The server, or what stands before it, failed."""


class UnreachableError(ClientError):
    """No server answers at the address."""


class WaitedTooLongError(ClientError):
    """The run or sweep had not ended when the time was up; nothing was done to it."""
