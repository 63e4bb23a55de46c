"""What a process logs, to standard error: a line an entry, whatever names and paths are quoted in it."""

import logging
from types import TracebackType

from trainer.visible import visible, visible_lines

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlainFormatter(logging.Formatter):
    """Entries as text that no terminal acts upon: one line each, with the lines of a trace below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the name of logging)
        """The entry's own line."""
        return visible(super().formatMessage(record))

    def formatException(self, ei: _Failure) -> str:  # noqa: N802
        """The trace, whose lines stay lines."""
        return visible_lines(super().formatException(ei))


def log_to_stderr() -> None:
    """Have this process log there, once; what uvicorn has to say comes this way too."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
