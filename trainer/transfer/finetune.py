"""A network that is trained on with a new last layer, on few images."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from trainer.config_sections import SamplingConfig
from trainer.data.loader import ImageSet, TrainingBatches
from trainer.models.network import Network
from trainer.sampling import sampling_of

EPOCHS, BATCH, RATE, MOMENTUM, WEIGHT_DECAY = 30, 32, 0.01, 0.9, 5e-4
"""The recipe: SGD whose rate falls by a cosine, images cropped and mirrored."""


def finetuned(
    network: Network, images: ImageSet, classes: int, seed: int, stop: Callable[[], bool]
) -> Network | None:
    """`network` with a new last layer for `classes`, all of it trained on `images`; None once stopped."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network.replace_head(nn.Linear(network.head.in_features, classes).to(images.labels.device))
    counts = torch.bincount(images.labels.cpu(), minlength=classes).tolist()
    batches = TrainingBatches(images, sampling_of(SamplingConfig(), counts, EPOCHS), BATCH, augment=True)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    network.train()
    for epoch in range(1, EPOCHS + 1):
        for pixels, labels, _ in batches.epoch(epoch, generator):
            if stop():
                return None
            optimizer.zero_grad()
            F.cross_entropy(network(pixels), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
    return network
