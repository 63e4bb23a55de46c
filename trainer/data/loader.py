"""Images as tensors on the training device, and batches of them; no loader processes.

A split is one uint8 tensor [N, H, W, 3] (which, seen as [N, 3, H, W], is channels-last already). A batch is
cropped by copying whole rows of pixels in one indexing operation, and made float just then: that costs less
than 1 % of a training step and a quarter of the memory of a float copy. Which images are in a split, and
which of them an epoch draws, is not decided here; nor what is done to them beside crops and mirrors.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from trainer.mixing import MixBatch, MixedLabels
from trainer.policies import ChangeImages
from trainer.sampling import Sampling, images_and_steps

CROP_PADDING = 4
Batch = tuple[Tensor, Tensor]
TrainingBatch = tuple[Tensor, Tensor, MixedLabels | None]


@dataclass(frozen=True)
class ImageSet:
    """Pixels uint8 [N, H, W, 3], labels int64 [N]; normalised is value * scale + shift, both [H * W * 3]."""

    pixels: Tensor
    labels: Tensor
    scale: Tensor
    shift: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def neutral(self) -> Tensor:
        """The mean colour, which normalisation takes to 0: uint8 [3]."""
        return (-self.shift / self.scale)[: self.pixels.shape[3]].round().byte()

    def normalised(self, pixels: Tensor) -> Tensor:
        """uint8 [B, H, W, 3] -> float32 [B, 3, H, W], channels-last: (value / 255 - mean) / std."""
        flat = pixels.flatten(1).float().mul_(self.scale).add_(self.shift)
        return flat.view(pixels.shape).permute(0, 3, 1, 2)

    def batches(self, size: int) -> Iterator[Batch]:
        """Every image once, in order, `size` at a time."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield self.normalised(self.pixels[part]), self.labels[part]


def image_set(
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    statistics: tuple[Sequence[float], Sequence[float]],
    device: torch.device,
) -> ImageSet:
    """Copy a split to the device; `statistics` are mean and std by channel, of pixels scaled to 0..1."""
    mean, std = (torch.tensor(values, dtype=torch.float64) for values in statistics)
    std, area = torch.where(std > 0, std, 1.0), pixels.shape[1] * pixels.shape[2]
    return ImageSet(
        torch.from_numpy(np.array(pixels)).to(device),
        torch.from_numpy(np.array(labels, dtype=np.int64)).to(device),
        (1 / (255 * std)).float().repeat(area).to(device),
        (-mean / std).float().repeat(area).to(device),
    )


class TrainingBatches:
    """Batches of a training split as its sampling draws them, one epoch at a time."""

    def __init__(
        self,
        images: ImageSet,
        sampling: Sampling,
        batch_size: int,
        augment: bool,
        change: ChangeImages | None = None,
        mix: MixBatch | None = None,
    ) -> None:
        """`augment`: crop and mirror images; `change` them then; `mix` the batch."""
        self._images = images
        self._sampling = sampling
        self._batch_size = batch_size
        self._augment = augment
        self._change = change
        self._mix = mix
        self._labels = images.labels.cpu()
        self.images_per_epoch, self.steps = images_and_steps(sampling.images, batch_size)
        self._padded = _zero_padded(images.pixels) if augment else images.pixels

    def epoch(self, number: int, generator: torch.Generator) -> "EpochBatches":
        """Epoch `number` with the order, crops, operations and mixtures that the CPU `generator` draws."""
        device = self._images.labels.device
        order = self._sampling.order(self._labels, number, generator)[: self.images_per_epoch].to(device)
        corners = torch.randint(2 * CROP_PADDING + 1, (len(order), 2), generator=generator).to(device)

        def batch(step: int) -> TrainingBatch:
            part = slice(step * self._batch_size, (step + 1) * self._batch_size)
            return self._batch(order[part], corners[part], part.start % 2, generator)

        return EpochBatches(batch, self.steps, generator, device)

    def _batch(self, chosen: Tensor, corners: Tensor, odd: int, generator: torch.Generator) -> TrainingBatch:
        """Every other augmented image is mirrored: as the order is random, each one is by chance 1/2."""
        images = self._images
        if self._augment:
            pixels = _cropped(self._padded, chosen, corners)
            _mirror(pixels[odd::2])
        else:
            pixels = images.pixels.index_select(0, chosen)
        if self._change:
            self._change(pixels, generator)
        batch, labels = images.normalised(pixels), images.labels[chosen]
        if self._mix:
            mixed, others = self._mix(batch, labels, generator)
            return mixed, labels, others
        return batch, labels, None


class EpochBatches:
    """The batches of one epoch, each once; told and set again between two steps, it goes on to the last bit.

    With its place it tells all chance of the epoch: the generator of the batches, and torch's own streams,
    which dropout draws from.
    """

    def __init__(
        self,
        batch: Callable[[int], TrainingBatch],
        steps: int,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        """`batch` makes the batch of a step, from 0 on, with what `generator` draws next."""
        self._batch = batch
        self._steps = steps
        self._generator = generator
        self._device = device
        self._done = 0

    def __iter__(self) -> "EpochBatches":
        return self

    def __next__(self) -> TrainingBatch:
        if self._done == self._steps:
            raise StopIteration
        self._done += 1
        return self._batch(self._done - 1)

    def state(self) -> dict[str, Any]:
        """Where it stands after a whole step, as plain values and tensors."""
        own = {"steps": self._done, "generator": self._generator.get_state(), "torch": torch.get_rng_state()}
        if self._device.type != "cpu":
            own["accelerator"] = torch.get_device_module(self._device).get_rng_state()
        return own

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Stand where `state` was told; a stream of an accelerator that is not here stays as it is."""
        self._done = state["steps"]
        self._generator.set_state(state["generator"])
        torch.set_rng_state(state["torch"])
        if self._device.type != "cpu" and "accelerator" in state:
            torch.get_device_module(self._device).set_rng_state(state["accelerator"])


def _zero_padded(pixels: Tensor) -> Tensor:
    """Black borders of CROP_PADDING pixels: [N, H, W, 3] -> [N, H + 8, W + 8, 3]."""
    return F.pad(pixels, (0, 0, CROP_PADDING, CROP_PADDING, CROP_PADDING, CROP_PADDING))


def _cropped(padded: Tensor, chosen: Tensor, corners: Tensor) -> Tensor:
    """Windows of the original size with top left at `corners` [B, 2] -> uint8 [B, H, W, 3].

    The padded images are seen as one long line of pixels; every row of a window is W of them in a piece.
    """
    count, tall, wide, channels = padded.shape
    height, width = tall - 2 * CROP_PADDING, wide - 2 * CROP_PADDING
    pieces = padded.as_strided((count * tall * wide - width + 1, width * channels), (channels, 1))
    top_left = (chosen * tall + corners[:, 0]) * wide + corners[:, 1]
    rows = top_left.unsqueeze(1) + wide * torch.arange(height, device=padded.device)
    return pieces.index_select(0, rows.flatten()).view(-1, height, width, channels)


def _mirror(pixels: Tensor) -> None:
    """Swap left and right of [B, H, W, 3] in place."""
    pixels.copy_(pixels.flip(2))
