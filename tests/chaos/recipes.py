"""Short runs of many kinds: drawn from what the registries hold, on few images and a small network."""

import random
from typing import Any

from trainer.config import RunConfig, config_hash, parse_config
from trainer.config_fields import choices
from trainer.errors import ConfigError

EPOCHS = (3, 6)
PLAIN = 0.6
"""Share of the settings in which a choice beside the loss stays at what does nothing."""


def drawn(number: int, chance: random.Random) -> list[RunConfig]:
    """So many settings, no two of them the same experiment."""
    found: dict[str, RunConfig] = {}
    while len(found) < number:
        try:
            config = parse_config(_fields(chance))
        except ConfigError:  # some choices exclude each other
            continue
        found.setdefault(config_hash(config), config)
    return list(found.values())


def _fields(chance: random.Random) -> dict[str, Any]:
    epochs = chance.randint(*EPOCHS)
    imbalance = {"imbalance": chance.choice(("exp", "step")), "imbalance_ratio": 5}
    return {
        "seed": chance.randrange(1000),
        "data": {
            **imbalance,
            "max_train_per_class": chance.choice((40, 60, 80)),
            "subset_seed": chance.randrange(3),
            "augment": chance.random() < 0.5,
            "validation_fraction": chance.choice((0, 0.05)),
        },
        "model": {"width": 4, "dropout_conv": chance.choice((0, 0.1)), "dropout_fc": chance.choice((0, 0.3))},
        "loss": {
            "name": chance.choice(choices("loss.name")),
            "weighting": _choice("loss.weighting", chance, but=("by_hand",)),
        },
        "sampling": {"name": _choice("sampling.name", chance)},
        "mixing": {"name": _choice("mixing.name", chance)},
        "policy": {"name": _choice("policy.name", chance)},
        "optim": {
            "epochs": epochs,
            "batch_size": chance.choice((16, 32)),
            "learning_rate": chance.choice((0.01, 0.02)),
            "momentum": chance.choice((0, 0.9)),
            "warmup_epochs": chance.choice((0, 1)),
            **chance.choice(({"schedule": "cosine"}, {"schedule": "step", "milestones": [epochs - 1]})),
        },
        "precision": chance.choice(("fp32", "fp32", "bf16")),
        "device": "cpu",
        "threads": 1,
    }


def _choice(path: str, chance: random.Random, but: tuple[str, ...] = ()) -> str:
    words = [word for word in choices(path) if word not in but]
    plain = [word for word in words if word in ("none", "instance")]
    return chance.choice(plain if chance.random() < PLAIN else words)
