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
from app.comparing.table.sheet import answers_in_full
from app.comparing.view import Comparison
from app.views.preview.view import Preview
from app.views.sweeps.view import SweepDetail
from trainer.config import parse_config
from trainer.control import scaled_to

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
    slowed = scaled_to(parse_config(preview.config), preview.mean_weight or 1.0).optim
    scaled = {"optim.learning_rate": slowed.learning_rate, "optim.weight_decay": slowed.weight_decay}
    return [_PLAIN, _PLAIN | scaled]


def comparison(board: Client, sweep: SweepDetail) -> Comparison:
    """The settings side by side, against plain cross-entropy."""
    view = board.comparison(sweep=sweep.id)
    plain = [row.label for row in view.rows if row.setting_hash == sweep.rows[0].setting_hash]
    return board.comparison(sweep=sweep.id, baseline=plain[0]) if plain else view


def verdict(view: Comparison) -> Sequence[str]:
    """What the comparison says, in words."""
    return answers_in_full(view)
