"""Presets: overrides of the defaults under a name.

`smoke` and `recommended` follow the defaults; the others are recipes, written out, so that each stays what it
is when a default moves. Of a recipe's loss, also what has no effect until somebody weights the classes or
takes the focal loss. Imports nothing.
"""

from typing import Any

_LOSS: dict[str, Any] = {
    "name": "cross_entropy", "weighting": "none", "beta": 0.997, "gamma": 1.5, "probability": "softmax",
    "reduction": "batch_mean", "weights_from": 1, "label_smoothing": 0.0, "power": 0.5, "class_weights": [],
}  # fmt: skip
_CONVNET4: dict[str, Any] = {
    "name": "convnet4", "width": 32, "blocks": [1, 2, 4, 8], "kernel": 3, "pool": 2, "activation": "relu",
    "batch_norm": True, "initial_bias": None, "dropout_conv": 0.05, "dropout_fc": 0.10,
}  # fmt: skip
_AS_DRAWN: dict[str, Any] = {
    "sampling": {"name": "instance", "from_epoch": 1},
    "policy": {"name": "none"},
    "mixing": {"name": "none"},
    "second_stage": {"name": "none"},
    "seed": 0,
    "precision": "fp32",
}
_CIFAR_LT: dict[str, Any] = {
    "dataset": "cifar10", "imbalance": "exp", "imbalance_ratio": 100, "validation_fraction": 0,
    "validation_rule": "balanced", "subset_seed": 0, "max_train_per_class": None,
}  # fmt: skip

PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {"optim": {"epochs": 2, "milestones": [1]}},
    "quick": {
        "data": {"dataset": "shapes10", "imbalance": "exp", "imbalance_ratio": 20, "validation_fraction": 0,
                 "validation_rule": "balanced", "subset_seed": 0, "augment": True,
                 "max_train_per_class": 200},
        "model": _CONVNET4 | {"width": 16},
        "loss": _LOSS,
        "optim": {"epochs": 4, "batch_size": 32, "learning_rate": 0.02, "momentum": 0.9, "nesterov": False,
                  "weight_decay": 5e-4, "schedule": "step", "milestones": [3], "decay": 0.1,
                  "warmup_epochs": 0, "continued_after": []},
        **_AS_DRAWN,
    },
    "recommended": {
        "data": {"validation_fraction": 0.1},
        "optim": {"epochs": 10, "learning_rate": 0.02, "schedule": "step", "milestones": [6, 8]},
    },
    "paper": {
        "data": _CIFAR_LT | {"augment": True},
        "model": _CONVNET4 | {"name": "resnet_cifar", "depth": 32},
        "loss": _LOSS,
        "optim": {"epochs": 200, "batch_size": 128, "learning_rate": 0.1, "momentum": 0.9, "nesterov": False,
                  "weight_decay": 2e-4, "schedule": "step", "milestones": [160, 180], "decay": 0.01,
                  "warmup_epochs": 5, "continued_after": []},
        **_AS_DRAWN,
    },
    "write_up": {
        "data": _CIFAR_LT | {"augment": False},
        "model": _CONVNET4,
        "loss": _LOSS,
        "optim": {"epochs": 10, "batch_size": 64, "learning_rate": 0.1, "momentum": 0.9, "nesterov": False,
                  "weight_decay": 5e-4, "schedule": "step", "milestones": [6, 8], "decay": 0.1,
                  "warmup_epochs": 0, "continued_after": []},
        **_AS_DRAWN,
    },
}  # fmt: skip
# recommended: tests/benchmarks/recipe.py. paper: as in the published code of LDAM (Cao et al. 2019), whose
# rate falls to a hundredth at each milestone. write_up leaves augmentation and imbalance ratio open: assumed.
ABOUT = {
    "smoke": "the defaults for 2 epochs: does everything work?",
    "quick": "a first look in seconds: at most 200 images a class, half the width, 4 epochs",
    "recommended": "10 epochs at learning rate 0.02, where plain and class-balanced losses are near their "
    "best; a tenth of the images held out for validation",
    "paper": "ResNet-32 on CIFAR-10-LT at ratio 100 for 200 epochs, as published with LDAM",
    "write_up": "the recipe of the original write-up on CIFAR-10-LT, learning rate 0.1",
}
"""What each preset is for."""
