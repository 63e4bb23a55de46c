"""Activations as stored scalars name them, and in words; trainer.dead_relu says what a unit is."""

DEAD, ZEROS = "dead_units/", "zero_activations/"
"""Keys of scalars begin so, and end with the activation."""


def place(layer: str, depth: int) -> str:
    """Which of `depth` activations it is, in words: convnet4's last one is the linear layer's."""
    return "linear layer" if depth_of(layer) == depth else f"convolution block {depth_of(layer)}"


def depth_of(layer: str) -> int:
    """2 for "relu2"."""
    return int(layer.removeprefix("relu"))
