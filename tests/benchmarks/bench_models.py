"""What share of the matmul peak each network reaches in training, and what a step of it takes.

    python -m tests.benchmarks.bench_models [--rounds 5] [--threads 1] [--batch 128] [--models mlp]

A step is forward, backward and SGD on random CIFAR-like images, in a process set up as a run's. Its work is
counted as 6 operations a multiply-add and image: 2 forward, 4 backward. The peak is that of a product of two
2048 x 2048 float32 matrices. Each round times the product and a step of every network in turn, in seconds of
the process on its cores, so that others on the machine count little; the fastest of the rounds counts.
Networks have their usual fields, and resnet_cifar each published depth.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from trainer.assembly import build_sgd
from trainer.config import RunConfig, parse_config
from trainer.device import prepare_process
from trainer.models import MODELS, ModelContext, model_spec

SIDE, CLASSES, PEAK = 32, 10, 2048
DEPTHS = (20, 32, 44, 56)


@dataclass(frozen=True)
class Measured:
    """A network, its multiply-adds for an image, and what makes one step of it."""

    label: str
    multiply_adds: int
    step: Callable[[], object]


def configurations(names: tuple[str, ...]) -> Mapping[str, RunConfig]:
    """By label, the networks that are measured."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        if name == "resnet_cifar":
            found |= {f"{name} {depth}": {"name": name, "depth": depth} for depth in DEPTHS}
        else:
            found[name] = {"name": name}
    return {label: parse_config({"model": model, "device": "cpu"}) for label, model in found.items()}


def prepared(label: str, config: RunConfig, batch: int) -> Measured:
    """A network with its optimizer and one batch of images."""
    entry = MODELS[config.model.name]
    context = ModelContext(fields=entry.fields_of(config.model), classes=CLASSES, image_size=SIDE)
    network = entry.build(context).train()
    optimizer = build_sgd(network, config.optim, None)
    images = torch.randn(batch, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    labels = torch.randint(CLASSES, (batch,))

    def step() -> None:
        optimizer.zero_grad()
        torch.autograd.backward(F.cross_entropy(network(images), labels))
        optimizer.step()

    return Measured(label, model_spec(config.model, CLASSES, SIDE).multiply_adds, step)


def seconds(step: Callable[[], object]) -> float:
    """What it takes once, summed over the cores."""
    begun = time.process_time()
    step()
    return time.process_time() - begun


def measure(measured: list[Measured], rounds: int, batch: int) -> None:
    """Time all in turn and print the table; the first round is a warm-up."""
    left, right = torch.randn(PEAK, PEAK), torch.randn(PEAK, PEAK)
    steps = [lambda: left @ right, *(one.step for one in measured)]
    taken = [[seconds(step) for step in steps] for _ in range(rounds + 1)][1:]
    product, *fastest = (min(each) for each in zip(*taken, strict=True))
    peak = 2 * PEAK**3 / product
    threads = torch.get_num_threads()
    print(f"peak {peak / 1e9:.0f} GFLOP/s a core, fastest of {rounds}, batch {batch}, {threads} threads")
    print(f"{'model':16} {'M multiply-adds':>15} {'ms a step':>10} {'share of peak':>14}")
    for one, took in zip(measured, fastest, strict=True):
        share = 6 * one.multiply_adds * batch / took / peak
        print(f"{one.label:16} {one.multiply_adds / 1e6:15.1f} {1000 * took:10.1f} {100 * share:12.1f} %")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="timed steps of each network")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--models", default=",".join(MODELS.names), help="names, separated by commas")
    options = parser.parse_args()
    found = configurations(tuple(options.models.split(",")))
    prepare_process(next(iter(found.values())), options.threads)
    measured = [prepared(label, config, options.batch) for label, config in found.items()]
    measure(measured, options.rounds, options.batch)


if __name__ == "__main__":
    main()
