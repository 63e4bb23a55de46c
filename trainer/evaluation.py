"""Evaluate a network on a split: unweighted softmax cross-entropy, the confusion matrix, and every logit.

On the test set it also counts the units that are never active, in the same pass.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from trainer.data.loader import ImageSet
from trainer.dead_relu import UnitCounts, watched
from trainer.metrics.outcome import Confusion, confusion_matrix
from trainer.models.network import Network
from trainer.prediction_file import Answers

_BATCH_ON_CPU = 100
_BATCH_ON_ACCELERATOR = 1000


@dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy over the split (not finite where the network diverged; None without images)."""

    loss: float | None
    confusion: Confusion
    answers: Answers

    @property
    def diverged(self) -> bool:
        """Whether there are images, but no finite loss."""
        return self.loss is not None and not math.isfinite(self.loss)


@dataclass(frozen=True)
class Evaluations:
    """A network on validation (None without a split) and test; `layers` are its activations on test."""

    validation: Evaluation | None
    test: Evaluation
    layers: Mapping[str, UnitCounts | None]


def evaluate_splits(
    network: Network, validation: ImageSet | None, test: ImageSet, classes: int
) -> Evaluations:
    """`network`, a folded one, on every image of both splits, each once."""
    held_out = evaluate(network, validation, classes) if validation else None
    with watched(network) as tallies:
        on_test = evaluate(network, test, classes)
    return Evaluations(held_out, on_test, {name: tally.counts() for name, tally in tallies.items()})


@torch.inference_mode()
def evaluate(network: nn.Module, images: ImageSet, classes: int) -> Evaluation:
    """Predict every image as the argmax of its logits. `network` is a folded one.

    100 images at once keep a layer's output in the CPU's cache; the loss is summed in double precision.
    """
    size = _BATCH_ON_CPU if images.pixels.device.type == "cpu" else _BATCH_ON_ACCELERATOR
    losses, logits = [images.scale.new_zeros(1)], [images.scale.new_empty(0, classes)]
    for pixels, labels in images.batches(size):
        logits.append(network(pixels))
        losses.append(F.cross_entropy(logits[-1], labels, reduction="sum").unsqueeze(0))
    loss = torch.cat(losses).cpu().double().sum().item() / len(images) if len(images) else None
    everything = torch.cat(logits)
    truth, guesses = images.labels.cpu().numpy(), everything.argmax(dim=1).cpu().numpy()
    answers = Answers(everything.cpu().numpy(), guesses, truth)
    return Evaluation(loss, confusion_matrix(truth, guesses, classes), answers)
