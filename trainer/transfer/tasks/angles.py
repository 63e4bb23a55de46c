"""Angles as targets: their cosine and sine, in this order, so that a whole turn changes nothing."""

import numpy as np

from trainer.data.shapes import Floats

COS_SIN = ("cos", "sin")


def unit_vectors(angles: Floats) -> Floats:
    """Radians [N] -> float32 [N, 2]."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1, dtype=np.float32)
