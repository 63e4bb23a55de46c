"""Which pixels of one axis the sliding window of a layer reads."""

import numpy as np
from numpy.typing import NDArray

from app.lab.base.formula.sliding import Sliding

Mask = NDArray[np.bool_]


class Axis(Sliding):
    """A window of a layer, and the pixels that it reads."""

    def read(self, used: Mask | None = None) -> Mask:
        """Which of the `size` pixels the windows at `used` outputs (all by default) read."""
        used = np.ones(self.places, dtype=np.bool_) if used is None else used
        mask = np.zeros(max(self.padded, self.reach + (self.places - 1) * self.stride), dtype=np.bool_)
        for cell in range(self.kernel):
            start = cell * self.dilation
            mask[start : start + (self.places - 1) * self.stride + 1 : self.stride] |= used
        return mask[self.before : self.before + self.size]


def unread_behind(mask: Mask) -> int:
    """Unread pixels at the far end."""
    read = np.flatnonzero(mask)
    return len(mask) - 1 - int(read[-1]) if read.size else len(mask)
