"""A network that is trained on with a new last layer, on few images."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from trainer.assembly import build_sgd, set_learning_rate
from trainer.config import OptimConfig
from trainer.config_sections import SamplingConfig
from trainer.data.loader import ImageSet, TrainingBatches
from trainer.models.network import Network
from trainer.sampling import sampling_of
from trainer.schedules import learning_rates

RECIPE = OptimConfig(epochs=30, batch_size=32, learning_rate=0.01, schedule="cosine")
"""SGD with the usual momentum and decay; images are cropped and mirrored."""


def finetuned(
    network: Network, images: ImageSet, classes: int, seed: int, stop: Callable[[], bool]
) -> Network | None:
    """`network` with a new last layer for `classes`, all of it trained on `images`; None once stopped."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    network.replace_head(nn.Linear(network.head.in_features, classes).to(images.labels.device))
    counts = torch.bincount(images.labels.cpu(), minlength=classes).tolist()
    batches = TrainingBatches(
        images, sampling_of(SamplingConfig(), counts, RECIPE.epochs), RECIPE.batch_size, True
    )
    optimizer = build_sgd(network, RECIPE, None)
    network.train()
    for epoch, rate in enumerate(learning_rates(RECIPE), 1):
        set_learning_rate(optimizer, rate)
        for pixels, labels, _ in batches.epoch(epoch, generator):
            if stop():
                return None
            optimizer.zero_grad()
            F.cross_entropy(network(pixels), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return network
