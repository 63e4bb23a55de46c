"""The network of a second stage: that of the first one, held fast, with another layer for the logits.

Batch norm and dropout are held fast, too: the network stays in eval mode while the layer is trained, as else
the running statistics would move with the second stage's sampling.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from trainer.config import RunConfig
from trainer.data.loader import ImageSet
from trainer.errors import CheckpointError, DataError
from trainer.models.network import Network
from trainer.second_stages import SECOND_STAGES, StageContext

_BATCH = 100


@dataclass(frozen=True)
class FirstStage:
    """What a second stage goes on from: a run's folder, weights by name, the fingerprint of its images."""

    folder: Path
    model: Mapping[str, Tensor]
    fingerprint: str

    def refuse_other_images(self, fingerprint: str, dataset: str) -> None:
        """Raises CheckpointError unless it was trained on the images with this fingerprint."""
        if self.fingerprint != fingerprint:
            raise CheckpointError(
                f"The first stage in {self.folder} was trained on other images than data set {dataset!r} has "
                "now.",
                "Train the first stage again on these images, or bring the former ones back.",
            )


def enter_second_stage(
    config: RunConfig, network: Network, first: FirstStage | None, images: ImageSet
) -> None:
    """Give `network` the first stage's weights and the second one's last layer; only that may be trained.

    images: those of training, where `network` is. Without a `first`, the weights are still to come, as those
    of the run's own checkpoint.
    """
    if first is not None:
        network.load_state_dict(first.model)
    network.requires_grad_(False).eval()
    _put_head(config, network, lambda: class_means(network, images), lambda: class_counts(network, images))


def shape_second_stage(config: RunConfig, network: Network) -> None:
    """Give `network` the second stage's last layer without images: its weights are those of a checkpoint."""
    head = network.head
    _put_head(config, network, lambda: torch.zeros_like(head.weight), lambda: torch.ones(head.out_features))


def _put_head(
    config: RunConfig, network: Network, means: Callable[[], Tensor], counts: Callable[[], Tensor]
) -> None:
    entry, head = SECOND_STAGES[config.second_stage.name], network.head
    context = StageContext(
        fields=entry.fields_of(config.second_stage), head=head, class_means=means, class_counts=counts
    )
    network.replace_head(entry.build(context).to(head.weight.device))


@torch.inference_mode()
def class_means(network: Network, images: ImageSet) -> Tensor:
    """The mean of what reaches the head of `network` in eval mode, by class: float32 [C, D] on its device.

    Summed in double precision. Raises DataError for a class without images.
    """
    head = network.eval().head
    sums = torch.zeros(head.out_features, head.in_features, dtype=torch.float64)
    for pixels, labels in images.batches(_BATCH):
        sums.index_add_(0, labels.cpu(), features_of(network, pixels).cpu().double())
    counts = class_counts(network, images).cpu()
    return (sums / counts.unsqueeze(1)).float().to(head.weight.device)


def class_counts(network: Network, images: ImageSet) -> Tensor:
    """How many images each class has, int64 [C], where `network` is. Raises DataError for a class without."""
    head = network.head
    counts = torch.bincount(images.labels.cpu(), minlength=head.out_features)
    if (counts == 0).any():
        raise DataError(
            f"Class {int((counts == 0).nonzero()[0])} has no training images, and so neither mean nor prior.",
            "Add images of it, or take another second stage.",
        )
    return counts.to(head.weight.device)


def features_of(network: Network, pixels: Tensor) -> Tensor:
    """What reaches the head: images [N, 3, H, W] -> features [N, D]."""
    found: list[Tensor] = []

    def keep(_head: nn.Module, given: tuple[Tensor, ...]) -> None:
        found.append(given[0])

    hook = network.head.register_forward_pre_hook(keep)
    try:
        network(pixels)
    finally:
        hook.remove()
    [features] = found
    return features
