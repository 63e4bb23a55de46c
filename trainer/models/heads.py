"""What a loss asks of the layer that makes the logits, whatever the network. Imports no torch."""

from dataclasses import dataclass, replace
from typing import Literal

from trainer.models.specs import Linear, ModelSpec


@dataclass(frozen=True)
class Head:
    """The last linear layer: as the network has it, or otherwise.

    prior: its bias starts where each sigmoid says 1/C, and is not decayed. cosine: no bias, logits are
    `scale` times the cosine of an image's features and a class's weights.
    """

    kind: Literal["linear", "prior", "cosine"] = "linear"
    scale: float = 1.0


LINEAR = Head()


def headed(spec: ModelSpec, head: Head) -> ModelSpec:
    """The network of `spec` with this head: a cosine has no bias, all else costs the same."""
    if head.kind != "cosine":
        return spec
    at = max(place for place, layer in enumerate(spec.layers) if isinstance(layer.layer, Linear))
    old = spec.layers[at]
    new = replace(old, layer=Linear(old.output[0], bias=False), parameters=old.multiply_adds)
    return replace(spec, layers=(*spec.layers[:at], new, *spec.layers[at + 1 :]))
