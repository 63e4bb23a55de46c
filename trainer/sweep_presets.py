"""Sweeps that answer a question, ready to launch: name, notes, base, axes and baselines. Imports no torch.

A baseline overrides the base and follows the seeds alone (trainer.sweep), so a variant of one change costs
one run a seed. The values are found by trial: each comment says what they show. The base is written out, so
that they show it whatever the defaults are.
"""

from typing import Any

SWEEP_PRESETS: dict[str, dict[str, Any]] = {
    "dead_relu": {
        "name": "dead ReLU",
        "notes": "When units die and recover: learning rate, and one change at a time at rate 0.06.",
        "base": {
            "data": {"dataset": "shapes10", "imbalance": "none", "max_train_per_class": 150,
                     "validation_fraction": 0, "subset_seed": 0, "augment": True},
            "model": {"name": "convnet4", "width": 16, "activation": "relu", "batch_norm": False,
                      "initial_bias": None, "dropout_conv": 0.05, "dropout_fc": 0.10},
            "loss": {"name": "cross_entropy", "weighting": "none"},
            "optim": {"epochs": 6, "batch_size": 64, "learning_rate": 0.06, "momentum": 0.9,
                      "weight_decay": 5e-4, "schedule": "step", "milestones": [4], "decay": 0.1,
                      "warmup_epochs": 0},
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
}  # fmt: skip
