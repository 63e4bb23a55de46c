"""Starts beside the loop: one at a time, told as futures, and no process waits for them."""

import subprocess
import sys
from concurrent.futures import CancelledError
from threading import Event

import pytest

from app.worker.starter import Starter

ENDING = """
import time
from app.worker.starter import Starter
Starter().submit(time.sleep, 600)
"""


def test_what_came_of_a_start_is_told() -> None:
    starter = Starter()
    assert starter.submit(divmod, 7, 2).result(20) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        starter.submit(divmod, 7, 0).result(20)


def test_starts_come_one_after_the_other_and_none_after_the_end() -> None:
    starter, goes_on, begun = Starter(), Event(), Event()

    def slow() -> str:
        begun.set()
        goes_on.wait(20)
        return "first"

    first, second = starter.submit(slow), starter.submit(str)
    assert begun.wait(20)
    assert not second.running()
    assert not second.done()
    starter.shutdown()
    goes_on.set()
    assert first.result(20) == "first"
    with pytest.raises(CancelledError):
        second.result(20)


def test_a_process_ends_in_the_midst_of_a_start() -> None:
    assert subprocess.run([sys.executable, "-c", ENDING], timeout=60, check=False).returncode == 0
