"""Types of the view of dead units: by setting and layer over the epochs, and what they show in sentences.

dead_relu.fill fills them. A share is a fraction 0..1 and, of a setting, the mean over its runs.
"""

from typing import Any

from app.comparing.parts import Spread
from app.views.base import View
from trainer.metrics.fields import Figure


class UnitPoint(View):
    """After one epoch: share of dead units and of zero activations, and of how many runs this is the mean."""

    epoch: int
    dead: Figure
    zeros: Figure
    n: int


class LayerUnits(View):
    """One activation layer over the epochs.

    `layer` is "relu1" and so on from image to logits, `place` says which that is. first, largest and last are
    shares of dead units; the largest is the earliest such epoch's. `recovered` says that the last share is
    below the largest, None where nothing was ever dead. `zeros` are zero activations at the last epoch.
    """

    layer: str
    place: str
    points: tuple[UnitPoint, ...]
    first: Figure
    largest: Figure
    largest_epoch: int | None
    last: Figure
    recovered: bool | None
    zeros: Figure


class SettingUnits(View):
    """A setting over its seeds: `n` runs are counted; `ended_early` of them failed or were stopped.

    `accuracy` is on the test images after each run's last epoch.
    """

    label: str
    setting_hash: str
    config: dict[str, Any]
    run_ids: tuple[int, ...]
    n: int
    ended_early: int
    epochs: tuple[int, ...]
    accuracy: Spread
    layers: tuple[LayerUnits, ...]

    def layer(self, name: str) -> LayerUnits | None:
        """The layer of that name."""
        return next((layer for layer in self.layers if layer.layer == name), None)


class ChangedLayer(View):
    """Dead units of a layer after the last epoch, before and after a change."""

    layer: str
    before: Figure
    after: Figure


class UnitChange(View):
    """Two settings that differ in one field, in words ("Batch norm off → on"), with what both share.

    `before` and `after` are the hashes of the settings, `run_ids` the runs of both.
    """

    field: str
    label: str
    shared: str
    layers: tuple[ChangedLayer, ...]
    before: str
    after: str
    run_ids: tuple[int, ...]
    accuracy_before: Spread
    accuracy_after: Spread
    n_before: int
    n_after: int


class DeadUnits(View):
    """Settings in the order asked for, what is said of them, and the runs that say nothing.

    `without` are runs that finished epochs before dead units were measured; `waiting` have no epoch yet.
    """

    layers: tuple[str, ...]
    settings: tuple[SettingUnits, ...]
    observations: tuple[str, ...]
    changes: tuple[UnitChange, ...]
    without: tuple[int, ...]
    waiting: tuple[int, ...]
