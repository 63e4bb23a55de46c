"""Which split of the cores finishes a sweep soonest: one slot with all threads, or more slots with fewer.

    python -m tests.benchmarks.bench_slots [--rounds 9] [--network small]

Each sweep is the same runs on shapes10, over seeds, two for each core; children of one fork server train it,
as a worker's do. All splits take turns within a round, each round begins with another one, and what is
compared are the ratios within a round; only that half of the rounds counts in which others took least. Prints
for each network and split: seconds against one slot with all threads (below 1 is sooner), CPU seconds, the
most memory that a child had for itself, and the share of the machine that others took. A one-thread slot
trains without waiting for others; threads of one run wait for each other at each operation, so on a busy
machine the ratios favour more slots. Run it on a quiet machine.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from app.worker.machine import cores
from trainer.config import parse_config
from trainer.executors.base import Handle, Resources
from trainer.executors.local import LocalExecutor
from trainer.run_dir import RunDir

LOOK_SECONDS, SAMPLE_SECONDS = 0.01, 0.25
NETWORKS: dict[str, dict[str, Any]] = {
    "small": {"model": {"name": "convnet4", "width": 8}},
    "medium": {"model": {"name": "convnet4", "width": 16}},
    "large": {"model": {"name": "convnet4", "width": 32}},
    "resnet": {"model": {"name": "resnet_cifar"}, "data": {"imbalance": "none", "max_train_per_class": 40}},
}
"""convnet4 narrow and at its full width, and a ResNet-32, whose epoch is cut to be as short."""
Split = tuple[int, int]
"""Slots, and threads of each."""


@dataclass(frozen=True)
class Sweep:
    """How one sweep went: wall seconds, CPU seconds of its children, what others took, the largest child."""

    seconds: float
    cpu: float
    others: float
    megabytes: float


def splits(many: int) -> list[Split]:
    """From one slot with all of `many` cores on, twice as many each time, to a slot a core."""
    counts = [2**power for power in range(many.bit_length()) if 2**power < many]
    return [(slots, many // slots) for slots in (*counts, many)]


class Watch:
    """CPU seconds and private memory of the children that train, by looking at them now and then."""

    def __init__(self) -> None:
        self.cpu: dict[int, float] = {}
        self.megabytes = 0.0
        self._due = 0.0

    def look(self, handles: Sequence[Handle]) -> None:
        """Note what the children of these runs have used so far, where it is time to."""
        if time.perf_counter() < self._due:
            return
        self._due = time.perf_counter() + SAMPLE_SECONDS
        for handle in handles:
            try:
                child = psutil.Process(handle.pid)
                used, memory = child.cpu_times(), child.memory_full_info()
            except psutil.Error:
                continue
            self.cpu[handle.pid] = used.user + used.system
            self.megabytes = max(self.megabytes, memory.uss / 1e6)


def busy() -> float:
    """CPU seconds of the whole machine so far."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - getattr(times, "guest", 0.0))


def carried_out(executor: LocalExecutor, runs: Sequence[RunDir], split: Split) -> Sweep:
    """Train the runs, as many at a time as there are slots."""
    slots, threads = split
    waiting, active, watch = list(runs), list[Handle](), Watch()
    before, begun = busy(), time.perf_counter()
    while waiting or active:
        while waiting and len(active) < slots:
            active.append(executor.start(waiting.pop(0), 1, Resources(threads)))
        watch.look(active)
        time.sleep(LOOK_SECONDS)
        for handle in tuple(active):
            if (status := executor.poll(handle)) is not None:
                assert status.code == 0, (handle.run_dir.log.read_text(), status)
                active.remove(handle)
    seconds, cpu = time.perf_counter() - begun, sum(watch.cpu.values())
    others = max(0.0, (busy() - before - cpu) / (seconds * cores()))
    return Sweep(seconds, cpu, others, watch.megabytes)


def sweep_of(folder: Path, network: str, count: int) -> Iterator[RunDir]:
    """New folders of the sweep's runs."""
    for seed in range(count):
        run_dir = RunDir(folder / str(seed))
        optim = {"epochs": 1, "milestones": []}
        run_dir.create(parse_config(NETWORKS[network] | {"seed": seed, "optim": optim, "device": "cpu"}))
        yield run_dir


def rounds(executor: LocalExecutor, network: str, number: int) -> list[dict[Split, Sweep]]:
    """All splits, `number` times, after one sweep to warm up."""
    many, found = splits(cores()), list[dict[Split, Sweep]]()
    for at in range(-1, number):
        order = many[:1] if at < 0 else many[at % len(many) :] + many[: at % len(many)]
        done = {}
        for split in order:
            with TemporaryDirectory() as folder:
                runs = list(sweep_of(Path(folder), network, 2 * cores()))
                done[split] = carried_out(executor, runs, split)
        found += [done] if at >= 0 else []
        told = ", ".join(
            f"{slots} x {threads}: {one.seconds:.2f} s" for (slots, threads), one in done.items()
        )
        share = max(one.others for one in done.values())
        warm_up = "" if at >= 0 else " (warm-up)"
        print(f"  {network}, {told}; others {share:.0%}{warm_up}", flush=True)
    return found


def tell(network: str, found: list[dict[Split, Sweep]]) -> None:
    """Medians over the quieter half of the rounds."""
    quiet = sorted(found, key=lambda done: max(one.others for one in done.values()))
    counted = quiet[: max(1, (len(quiet) + 1) // 2)]
    whole = (1, cores())
    for split in splits(cores()):
        ratio = statistics.median(done[split].seconds / done[whole].seconds for done in counted)
        seconds, cpu, others, megabytes = (
            statistics.median(getattr(done[split], name) for done in counted)
            for name in ("seconds", "cpu", "others", "megabytes")
        )
        print(
            f"{network:7} {split[0]:2} x {split[1]:<2} ratio {ratio:.2f}, {seconds:6.2f} s, "
            f"CPU {cpu:6.2f} s, {megabytes:4.0f} MB a child, others {others:.0%}",
            flush=True,
        )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="of each network, all splits each")
    parser.add_argument("--network", choices=NETWORKS, help="this one alone")
    options = parser.parse_args()
    with TemporaryDirectory() as datasets:
        executor = LocalExecutor(Path(datasets))
        try:
            for network in [options.network] if options.network else NETWORKS:
                tell(network, rounds(executor, network, options.rounds))
        finally:
            executor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
