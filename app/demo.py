"""The demo: one sweep on shapes10 that asks whether the loss or its learning rate lifts the tail.

Class-balanced focal loss against cross-entropy, and against cross-entropy slowed down as much as the weights
slow the other one: three settings, five seeds each. Over the client alone; drawing is up to the callers
(app.cli.demo), the numbers and the verdict are those of the comparison view.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from app.client import Client
from app.views.compare import Comparison
from app.views.preview import Preview
from app.views.sweeps import SweepDetail

TAG = "demo"
BASE: dict[str, Any] = {
    "data": {"dataset": "shapes10", "validation_fraction": 0.1},
    "model": {"width": 16},
    "loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.997},
    "optim": {"epochs": 6, "milestones": [4, 5]},
}
"""Six epochs of fifteen such runs are about a minute and a half on two cores."""
SEEDS = (0, 1, 2, 3, 4)

_PLAIN = {"loss.name": "cross_entropy", "loss.weighting": "none"}


def launch(board: Client) -> SweepDetail:
    """The demo's sweep: the one from before, with what broke in it queued again, or a new one."""
    preview = board.validate(BASE)
    asked: dict[str, Any] = {"base": BASE, "axes": {"seed": list(SEEDS)}, "baselines": baselines(preview)}
    known = hashlib.sha256(json.dumps([asked, preview.source]).encode()).hexdigest()
    sweep = board.launch_sweep(**asked, name="demo", tags=[TAG], idempotency_key=f"demo {known}")
    return board.retry_sweep(sweep.id) if "retry" in sweep.moves else sweep


def baselines(preview: Preview) -> list[dict[str, Any]]:
    """Cross-entropy; and cross-entropy times the mean weight of a training image, E[w], of the base.

    For gradient descent that is rate x E[w] with weight decay / E[w], as decay is no part of the loss.
    """
    mean = mean_weight(preview)
    optim = preview.config["optim"]
    rate, decay = optim["learning_rate"] * mean, optim["weight_decay"] / mean
    slowed = {"optim.learning_rate": float(f"{rate:.3g}"), "optim.weight_decay": float(f"{decay:.3g}")}
    return [_PLAIN, _PLAIN | slowed]


def mean_weight(preview: Preview) -> float:
    """E[w]: the loss weight of a training image, averaged over the training images."""
    images = sum(row.train_count for row in preview.classes)
    return (
        sum(row.train_count * (1 if row.weight is None else row.weight) for row in preview.classes) / images
    )


def comparison(board: Client, sweep: SweepDetail) -> Comparison:
    """The settings side by side, against plain cross-entropy."""
    view = board.comparison(sweep=sweep.id)
    plain = [row.label for row in view.rows if row.setting_hash == sweep.rows[0].setting_hash]
    return board.comparison(sweep=sweep.id, baseline=plain[0]) if plain else view


def verdict(view: Comparison) -> Sequence[str]:
    """What the comparison says, in words."""
    said = getattr(view, "verdicts", ()) or view.observations
    return [one.text for one in said]
