"""Learning rates for shapes10, setting by setting: what the default recipe was chosen by.

    python -m tests.benchmarks.recipe [--rates 0.1 0.05 0.02 0.01] [--seeds 2] [--width 32]

For each loss and rate the mean over seeds of test accuracy, tail (the three rarest classes), and dead units
of the first linear layer after the last epoch, with the standard deviation of accuracy. Runs go one thread
each, `--processes` at a time; a run of width 32 takes half a minute.
"""

import argparse
import os
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch

from trainer.config import merge, parse_config
from trainer.config_sections import Reduction
from trainer.data.cache import DatasetArrays
from trainer.data.sources import load
from trainer.events import Epoch
from trainer.loop import train
from trainer.run_dir import RunDir

FOCAL = {"name": "focal", "weighting": "class_balanced", "beta": 0.997}
LOSSES: dict[str, dict[str, Any]] = {
    "CE": {"name": "cross_entropy"},
    **{f"CB-Focal {name}": {**FOCAL, "reduction": name} for name in get_args(Reduction)},
}


class Task(NamedTuple):
    """One run to make."""

    datasets: str
    loss: str
    rate: float
    seed: int
    over: Mapping[str, Any]


class Outcome(NamedTuple):
    """Percent of test images, of those of the rarest three classes, and of dead units; seconds."""

    accuracy: float
    tail: float
    dead: float
    seconds: float


def outcome(task: Task) -> Outcome:
    """Train one run in this process."""
    torch.set_num_threads(1)
    optim = {"learning_rate": task.rate}
    asked = merge({"loss": LOSSES[task.loss], "optim": optim, "seed": task.seed, "device": "cpu"}, task.over)
    with tempfile.TemporaryDirectory() as folder:
        events = list(train(parse_config(asked), _images(task.datasets), RunDir(Path(folder)), lambda: False))
    epochs = [event for event in events if isinstance(event, Epoch)]
    recall = [hit / of for hit, of in zip(epochs[-1].correct, epochs[-1].support, strict=True)]
    dead = epochs[-1].scalars["dead_units/relu5"]
    return Outcome(
        100 * statistics.mean(recall),
        100 * statistics.mean(recall[-3:]),
        100 * (dead or 0),
        sum(epoch.seconds for epoch in epochs),
    )


@cache
def _images(datasets: str) -> DatasetArrays:
    return load("shapes10", Path(datasets), lambda _: None)


def main() -> None:
    """Print one line a run as it ends, and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.1, 0.05, 0.02, 0.01])
    parser.add_argument("--losses", nargs="+", default=list(LOSSES), choices=LOSSES)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--validation", type=float, default=0.0)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    asked = parser.parse_args()
    over = {
        "model": {"width": asked.width},
        "data": {"validation_fraction": asked.validation},
        "optim": {"epochs": asked.epochs, "milestones": [asked.epochs - 2, asked.epochs - 1]},
    }
    with tempfile.TemporaryDirectory() as datasets:
        _images(datasets)
        grid = [
            (seed, rate, loss) for seed in range(asked.seeds) for rate in asked.rates for loss in asked.losses
        ]
        tasks = [Task(datasets, loss, rate, seed, over) for seed, rate, loss in grid]
        found: dict[tuple[str, float], list[Outcome]] = defaultdict(list)
        with ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool:
            for task, one in zip(tasks, pool.map(outcome, tasks), strict=True):
                found[task.loss, task.rate].append(one)
                print(task.loss, task.rate, task.seed, *(f"{value:.1f}" for value in one), flush=True)
    print(f"\n{'':24}{'rate':>8}{'n':>4}{'accuracy':>10}{'sd':>6}{'tail':>7}{'dead':>7}{'seconds':>9}")
    for (loss, rate), runs in sorted(found.items()):
        means = [statistics.mean(values) for values in zip(*runs, strict=True)]
        sd = statistics.stdev(run.accuracy for run in runs) if len(runs) > 1 else float("nan")
        accuracy, tail, dead, seconds = means
        print(f"{loss:24}{rate:8g}{len(runs):4}{accuracy:10.1f}{sd:6.1f}{tail:7.1f}{dead:7.1f}{seconds:9.1f}")


if __name__ == "__main__":
    main()
