"""What a policy of augmentation is: an entry that builds what changes the images. Imports no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from trainer.registry import Entry, F

if TYPE_CHECKING:
    from torch import Generator, Tensor

ChangeImages = Callable[["Tensor", "Generator"], None]
"""Pixels uint8 [B, H, W, 3] on any device, changed in place, each image by draws of its own.

All chance comes from the CPU generator, which is that of the epoch.
"""


@dataclass(frozen=True, kw_only=True)
class PolicyContext(Generic[F]):
    """What a policy may depend on; neutral: the mean colour of the training images, uint8 [3]."""

    fields: F
    neutral: "Tensor"


@dataclass(frozen=True, kw_only=True)
class Policy(Entry[F]):
    """A policy that a run may name; it builds None where nothing is changed."""

    build: Callable[[PolicyContext[F]], ChangeImages | None]
