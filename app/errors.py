"""Every error that the app shows on purpose: a status, a code, a message, a hint, and refused fields.

    AppError (500 internal)
    |-- BadRequestError (400 bad_request)
    |-- UnauthorizedError (401 unauthorized)
    |-- ForbiddenError (403 forbidden)          from another site, or beyond the token's scope
    |-- NotFoundError (404 not_found)
    |-- MethodNotAllowedError (405 method_not_allowed)
    |-- ConflictError (409 conflict)
    |   |-- AllThereError (409 conflict)       nothing is left to add
    |   `-- IllegalMoveError (409 illegal_move)
    |-- TooLargeError (413 too_large)
    |-- InvalidError (422 invalid)            fields names each culprit
    |   `-- SearchError (422 search)           at which place of a search, and what could be meant
    |-- TooManyError (429 too_many)           after too many wrong tokens
    |-- UnavailableError (503 CODE)           the machine or the database refuses: CODE is trouble's
    `-- SetupError (exit code 2)              the command line cannot start: one sentence

One renderer turns them into JSON (`{"error": {...}}`) or into a page; see error_pages.
"""

from collections.abc import Mapping, Sequence

from trainer.errors import FieldProblem


class AppError(Exception):
    """What is wrong and where (`message`), what to do (`hint`), and the fields at fault.

    retry_after: seconds after which the same may succeed, where that is so. more: what else JSON says of it.
    """

    status = 500
    code = "internal"
    retry_after: int | None = None

    def __init__(self, message: str, hint: str = "", fields: Sequence[FieldProblem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = tuple(fields)
        self.more: Mapping[str, object] = {}


class BadRequestError(AppError):
    """The request cannot be understood."""

    status, code = 400, "bad_request"


class UnauthorizedError(AppError):
    """A token is needed, or the one given is wrong."""

    status, code = 401, "unauthorized"


class ForbiddenError(AppError):
    """The request comes from where it must not come from (Origin or Host), or its token does not allow it."""

    status, code = 403, "forbidden"


class NotFoundError(AppError):
    """No such thing here."""

    status, code = 404, "not_found"


class MethodNotAllowedError(AppError):
    """The path exists, but not for this method."""

    status, code = 405, "method_not_allowed"


class ConflictError(AppError):
    """The request contradicts what is stored."""

    status, code = 409, "conflict"


class AllThereError(ConflictError):
    """All that was to be added is there already."""


class IllegalMoveError(ConflictError):
    """A run cannot go from its state to the wanted one."""

    code = "illegal_move"

    def __init__(self, current: str, wanted: str, legal: Sequence[str]) -> None:
        ways = f"From {current} it can only become {', '.join(legal)}." if legal else f"{current} is final."
        super().__init__(f"A run that is {current} cannot become {wanted}.", ways)


class TooLargeError(AppError):
    """The body is larger than any request needs."""

    status, code = 413, "too_large"


class InvalidError(AppError):
    """Fields were refused; `fields` names each one."""

    status, code = 422, "invalid"


class SearchError(InvalidError):
    """A search that cannot be read: `length` characters at `position` (from 0) are at fault.

    readings: whole searches that could have been meant, to choose from.
    """

    code = "search"

    def __init__(
        self, message: str, hint: str, query: str, position: int, length: int, readings: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint, [FieldProblem("q", message)])
        self.query = query
        self.position = position
        self.length = length
        self.readings = tuple(readings)
        self.more = {"query": query, "position": position, "length": length, "readings": list(readings)}


class TooManyError(AppError):
    """Too many wrong tokens came; the next is read after `retry_after` seconds."""

    status, code = 429, "too_many"

    def __init__(self, message: str, hint: str = "", retry_after: int = 60) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class UnavailableError(AppError):
    """The machine or the database file refuses; `code` tells why."""

    status, code = 503, "unavailable"

    def __init__(self, message: str, hint: str, code: str, retry_after: int | None = None) -> None:
        super().__init__(message, hint)
        self.code = code
        self.retry_after = retry_after


class SetupError(AppError):
    """The command line cannot start what was asked for; shown as one sentence, exit code 2."""

    code = "setup"
