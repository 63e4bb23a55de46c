"""A process that still imports ends with the one that started it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.executors import orphan
from trainer.executors.orphan import ends_with_parent

ROOT = Path(__file__).parents[3]
IMPORTING = """
import threading, time
from trainer.executors.orphan import ends_with_parent
with ends_with_parent():
    print("imports", flush=True)
    time.sleep(float(input()))
print("done", threading.active_count(), flush=True)
"""


def importing(parent: int | None, seconds: float) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | ({orphan.PARENT: str(parent)} if parent else {})
    command = [sys.executable, "-c", IMPORTING]
    begun = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert begun.stdin is not None
    begun.stdin.write(f"{seconds}\n")
    begun.stdin.flush()
    return begun


@pytest.mark.parametrize("parent", [None, os.getpid()], ids=["unsaid", "said"])
def test_with_its_parent_it_comes_to_its_end_and_no_thread_is_left(parent: int | None) -> None:
    output, _ = importing(parent, 0.3).communicate(timeout=60)
    assert output.split() == ["imports", "done", "1"]


def test_without_it_it_is_gone_at_once() -> None:
    """Process 1 is not its parent: it was gone before the first look."""
    begun = importing(1, 60)
    asked = time.monotonic()
    output, _ = begun.communicate(timeout=60)
    assert output.split() == ["imports"]
    assert begun.returncode == 1
    assert time.monotonic() - asked < 30


def test_where_nobody_says_who_the_parent_is_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(orphan.PARENT, raising=False)
    with ends_with_parent():
        time.sleep(3 * orphan.LOOK_SECONDS)
