"""A window that slides along one axis: how far it reaches, and how often it fits. No numpy here.

What the pixels are that it meets is said by `conv_matrix.formula.geometry` and `layers.formula.axis`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sliding:
    """Window of `kernel` cells, `dilation` apart, moving by `stride` over `before` + `size` + `after`."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self) -> int:
        """Pixels from the first to the last that one window covers."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """Input pixels with the pads."""
        return self.before + self.size + self.after

    @property
    def places(self) -> int:
        """Positions of the window: floor((padded - reach) / stride) + 1; below 1 where it does not fit."""
        return (self.padded - self.reach) // self.stride + 1

    @property
    def dropped(self) -> int:
        """Rows or columns at the end of the padded input that the floor of `places` drops."""
        return (self.padded - self.reach) % self.stride


def same_pads(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Pads for ceil(size / stride) places, the odd one after (TensorFlow's rule; torch's at stride 1)."""
    reach = Sliding(size, kernel, stride, dilation, 0, 0).reach
    total = max(0, (-(-size // stride) - 1) * stride + reach - size)
    return total // 2, total - total // 2
