"""Ctrl-C at random moments from birth on: how long until `demo` or `serve` and all its processes are gone.

    python -m tests.benchmarks.interrupt [--times 30]

Exits with 1 where a process was left after MOST_SECONDS.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psutil

MARK = "BETABOARD_INTERRUPTED"
MOST_SECONDS = 25.0
"""The fork server, which first finishes importing torch, on a busy machine included."""
LONGEST_LIFE_SECONDS = 15.0


def begun(command: str, data_dir: Path, mark: str = "") -> subprocess.Popen[str]:
    """`betaboard demo` or `serve` on a free port; all its processes carry `mark`."""
    code = "from app.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, command, "--port", "0", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), MARK: mark},
    )


def seconds_to_end(command: str, data_dir: Path, after: float) -> float:
    """From a SIGINT after so many seconds until all is gone; infinite past MOST_SECONDS, and then killed."""
    mark = uuid.uuid4().hex
    running = begun(command, data_dir, mark)
    time.sleep(after)
    running.send_signal(signal.SIGINT)
    asked = time.monotonic()
    while (left := family(mark)) and time.monotonic() - asked < MOST_SECONDS:
        running.poll()
        time.sleep(0.1)
    took = time.monotonic() - asked if not left else float("inf")
    for process in left:
        process.kill()
    running.communicate()
    return took


def family(mark: str) -> list[psutil.Process]:
    """All living processes with this mark."""
    return [process for process in psutil.process_iter() if _is_marked(process, mark)]


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def main() -> int:
    """Interrupt, print, and say by the exit code whether all ended in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    times, chance = parser.parse_args().times, random.Random(1)
    worst = 0.0
    for number in range(times):
        command, after = ("demo", "serve")[number % 2], chance.uniform(0, LONGEST_LIFE_SECONDS)
        with tempfile.TemporaryDirectory() as folder:
            took = seconds_to_end(command, Path(folder) / "data", after)
        print(f"{command} after {after:.2f} s: all gone within {took:.1f} s", flush=True)
        worst = max(worst, took)
    return int(worst > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
