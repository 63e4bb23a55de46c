"""View of a configuration before it runs: what will happen, and what is refused."""

from typing import Any

from app.views.base import View
from trainer.metrics.fields import Figure


class PreviewClass(View):
    """A class as the run would see it; `effective_number` null where beta does not apply.

    views: how often an epoch shows each of its training images, on average over the epochs; null where the
    sampler does not say.
    """

    name: str
    available: int
    train_count: int
    validation_count: int
    test_count: int
    effective_number: Figure
    weight: Figure
    views: Figure = None


class FirstStagePreview(View):
    """What a second stage would train upon: a run that is there, or one that is queued before it."""

    run_id: int | None
    """Null where there is none as yet."""
    state: str | None
    estimated_seconds: Figure = None
    """Of the one that is queued before it; null before anything was measured."""


class SettingNumbers(View):
    """What a setting has by class, in the data set's order of classes.

    what: "weights", "views" (of a training image in an epoch, where images are not drawn alike), or what its
    loss calls it, such as "margins".
    """

    label: str
    what: str
    numbers: tuple[float, ...]


class Preview(View):
    """The resolved configuration and its consequences. Seconds are null before anything was measured.

    Of a run with a second stage they are those of that stage, which alone it trains.
    """

    config: dict[str, Any]
    config_hash: str
    dataset_ready: bool
    dataset_note: str
    source: str
    """Which images the data set holds."""
    classes: tuple[PreviewClass, ...]
    by_class: dict[str, tuple[float, ...]]
    """What else the loss has by class, such as margins or offsets, in the order of the classes."""
    achieved_ratio: Figure
    images_per_epoch: int
    steps_per_epoch: int
    learning_rates: tuple[float, ...]
    """One per epoch."""
    mean_weight: float
    """E[w], by which class weights multiply the loss: of a training image, as applied; 1 without weights,
    under mean_one and under weighted_mean."""
    effective_rate: float
    """Learning rate x mean weight. Approximate: focal's own factor and the classes' unequal gradients are not
    in it."""
    parameters: int
    multiply_adds: int
    """Of one image's forward pass."""
    estimated_seconds: Figure
    warnings: tuple[str, ...]
    """What a careful colleague would say: beta without effect at these counts, a tail of few images, ..."""
    equal_runs: tuple[int, ...]
    """Ids of runs with the same configuration on the same images."""
    first_stage: FirstStagePreview | None = None
    """Null for a run of one stage."""

    @property
    def is_resampled(self) -> bool:
        """Whether what the run itself trains draws some images more often than others."""
        stage, first = self.config["second_stage"], self.config["sampling"]["name"]
        return bool((first if stage["name"] == "none" else stage["sampler"] or "instance") != "instance")
