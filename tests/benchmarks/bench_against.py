"""CPU of answers of this tree against those of another revision, on one board, both in turn.

    python -m tests.benchmarks.bench_against main [--rounds 9]

The list of 100 runs, and the curves of 50 runs of 100 epochs (10 settings of 5 seeds): as one client after
another asks for them, and as drawn anew each time. CPU of the web process over BATCH requests, so that a busy
machine counts little; medians over the rounds. Prints each ratio with its target and exits with 1 where one
is missed.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psutil

from app.settings import Settings
from tests.benchmarks import bench_compare, bench_web

BATCH = 20
RUNS = ",".join(map(str, range(1, bench_compare.RUNS + 1)))
CURVES = f"api/v1/figures/compare-curves?runs={RUNS}"
ASKED = {
    "list of 100 runs": ("list", ["api/v1/runs?limit=100"] * BATCH, 0.6),
    "curves of 50 runs": ("curves", [CURVES] * BATCH, 0.5),
    "curves drawn anew": ("curves", [f"{CURVES}&x=step&smooth={at / 100:g}" for at in range(BATCH)], 0.5),
}
"""Board, addresses of a batch, and the ratio that is aimed at."""


@contextmanager
def served(tree: Path, settings: Settings) -> Iterator[tuple[psutil.Process, str]]:
    """The web process of a tree: process and address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        child = "app.serving.child" if (tree / "app/serving").is_dir() else "app.child"
        with subprocess.Popen(
            [sys.executable, "-m", child, "web", str(fd)],
            stdin=subprocess.PIPE,
            pass_fds=(fd,),
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
        ) as process:
            assert process.stdin is not None
            process.stdin.write(settings.model_dump_json().encode() + b"\n")
            process.stdin.flush()
            url = f"http://127.0.0.1:{port}"
            assert httpx2.get(f"{url}/api/v1/health", timeout=60).json()["status"] == "ok"
            yield psutil.Process(process.pid), url
            process.terminate()


def milliseconds(process: psutil.Process, url: str, addresses: list[str]) -> float:
    """CPU of the process for each of these answers."""
    with httpx2.Client(timeout=60) as client:
        begun = sum(process.cpu_times()[:2])
        for address in addresses:
            assert client.get(f"{url}/{address}").status_code == 200
        return 1000 * (sum(process.cpu_times()[:2]) - begun) / len(addresses)


def measure(report: bench_web.Report, other: Path, rounds: int) -> None:
    """Each kind of answer, the two trees in turn."""
    trees = {"before": other, "now": Path.cwd()}
    with TemporaryDirectory() as folder:
        curves = Settings(data_dir=Path(folder) / "curves")
        boards = {
            "list": bench_web.installation(Path(folder) / "list", 200, 10),
            "curves": bench_compare.installation(curves, 10, among=0),
        }
        for what, (board, addresses, target) in ASKED.items():
            took: dict[str, list[float]] = {name: [] for name in trees}
            for _ in range(rounds):
                for name, tree in trees.items():
                    with served(tree, boards[board]) as (process, url):
                        milliseconds(process, url, addresses[:1])
                        took[name].append(milliseconds(process, url, addresses))
            before, now = (statistics.median(took[name]) for name in trees)
            print(f"{what}: {before:.1f} ms before, {now:.1f} ms now")
            report(f"{what}, now / before", now / before, target, "")


def main() -> int:
    """Check the other revision out, measure, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="what to compare with")
    parser.add_argument("--rounds", type=int, default=9, help="web processes of each tree")
    asked, report = parser.parse_args(), bench_web.Report()
    with TemporaryDirectory() as folder:
        other = Path(folder) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", str(other), asked.revision], check=True)
        try:
            measure(report, other, asked.rounds)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(other)], check=True)
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
