"""What a run costs more on a Ray cluster than as a child of this machine: start, news and end of a tiny one.

    python -m tests.benchmarks.bench_ray [--rounds 10]

One run of three epochs after the other, each by an executor that is warm, on both sides in turn, so that a
busy machine slows both; the first one of each side counts apart, as it starts what the others find there. The
cluster is made for it on this machine, so there is no network between. Prints medians in seconds.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from tests.app.real_processes import add_tiny_dataset
from tests.trainer.tiny import tiny_config
from trainer.executors.base import Executor, Resources
from trainer.executors.cluster import RayExecutor
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir


def seconds_of_a_run(executor: Executor, run_dir: RunDir) -> float:
    """From its start to the end that the worker sees, with its files in place."""
    run_dir.create(tiny_config(threads=1))
    begun = time.perf_counter()
    handle = executor.start(run_dir, 1, Resources(1))
    while (status := executor.poll(handle)) is None:
        time.sleep(0.002)
    assert status.code == 0, status
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="bench-ray-") as folder:
        home = Path(folder)
        add_tiny_dataset(home / "datasets")
        sides: dict[str, Executor] = {
            "local": LocalExecutor(home / "datasets"),
            "ray": RayExecutor(home / "datasets", "local"),
        }
        took: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(rounds + 1):
            for name, executor in sides.items():
                took[name].append(seconds_of_a_run(executor, RunDir(home / f"{name}-{number}")))
        for executor in sides.values():
            executor.close()
    for name, seconds in took.items():
        print(f"{name}: first {seconds[0]:.2f} s, then {statistics.median(seconds[1:]):.2f} s")
    more = statistics.median(took["ray"][1:]) - statistics.median(took["local"][1:])
    print(f"a run on the cluster takes {more:.2f} s more")


if __name__ == "__main__":
    main()
