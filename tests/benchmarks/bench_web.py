"""The web process: start against bare imports, first and later looks at pages, memory, torch, lists.

    python -m tests.benchmarks.bench_web [--rounds 7]

Start is from the process's birth to its first answer, against a process that only imports fastapi, sqlalchemy
and jinja2; both in turn, so that a busy machine slows both. The first look at a page is when its modules are
loaded and its template is compiled. Times of requests are those of the whole HTTP exchange. Prints figures,
most with a target, and exits with 1 where one is missed.
"""

import argparse
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import psutil
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Base
from tests.conftest import Seed

PATHS = ("runs", "runs/1", "runs/new", "compare?runs=1,2", "system", "api/v1/meta")
START_RATIO = 1.6
MEGABYTES = 120
LIST_MILLISECONDS = 25.0
LIST_SECONDS = 1.0
COMPARE_SECONDS = 2.0
REPEATS = 31
BARE = "import fastapi, sqlalchemy, jinja2"
CLASSES = 10


def bare_seconds() -> float:
    """A process that imports the three libraries and ends."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE], check=True)
    return time.perf_counter() - begun


@contextmanager
def web(settings: Settings) -> Iterator[tuple[psutil.Process, str, float]]:
    """The web process as `serve` starts it: process, address, and seconds to its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd, port = listening.fileno(), listening.getsockname()[1]
        begun = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "app.serving.child", "web", str(fd)], stdin=subprocess.PIPE, pass_fds=(fd,)
        ) as process:
            assert process.stdin is not None
            process.stdin.write(settings.model_dump_json().encode() + b"\n")
            process.stdin.flush()
            url = f"http://127.0.0.1:{port}"
            assert httpx2.get(f"{url}/api/v1/health", timeout=60).json()["status"] == "ok"
            yield psutil.Process(process.pid), url, time.perf_counter() - begun
            process.terminate()


def milliseconds(url: str) -> float:
    """Median over REPEATS requests of one connection, after a first one."""
    with httpx2.Client(timeout=60) as client:
        assert client.get(url).status_code == 200
        times = []
        for _ in range(REPEATS):
            begun = time.perf_counter()
            client.get(url)
            times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def installation(folder: Path, runs: int, epochs: int) -> Settings:
    """Completed runs with every figure, `epochs` epochs and ten classes each: copies of a journal's rows."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    db = Database(settings.url)
    names, counts = (
        [f"class {index}" for index in range(CLASSES)],
        [1000 >> index for index in range(CLASSES)],
    )
    Seed(db, settings)(epochs=epochs, class_names=names, train_counts=[max(1, count) for count in counts])
    with db.write() as session:
        for name in ("runs", "epochs", "class_epochs", "confusions"):
            copy_rows(session, Base.metadata.tables[name], range(2, runs + 1))
    db.close()
    return settings


def copy_rows(session: Session, table: Table, run_ids: Iterable[int]) -> None:
    """The rows of run 1, again for each of the others."""
    rows = [dict(row._mapping) for row in session.execute(select(table))]
    key = "id" if table.name == "runs" else "run_id"
    session.execute(insert(table), [row | {key: run_id} for run_id in run_ids for row in rows])


class Report:
    """Prints figures beside their targets and remembers whether one was missed."""

    met = True

    def __call__(self, what: str, value: float, target: float, unit: str) -> None:
        """`value` should be at most `target`."""
        self.met &= value <= target
        print(f"{what}: {value:.2f}{unit} (<= {target:g}{unit})")


def measure_start(report: Report, rounds: int) -> None:
    """Start, first looks, memory after the pages were looked at, and whether torch was loaded."""
    ours, bare = [], []
    first: dict[str, list[float]] = {path: [] for path in PATHS}
    with TemporaryDirectory() as folder:
        settings = installation(Path(folder), runs=100, epochs=10)
        for _ in range(rounds):
            bare.append(bare_seconds())
            with web(settings) as (process, url, seconds):
                ours.append(seconds)
                for path, looks in first.items():
                    looks.append(look(f"{url}/{path}"))
                memory = process.memory_info().rss / 1e6
                torch = "torch" in Path(f"/proc/{process.pid}/maps").read_text()
    usual = statistics.median(bare)
    print(f"start: {statistics.median(ours):.2f} s, bare imports {usual:.2f} s, n = {rounds}")
    report("start / bare imports", statistics.median(ours) / usual, START_RATIO, "")
    for path, looks in first.items():
        print(f"first look at {path}: {statistics.median(looks):.2f} s")
    report("resident memory after every page", memory, MEGABYTES, " MB")
    report("torch loaded", float(torch), 0, "")


def look(url: str) -> float:
    """Seconds that one answer takes."""
    begun = time.perf_counter()
    assert httpx2.get(url, timeout=60, follow_redirects=True).status_code == 200
    return time.perf_counter() - begun


def measure_requests(report: Report) -> None:
    """A page of the list at 1,000 and 2,000 runs, and a comparison of 20 (trial S16)."""
    with TemporaryDirectory() as folder, web(installation(Path(folder), 1000, 10)) as (_, url, _):
        took = milliseconds(f"{url}/api/v1/runs?limit=100")
        report("list of 100 of 1,000 runs", took, LIST_MILLISECONDS, " ms")
    with TemporaryDirectory() as folder, web(installation(Path(folder), 2000, 30)) as (_, url, _):
        runs = ",".join(map(str, range(1, 21)))
        page, compared = milliseconds(f"{url}/runs"), milliseconds(f"{url}/compare?runs={runs}")
        report("first page of 2,000 runs of 30 epochs", page / 1000, LIST_SECONDS, " s")
        report("20 of them compared", compared / 1000, COMPARE_SECONDS, " s")


def main() -> int:
    """Measure, print, and say by the exit code whether all targets were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="starts to take the median of")
    report = Report()
    measure_start(report, parser.parse_args().rounds)
    measure_requests(report)
    return int(not report.met)


if __name__ == "__main__":
    sys.exit(main())
