"""Fills the view of a configuration before it runs: counts, weights, rates, cost, and warnings."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.runs.sweep_checks import network_spec, planned
from app.settings import Settings
from app.store import runs as run_store
from app.store import workers
from app.store.sweeps import reusable_runs
from app.views.other_images import set_apart
from app.views.preview.view import FirstStagePreview, Preview, PreviewClass, SettingNumbers
from app.views.preview.warnings import counted_twice, warnings_about
from app.views.rates import mean_weight_of
from trainer.config import ModelConfig, RunConfig, as_json, config_hash
from trainer.losses import numbers_by_class
from trainer.sampling import Sampling, images_and_steps, sampling_of
from trainer.stages import first_stage_of, height_of, rates_of, stage_config

if TYPE_CHECKING:
    from trainer.data.longtail import SplitPlan
    from trainer.data.sources import DatasetInfo


Pace = Callable[[str, ModelConfig, int, int], float | None]
"""(data set, model, classes, side of an image) -> measured seconds of an epoch per training image."""


def preview(session: Session, settings: Settings, config: RunConfig) -> Preview:
    """What a run of `config` would do, a second stage by itself, and the runs before it that equal it.

    Raises InvalidError, naming data.dataset, as `check_data` does.
    """
    pace = partial(workers.seconds_per_image, session)
    view = setting_preview(settings, config, pace)
    earlier = set_apart(session, {view.config_hash: view.source})
    equal = tuple(run_store.equal_runs(session, view.config_hash, view.source))
    found: dict[str, Any] = {"equal_runs": equal, "warnings": (*earlier, *view.warnings)}
    first = first_stage_of(config)
    if first is not None:
        found["first_stage"] = _first_stage(session, settings, first, view.source, pace)
    return view.model_copy(update=found)


def _first_stage(
    session: Session, settings: Settings, config: RunConfig, source: str, pace: Pace
) -> FirstStagePreview:
    known = reusable_runs(session, {config_hash(config): source})
    if not known:
        seconds = setting_preview(settings, config, pace).estimated_seconds
        return FirstStagePreview(run_id=None, state=None, estimated_seconds=seconds)
    (run_id,) = known.values()
    return FirstStagePreview(run_id=run_id, state=run_store.get_run(session, run_id).state)


def setting_preview(settings: Settings, config: RunConfig, pace: Pace) -> Preview:
    """The preview of `config` without a look at earlier runs. Raises InvalidError as `check_data` does.

    pace: measured seconds; whoever looks at many configurations remembers its answers.
    """
    info, plan = planned(config, settings.datasets_dir)
    spec = network_spec(config, info)
    stage = stage_config(config)
    mean = mean_weight_of(as_json(stage), plan.train_counts)
    sampling = sampling_of(stage.sampling, plan.train_counts, stage.optim.epochs)
    images, steps = images_and_steps(sampling.images, stage.optim.batch_size)
    classes = _classes(stage, info, plan, sampling)
    return Preview(
        config=as_json(config),
        config_hash=config_hash(config),
        dataset_ready=info.ready,
        dataset_note=info.note,
        source=info.source,
        classes=classes,
        by_class={name: tuple(row) for name, row in numbers_by_class(stage.loss, plan.train_counts).items()},
        achieved_ratio=plan.achieved_ratio,
        images_per_epoch=images,
        steps_per_epoch=steps,
        learning_rates=rates_of(config),
        mean_weight=mean,
        effective_rate=height_of(config) * mean,
        parameters=spec.parameters,
        multiply_adds=spec.multiply_adds,
        estimated_seconds=_estimate(pace, stage, info, images),
        warnings=(
            *info.warnings,
            *plan.warnings,
            *counted_twice(config, plan.train_counts),
            *warnings_about(stage, classes),
        ),
        equal_runs=(),
    )


def numbers_of(view: Preview, label: str) -> tuple[SettingNumbers, ...]:
    """What tells the classes of a setting apart: weights, numbers of its loss, views where it resamples."""
    columns: dict[str, list[float | None]] = {"weights": [cls.weight for cls in view.classes]}
    columns |= {name: list(row) for name, row in view.by_class.items()}
    if view.is_resampled:
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
    """Seconds of the whole run, by epochs measured here; None before any was.

    A second stage takes less, since it goes back through one layer only.
    """
    seconds = pace(config.data.dataset, config.model, len(info.class_names), info.image_size)
    return None if seconds is None else seconds * images * config.optim.epochs
