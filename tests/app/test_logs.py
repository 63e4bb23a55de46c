"""What the processes log is text for a terminal, whatever names are quoted in it."""

import io
import logging
import os
import subprocess
import sys

import pytest

from app.logs import PlainFormatter
from app.settings import Settings

pytestmark = pytest.mark.slow

HOSTILE = "\x1b[31mred\nWARNING forged\u202e"


def logged(message: str, *arguments: object, error: BaseException | None = None) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
    failure = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("a", logging.WARNING, "a.py", 1, message, arguments, failure)
    handler.handle(record)
    return stream.getvalue()


def test_an_entry_is_one_line_without_orders_to_the_terminal() -> None:
    assert logged("The run %s.", HOSTILE) == "WARNING The run \\x1b[31mred\\x0aWARNING forged\\u202e.\n"


def test_a_trace_keeps_its_lines_and_loses_its_orders() -> None:
    told = logged("It failed.", error=ValueError(HOSTILE))
    assert told == "WARNING It failed.\nValueError: \\x1b[31mred\nWARNING forged\\u202e\n"


def test_a_process_of_the_server_logs_so(settings: Settings) -> None:
    """What uvicorn logs, too: its own formatters are not installed."""
    program = (
        "import logging, sys\n"
        "from app.logs import log_to_stderr\n"
        "from app.main import web_server\n"
        "from app.settings import Settings\n"
        "log_to_stderr()\n"
        "web_server(Settings.model_validate_json(sys.argv[1]))\n"
        "logging.getLogger('uvicorn.error').warning(sys.argv[2])\n"
    )
    command = [sys.executable, "-c", program, settings.model_dump_json(), HOSTILE]
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ})
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.endswith(b"uvicorn.error: \\x1b[31mred\\x0aWARNING forged\\u202e\n")
