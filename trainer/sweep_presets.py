"""Sweeps that answer a question, ready to launch: name, notes, base, axes and baselines. Imports no torch.

A baseline overrides the base and follows the seeds alone (trainer.sweep), so a variant of one change costs
one run a seed. The values are found by trial: each comment says what they show.
"""

from typing import Any

SWEEP_PRESETS: dict[str, dict[str, Any]] = {
    "dead_relu": {
        "name": "dead ReLU",
        "notes": "When units die and recover: learning rate, and one change at a time at rate 0.06.",
        "base": {
            "data": {"dataset": "shapes10", "imbalance": "none", "max_train_per_class": 150},
            "model": {"width": 16, "batch_norm": False},
            "optim": {"epochs": 6, "milestones": [4], "learning_rate": 0.06},
        },
        # at 0.01 no channel dies, at 0.06 some do, at 0.2 most, and a seed may diverge
        "axes": {"optim.learning_rate": [0.01, 0.03, 0.06, 0.1, 0.2], "seed": [0, 1]},
        "baselines": [
            {"model.batch_norm": True},
            {"model.batch_norm": True, "optim.learning_rate": 0.2},
            {"model.activation": "leaky_relu"},
            # a slightly negative start recovers; a more negative one leaves the last layers without gradient
            {"model.initial_bias": -0.05},
            {"model.initial_bias": -0.2},
            # batch norm keeps a unit in reach whatever its shift
            {"model.initial_bias": -1.0, "model.batch_norm": True},
            {"model.width": 4},
            {"model.width": 32},
        ],
    },
}
