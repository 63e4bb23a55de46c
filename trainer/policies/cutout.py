"""Cutout: a square of each image takes the mean colour."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from trainer.config_section import Section, about
from trainer.policies.entry import Policy, PolicyContext

if TYPE_CHECKING:
    from torch import Generator, Tensor


class CutoutFields(Section):
    """What only this policy has."""

    size: Annotated[
        int,
        about("Square", "its side; published: 16 for CIFAR-10, 8 for CIFAR-100",
              "a square has at least one pixel", "pixels", short="square", rare=True, ge=1, le=1024),
    ] = 16  # fmt: skip


@dataclass(frozen=True)
class Cutout:
    """Erases a square around some pixel of each image; it may reach over the edge."""

    size: int
    neutral: "Tensor"

    def __call__(self, pixels: "Tensor", generator: "Generator") -> None:
        """Erase a square of each image."""
        import torch

        count, height, width, _ = pixels.shape
        rows = self._within(torch.randint(height, (count, 1), generator=generator), height)
        columns = self._within(torch.randint(width, (count, 1), generator=generator), width)
        square = (rows.unsqueeze(2) & columns.unsqueeze(1)).to(pixels.device)
        pixels.copy_(torch.where(square.unsqueeze(3), self.neutral, pixels))

    def _within(self, middle: "Tensor", length: int) -> "Tensor":
        """Which places of a side are in the square: bool [B, length]."""
        import torch

        first, places = middle - self.size // 2, torch.arange(length)
        return (places >= first) & (places < first + self.size)


def _build(context: PolicyContext[CutoutFields]) -> Cutout:
    return Cutout(context.fields.size, context.neutral)


POLICY = Policy(
    name="cutout",
    title="cutout",
    short="cutout",
    about="cutout: a square of each image takes the mean colour",
    source="DeVries and Taylor 2017",
    fields=CutoutFields,
    build=_build,
)
