"""Ctrl-C at random moments from birth on: how long until `demo` or `serve` and all its processes are gone.

    python -m tests.benchmarks.interrupt [--times 30] [--seed 1]

So many times each; every other moment is in the first seconds, when most is begun. Exits with 1 where a
process was left after MOST_SECONDS, or a traceback of our code was shown.
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
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "BETABOARD_INTERRUPTED"
MOST_SECONDS = 20.0
"""On a machine with more to do than it can; on a quiet one it is seconds."""
FIRST_SECONDS, LONGEST_LIFE_SECONDS = 3.0, 15.0
LATE_SECONDS = 3.0
"""Whoever lives this long is named."""
PYTHONS_OWN = (
    "Fatal Python error: init_import_site",
    '  File "<string>", line 1, in <module>\nKeyboardInterrupt',
)
"""In traces of Python's own start, the first tenth of a second, before any code of ours."""


@dataclass(frozen=True)
class Interrupted:
    """How one ended: seconds until all was gone (infinite: killed), who took long, what was printed."""

    seconds: float
    late: tuple[str, ...]
    code: int
    output: str

    @property
    def is_clean(self) -> bool:
        """All gone in time, and no trace of our code shown."""
        traced = "Traceback" in self.output and not any(words in self.output for words in PYTHONS_OWN)
        return self.seconds < MOST_SECONDS and not traced


def begun(command: str, data_dir: Path, mark: str = "") -> subprocess.Popen[str]:
    """`betaboard demo` or `serve` on a free port; all its processes carry `mark`."""
    code = "from app.__main__ import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, command, "--port", "0", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), MARK: mark},
    )


def interrupted(command: str, data_dir: Path, after: float) -> Interrupted:
    """SIGINT after so many seconds, and what came of it; what lives past MOST_SECONDS is killed."""
    mark = uuid.uuid4().hex
    running = begun(command, data_dir, mark)
    time.sleep(after)
    running.send_signal(signal.SIGINT)
    asked, late = time.monotonic(), set[str]()
    while (left := family(mark)) and time.monotonic() - asked < MOST_SECONDS:
        running.poll()
        if time.monotonic() - asked > LATE_SECONDS:
            late.update(map(_described, left))
        time.sleep(0.1)
    took = time.monotonic() - asked if not left else float("inf")
    for process in left:
        process.kill()
    output, _ = running.communicate()
    return Interrupted(took, tuple(sorted(late)), running.returncode, output)


def family(mark: str) -> list[psutil.Process]:
    """All living processes with this mark."""
    return [process for process in psutil.process_iter() if _is_marked(process, mark)]


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return False


def _described(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[-200:].partition("--port")[0][:60]
    except psutil.NoSuchProcess:
        return ""


def main() -> int:
    """Interrupt, print, and say by the exit code whether all ended in time and without a trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    chance, found = random.Random(asked.seed), list[Interrupted]()
    for number in range(2 * asked.times):
        command = ("demo", "serve")[number % 2]
        after = chance.uniform(0, (FIRST_SECONDS, LONGEST_LIFE_SECONDS)[number // 2 % 2])
        with tempfile.TemporaryDirectory() as folder:
            ended = interrupted(command, Path(folder) / "data", after)
        found.append(ended)
        print(f"{command} after {after:.2f} s: all gone within {ended.seconds:.1f} s, exit code {ended.code}",
              *ended.late, flush=True)  # fmt: skip
        if not ended.is_clean:
            print(ended.output, flush=True)
    times = sorted(one.seconds for one in found)
    print(f"{len(times)} times: median {times[len(times) // 2]:.1f} s, most {times[-1]:.1f} s, "
          f"{sum(not one.is_clean for one in found)} late or with a trace of ours")  # fmt: skip
    return int(not all(one.is_clean for one in found))


if __name__ == "__main__":
    sys.exit(main())
