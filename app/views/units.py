"""Activations as stored scalars name them, and in words; trainer.dead_relu says what a unit is."""

import re
from collections.abc import Mapping
from typing import Any

from trainer.models import MODELS

DEAD, ZEROS = "dead_units/", "zero_activations/"
"""Keys of scalars begin so, and end with the activation."""


def place(layer: str, model: Mapping[str, Any]) -> str:
    """Where this activation of a run's `model` is, in words; its name where the model says nothing."""
    known = MODELS.get(model["name"])
    return known.places(model).get(layer, layer) if known else layer


def in_order(layer: str) -> tuple[str, int]:
    """A key that sorts "relu2" before "relu10"."""
    word, number = re.fullmatch(r"(.*?)(\d*)", layer, re.DOTALL).groups()  # type: ignore[union-attr]
    return word, int(number or 0)
