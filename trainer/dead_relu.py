"""How many units a network has lost, and how sparse it is: two shares for each of its activations.

    dead_units        share of units whose activation is zero for every image. A unit is a channel over all
                      its positions after a convolution, a feature after a linear layer.
    zero_activations  share of all activations (unit x position x image) that are zero. About a half is usual
                      in a healthy network; it says nothing about dead units.

A network names its activations, from image to logits: of convnet4, relu1 to relu4 end the convolution blocks
1 to 4, and relu5 the first linear layer; of a residual network, relu1 follows the first convolution and the
others end the stages, where a channel is dead whose sum over the blocks is never positive. They keep these
names under leaky ReLU, whose activations are zero only where what goes in is: there both shares are 0.
convnet4 pools before it activates. A maximum over windows is zero exactly where all of a window's activations
would be, so dead units are what they would be without pooling, but zero activations are counted after it,
and are fewer.

The counts ride along with a pass that is made anyway, and are whole numbers, so that the size of a batch
changes nothing. An activation that is not a number is not zero; what a diverged network's shares are worth
is the caller's to say.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.models.network import Network


@dataclass(frozen=True)
class UnitCounts:
    """One activation layer over a split: units, those never active, activations, and how many are zero."""

    units: int
    dead: int
    activations: int
    zeros: int


class LayerTally:
    """Counts the activations of each unit that are not zero, batch by batch, where the images are."""

    def __init__(self) -> None:
        self._active: Tensor | None = None
        self._seen = 0

    def add(self, activations: Tensor) -> None:
        """Of [N, C, H, W] or [N, C] activations. Summed in float32, exact up to 2^24 of a unit in a batch.

        The comparison is written as 0.0 or 1.0 because torch sums truth values three times as slowly. Half
        precision would round the sum itself: bfloat16 holds no odd number beyond 256.
        """
        rows = activations.movedim(1, -1).reshape(-1, activations.shape[1])
        precise = torch.promote_types(rows.dtype, torch.float32)
        active = torch.ne(rows, 0, out=torch.empty_like(rows)).sum(0, dtype=precise).long()
        self._active = active if self._active is None else self._active + active
        self._seen += len(rows)

    def counts(self) -> UnitCounts | None:
        """What was counted; None before the first image."""
        if self._active is None or self._seen == 0:
            return None
        active = self._active.tolist()
        activations = len(active) * self._seen
        return UnitCounts(len(active), active.count(0), activations, activations - sum(active))


@contextmanager
def watched(network: Network) -> Iterator[Mapping[str, LayerTally]]:
    """Within it, whatever goes through `network` is counted: a tally for each activation that it names."""
    layers = network.activations()
    tallies = {name: LayerTally() for name in layers}
    hooks = [
        layer.register_forward_hook(lambda _layer, _given, made, tally=tallies[name]: tally.add(made))
        for name, layer in layers.items()
    ]
    try:
        yield tallies
    finally:
        for hook in hooks:
            hook.remove()


def unit_scalars(layers: Mapping[str, UnitCounts | None], diverged: bool) -> Mapping[str, float | None]:
    """Each layer's shares, 0..1, under "dead_units/relu1", "zero_activations/relu1" and so on.

    None without images, and in every layer where the network diverged: a unit that overflowed is not dead.
    """
    known = {name: None if diverged else counts for name, counts in layers.items()}
    dead = {
        f"dead_units/{name}": layer.dead / layer.units if layer else None for name, layer in known.items()
    }
    zeros = {
        f"zero_activations/{name}": layer.zeros / layer.activations if layer else None
        for name, layer in known.items()
    }
    return dead | zeros
