"""Loss curves of ten steps: one for each preset, each entry of a registry, each kind of class weights.

A curve comes from the real loop, which is listened to: every loss that a criterion gives is kept, and the run
is stopped after ten. Images are those of shapes10, cut to their middle. The rate is small and nothing is
dropped out, since torch draws that otherwise where it is built without MKL: so a curve is the same on every
CPU, to a part of the tolerance, until somebody changes the arithmetic.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook

from trainer.config import PRESETS, RunConfig, as_json, merge, parse_config
from trainer.config_fields import choices
from trainer.config_sections import PLUGGED
from trainer.data.drawing import SIZE
from trainer.data.sources import DatasetArrays
from trainer.data.synthetic import make_shapes10
from trainer.loop import train
from trainer.losses.criterion import Criterion
from trainer.run_dir import RunDir
from trainer.stages import first_stage_of

STEPS = 10
RATE = 1e-3
SIDE = 20
"""Pixels: about the least that every network takes."""
_DEEP = {"resnet18", "resnet_cifar"}
"""Of 16 pixels, 4 a step, at a hundredth of the rate: they cost most, and at more they multiply rounding."""

_SAME = {
    "data": {"imbalance": "exp", "imbalance_ratio": 6, "validation_fraction": 0},
    "optim": {"epochs": 2, "batch_size": 24, "learning_rate": RATE, "warmup_epochs": 0},
    "device": "cpu",
    "threads": 1,
}
_NOT_DROPPED = {"model": {"dropout_conv": 0.0, "dropout_fc": 0.0}}
_SMALL = {"model": {"name": "mlp", "hidden": 32}}
_NEEDED: Mapping[str, Mapping[str, Any]] = {
    "loss.weighting=by_hand": {"loss": {"class_weights": [0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5]}}
}
"""What a choice needs beside itself."""
_VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "focal over sigmoids": {"loss": {"name": "focal", "probability": "sigmoid"}},
    "smoothing divided by weights": {
        "loss": {"label_smoothing": 0.1, "weighting": "class_balanced", "reduction": "weighted_mean"}
    },
    "weights averaging 1": {"loss": {"weighting": "class_balanced", "reduction": "mean_one"}},
    "deferred weights": {"loss": {"weighting": "inverse_frequency", "weights_from": 2}},
    "deferred sampling": {"sampling": {"name": "class_balanced", "from_epoch": 2}},
    "step": {"optim": {"milestones": [1]}},
    "cosine": {"optim": {"schedule": "cosine"}},
    "warm-up": {"optim": {"warmup_epochs": 2}},
    "nesterov": {"optim": {"nesterov": True}},
    "decay of weights": {"optim": {"weight_decay": 1.0}},
}
"""Arithmetic that no name of a registry stands for."""


def cases() -> Iterator[tuple[str, RunConfig]]:
    """Every golden configuration by its name: a preset, FIELD=CHOICE, or what it is about."""
    for name, preset in PRESETS.items():
        yield f"preset={name}", _configured(preset, _NOT_DROPPED, _few(preset.get("model", {}).get("name")))
    for path in (*PLUGGED, "loss.weighting"):
        section, _, field = path.partition(".")
        for choice in choices(path):
            name = f"{path}={choice}"
            yield name, _of_choice(section, {section: {field: choice}}, _NEEDED.get(name, {}))
    for name, fields in _VARIANTS.items():
        yield name, small(fields)


def small(fields: Mapping[str, Any]) -> RunConfig:
    """These fields on a small network, as all curves but those of networks and presets are."""
    return _configured(_SMALL, fields)


def _of_choice(section: str, *fields: Mapping[str, Any]) -> RunConfig:
    """A choice on the small network; a network in its own width."""
    if section == "second_stage":
        return _configured(_SMALL, *fields, {"optim": {"batch_size": 10}})
    if section != "model":
        return small(merge(*fields))
    name = fields[0]["model"]["name"]
    return _configured(*fields, _few(name), _NOT_DROPPED if name == "convnet4" else {})


def _few(model: str | None) -> Mapping[str, Any]:
    """Images and rate of a deep network."""
    return {"optim": {"batch_size": 4, "learning_rate": RATE / 100}} if model in _DEEP else {}


def _configured(*layers: Mapping[str, Any]) -> RunConfig:
    whole: dict[str, Any] = {}
    for layer in (*layers[:1], _SAME, *layers[1:]):
        whole = merge(whole, layer)
    return parse_config(whole)


def curve(config: RunConfig) -> list[float]:
    """The training loss of each of the first ten steps."""
    return list(_curve(json.dumps(as_json(config), sort_keys=True)))


@cache
def _curve(config: str) -> tuple[float, ...]:
    losses: list[float] = []
    run = parse_config(json.loads(config))
    with tempfile.TemporaryDirectory() as folder:
        run_dir = _entered(run, Path(folder))
        with _Listening(losses.append):
            for _ in train(run, images_of(run), run_dir, lambda: len(losses) >= STEPS):
                pass
    return tuple(losses)


def _entered(run: RunConfig, folder: Path) -> RunDir:
    """The run's folder; of a second stage, behind the first one, which is trained whole."""
    run_dir = RunDir(folder / "run")
    run_dir.create(run)
    if (first := first_stage_of(run)) is not None:
        before = RunDir(folder / "first")
        before.create(first)
        list(train(first, images_of(first), before, lambda: False))
        run_dir.write_first_stage(before.path)
    return run_dir


class _Listening:
    """Is told each loss that a criterion gives."""

    def __init__(self, told: Callable[[float], None]) -> None:
        self._told = told

    def __enter__(self) -> None:
        self._handle = register_module_forward_hook(self._hear)

    def __exit__(self, *_: object) -> None:
        self._handle.remove()

    def _hear(self, module: nn.Module, _: object, output: Tensor) -> None:
        if isinstance(module, Criterion):
            self._told(output.item())


def images_of(config: RunConfig) -> DatasetArrays:
    """What it is trained on here."""
    return _images(16 if config.model.name in _DEEP else SIDE)


@cache
def _images(side: int) -> DatasetArrays:
    """shapes10 of 24 images a class, the middle of each."""
    drawn, middle = make_shapes10(24, 2), slice((SIZE - side) // 2, (SIZE + side) // 2)
    info = replace(drawn.info, image_size=side, mean=(0.5,) * 3, std=(0.25,) * 3)
    return DatasetArrays(
        info,
        np.ascontiguousarray(drawn.train_images[:, middle, middle]),
        drawn.train_labels,
        np.ascontiguousarray(drawn.test_images[:, middle, middle]),
        drawn.test_labels,
    )
