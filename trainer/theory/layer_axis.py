"""A sliding window along one axis: how often it fits, and which pixels it reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Axis:
    """Window of `kernel` cells, `dilation` apart, moving by `stride` over `before` + `size` + `after`."""

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def span(self) -> int:
        """Pixels from the window's first to its last cell, both counted."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        """The input with its padding."""
        return self.before + self.size + self.after

    @property
    def output(self) -> int:
        """Positions of the window: floor((padded - span) / stride) + 1; below 1 where it does not fit."""
        return (self.padded - self.span) // self.stride + 1

    def read(self, used: Mask | None = None) -> Mask:
        """Which of the `size` pixels the windows at `used` outputs (all by default) read."""
        used = np.ones(self.output, dtype=np.bool_) if used is None else used
        mask = np.zeros(max(self.padded, self.span + (self.output - 1) * self.stride), dtype=np.bool_)
        for cell in range(self.kernel):
            start = cell * self.dilation
            mask[start : start + (self.output - 1) * self.stride + 1 : self.stride] |= used
        return mask[self.before : self.before + self.size]


def same_pads(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Pads that make the output ceil(size / stride); the odd one behind. At stride 1 they are torch's own."""
    wanted = -(-size // stride)
    total = max((wanted - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def unread_behind(mask: Mask) -> int:
    """Unread pixels at the far end."""
    read = np.flatnonzero(mask)
    return len(mask) - 1 - int(read[-1]) if read.size else len(mask)
