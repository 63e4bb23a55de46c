"""Fills the view of a configuration before it runs: counts, weights, rates, cost, and warnings."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.runs.sweep_checks import network_spec, planned
from app.settings import Settings
from app.store import runs as run_store
from app.store import workers
from app.views.other_images import set_apart
from app.views.preview.view import Preview, PreviewClass, SettingNumbers
from app.views.preview.warnings import warnings_about
from app.views.rates import mean_weight_of
from trainer.config import ModelConfig, RunConfig, as_json, config_hash
from trainer.losses import numbers_by_class
from trainer.sampling import Sampling, images_and_steps, sampling_of
from trainer.schedules import learning_rates

if TYPE_CHECKING:
    from trainer.data.longtail import SplitPlan
    from trainer.data.sources import DatasetInfo


Pace = Callable[[str, ModelConfig, int, int], float | None]
"""(data set, model, classes, side of an image) -> measured seconds of an epoch per training image."""


def preview(session: Session, settings: Settings, config: RunConfig) -> Preview:
    """What a run of `config` would do, and the runs before it that equal it.

    Raises InvalidError, naming data.dataset, as `check_data` does.
    """
    view = setting_preview(settings, config, partial(workers.seconds_per_image, session))
    earlier = set_apart(session, {view.config_hash: view.source})
    equal = tuple(run_store.equal_runs(session, view.config_hash, view.source))
    return view.model_copy(update={"equal_runs": equal, "warnings": (*earlier, *view.warnings)})


def setting_preview(settings: Settings, config: RunConfig, pace: Pace) -> Preview:
    """The preview of `config` without a look at earlier runs. Raises InvalidError as `check_data` does.

    pace: measured seconds; whoever looks at many configurations remembers its answers.
    """
    info, plan = planned(config, settings.datasets_dir)
    spec = network_spec(config, info)
    stored = as_json(config)
    mean = mean_weight_of(stored, plan.train_counts)
    sampling = sampling_of(config.sampling, plan.train_counts, config.optim.epochs)
    images, steps = images_and_steps(sampling.images, config.optim.batch_size)
    classes = _classes(config, info, plan, sampling)
    return Preview(
        config=stored,
        config_hash=config_hash(config),
        dataset_ready=info.ready,
        dataset_note=info.note,
        source=info.source,
        classes=classes,
        by_class={name: tuple(row) for name, row in numbers_by_class(config.loss, plan.train_counts).items()},
        achieved_ratio=plan.achieved_ratio,
        images_per_epoch=images,
        steps_per_epoch=steps,
        learning_rates=learning_rates(config.optim),
        mean_weight=mean,
        effective_rate=config.optim.learning_rate * mean,
        parameters=spec.parameters,
        multiply_adds=spec.multiply_adds,
        estimated_seconds=_estimate(pace, config, info, images),
        warnings=(*info.warnings, *plan.warnings, *warnings_about(config, classes)),
        equal_runs=(),
    )


def numbers_of(view: Preview, label: str) -> tuple[SettingNumbers, ...]:
    """What tells the classes of a setting apart: weights, numbers of its loss, views where it resamples."""
    columns: dict[str, list[float | None]] = {"weights": [cls.weight for cls in view.classes]}
    columns |= {name: list(row) for name, row in view.by_class.items()}
    if view.config["sampling"]["name"] != "instance":
        columns["views"] = [cls.views for cls in view.classes]
    whole = {name: [value for value in row if value is not None] for name, row in columns.items()}
    return tuple(
        SettingNumbers(label=label, what=name, numbers=tuple(row))
        for name, row in whole.items()
        if len(row) == len(view.classes) and len(set(row)) > 1
    )


def planned_mean_weight(config: RunConfig, datasets_dir: Path) -> float:
    """E[w] of a run of `config`, as its preview has it. Raises InvalidError as `check_data` does."""
    _, plan = planned(config, datasets_dir)
    return mean_weight_of(as_json(config), plan.train_counts)


def _classes(
    config: RunConfig, info: "DatasetInfo", plan: "SplitPlan", sampling: Sampling
) -> tuple[PreviewClass, ...]:
    from trainer.class_balance import effective_numbers
    from trainer.weighting import applied_weights, weighted_epochs

    none = [None] * len(info.class_names)
    beta = config.loss.beta
    numbers = none if beta is None else effective_numbers(plan.train_counts, beta).tolist()
    shares = sampling.mean_shares(weighted_epochs(config))
    weights = applied_weights(plan.train_counts, config.loss, shares) or none
    views = sampling.views(plan.train_counts, range(1, config.optim.epochs + 1)) or none
    counts = (info.train_counts, plan.train_counts, plan.validation_counts, info.test_counts)
    rows = zip(info.class_names, *counts, numbers, weights, views, strict=True)
    return tuple(PreviewClass(**dict(zip(PreviewClass.model_fields, row, strict=True))) for row in rows)


def _estimate(pace: Pace, config: RunConfig, info: "DatasetInfo", images: int) -> float | None:
    """Seconds of the whole run, by epochs measured here; None before any was."""
    seconds = pace(config.data.dataset, config.model, len(info.class_names), info.image_size)
    return None if seconds is None else seconds * images * config.optim.epochs
