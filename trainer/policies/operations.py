"""The operations of RandAugment and AutoAugment on uint8 images. Imports no torch until one is done.

Ranges are the published ones as torchvision has them. Pixels from beyond the edge are black, as a crop's are.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from torch import Tensor

Operation = Literal["Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness",
                    "Color", "Contrast", "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
                    "Invert"]  # fmt: skip
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
SIGNED: frozenset[Operation] = frozenset({"ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate",
                                          "Brightness", "Color", "Contrast", "Sharpness"})  # fmt: skip
"""Those that go either way, each by chance 1/2."""
_FARTHEST = 150 / 331
"""Of a side, as far as images are moved: 150 pixels of the 331 of the paper's."""


def operate(name: Operation, amount: float, images: "Tensor") -> "Tensor":
    """Images uint8 [B, 3, H, W] changed by an operation; `amount` is a part of its range, -1 to 1."""
    from torchvision.transforms.v2 import functional as vision

    height, width = images.shape[2:]
    blend = 1 + 0.9 * amount
    slope = math.degrees(math.atan(0.3 * amount))
    by_name: dict[Operation, Callable[[], Tensor]] = {
        "Identity": lambda: images,
        "ShearX": lambda: vision.affine(images, 0, [0, 0], 1, [slope, 0], center=[0, 0]),
        "ShearY": lambda: vision.affine(images, 0, [0, 0], 1, [0, slope], center=[0, 0]),
        "TranslateX": lambda: vision.affine(images, 0, [int(_FARTHEST * amount * width), 0], 1, [0, 0]),
        "TranslateY": lambda: vision.affine(images, 0, [0, int(_FARTHEST * amount * height)], 1, [0, 0]),
        "Rotate": lambda: vision.rotate(images, 30 * amount),
        "Brightness": lambda: vision.adjust_brightness(images, blend),
        "Color": lambda: vision.adjust_saturation(images, blend),
        "Contrast": lambda: vision.adjust_contrast(images, blend),
        "Sharpness": lambda: vision.adjust_sharpness(images, blend),
        "Posterize": lambda: vision.posterize(images, 8 - round(4 * amount)),
        "Solarize": lambda: vision.solarize(images, 255 * (1 - amount)),
        "AutoContrast": lambda: vision.autocontrast(images),
        "Equalize": lambda: vision.equalize(images),
        "Invert": lambda: vision.invert(images),
    }
    return by_name[name]()
