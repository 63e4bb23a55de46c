"""Pictures as targets: numbers from 0 to 1, channels first."""

import numpy as np

from trainer.data.cache import Images
from trainer.data.shapes import Floats

BRIGHTNESS = "brightness (0 to 1)"
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue (ITU-R BT.601)."""


def as_map(images: Images) -> Floats:
    """uint8 [N, H, W, 3] -> float32 [N, 3, H, W], 0 to 1."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32) / np.float32(255)


def luma(images: Images) -> Floats:
    """How light each pixel is, 0 to 1: uint8 [N, H, W, 3] -> float32 [N, H, W]."""
    light: Floats = images @ _LUMA / np.float32(255)
    return light
