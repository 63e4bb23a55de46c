"""A sweep before it is launched: its cells, checked against the data, and what they would cost."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial

from sqlalchemy.orm import Session

from app import queue
from app.errors import InvalidError
from app.schemas import SweepBody
from app.settings import Settings
from app.store import workers
from app.store.sweeps import begun_runs, reusable_runs
from app.views.other_images import set_apart
from app.views.preview import Preview
from app.views.preview_rates import are_controlled, rates_sentence, scale_sentence
from app.views.preview_views import check_data, setting_preview
from app.views.setting_labels import setting_labels
from app.views.sweeps import SettingWeights, SweepPreview
from trainer.config import RunConfig, setting_hash
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep import SEED_AXES, Cell, expand


def sweep_preview(session: Session, settings: Settings, body: SweepBody) -> SweepPreview:
    """What launching `body` would do. Raises InvalidError as `checked_cells` does. Nothing is queued."""
    cells = expanded(body)
    previews = cell_previews(session, settings, cells)
    sources = {cell.config_hash: previews[setting_hash(cell.config)].source for cell in cells}
    equal = reusable_runs(session, sources) if body.reuse else {}
    apart = set_apart(session, sources) if body.reuse else ()
    check_looks(session, body, equal.values())
    new = [cell for cell in cells if cell.config_hash not in equal]
    labels = dict(zip(previews, setting_labels([view.config for view in previews.values()]), strict=True))
    return SweepPreview(
        runs=len(cells),
        reused=tuple(sorted(equal.values())),
        new_runs=len(new),
        estimated_seconds=estimate(session, [previews[setting_hash(cell.config)] for cell in new]),
        settings=tuple(labels.values()),
        weights=_weights(previews, labels),
        mean_weights=_range([view.mean_weight for view in previews.values()]),
        effective_rates=_range([view.effective_rate for view in previews.values()]),
        warnings=(*apart, *_equal_cells(body, cells), *_warnings(previews, labels)),
    )


def checked_cells(body: SweepBody, settings: Settings) -> tuple[tuple[Cell, ...], dict[str, str]]:
    """The cells of the sweep, each one's data looked at; and the source of each data set.

    Raises InvalidError naming the axis' value ("axes.loss.beta[1]"), the baseline's field or the base's.
    """
    cells = expanded(body)
    return cells, check_cells(cells, settings, {})


def checked_sources(
    configs: Sequence[RunConfig], settings: Settings, meant: Mapping[str, str]
) -> dict[str, str]:
    """The source of each data set of these, looked at: the one that is `meant`, else today's.

    Raises InvalidError as `check_data` does.
    """
    distinct = {_data_and_model(config): config for config in configs}.values()
    return {
        config.data.dataset: check_data(config, settings.datasets_dir, meant.get(config.data.dataset))
        for config in distinct
    }


def check_cells(cells: Iterable[Cell], settings: Settings, meant: Mapping[str, str]) -> dict[str, str]:
    """The source of each data set of these cells, looked at once: the one that is `meant`, else today's.

    Raises InvalidError as `checked_cells` does.
    """
    sources = {}
    for cell in {_data_and_model(cell.config): cell for cell in reversed(tuple(cells))}.values():
        dataset = cell.config.data.dataset
        with _named(cell.sources):
            sources[dataset] = check_data(cell.config, settings.datasets_dir, meant.get(dataset))
    return sources


def check_looks(session: Session, body: SweepBody, reused: Iterable[int]) -> None:
    """Looks are planned before any figure is known. Raises InvalidError where a reused run has begun."""
    begun = begun_runs(session, reused) if body.looks else []
    if begun:
        runs = ", ".join(f"#{run_id}" for run_id in begun[:5]) + (", ..." if len(begun) > 5 else "")
        message = f"would be planned after runs of this sweep have started ({runs}), which is no plan"
        hint = "Sweep seeds that were not trained yet, or let it train all runs anew (reuse false)."
        raise sweep_refused([FieldProblem("looks", message)], hint)


def expanded(body: SweepBody) -> tuple[Cell, ...]:
    """The cells of the sweep. Raises InvalidError as `checked_cells` does, but does not look at data."""
    try:
        return expand(body.base, body.axes, body.baselines, body.tuned)
    except ConfigError as error:
        raise sweep_refused(error.fields, error.hint) from error


def _data_and_model(config: RunConfig) -> tuple[object, ...]:
    return config.data.model_copy(update={"subset_seed": None}), config.model


def cell_previews(session: Session, settings: Settings, cells: Sequence[Cell]) -> dict[str, Preview]:
    """The preview of each setting, by its hash, in the order of its first cell."""
    found: dict[str, Preview] = {}
    pace = cache(partial(workers.seconds_per_image, session))
    for cell in cells:
        setting = setting_hash(cell.config)
        if setting not in found:
            with _named(cell.sources):
                found[setting] = setting_preview(settings, cell.config, pace)
    return found


@contextmanager
def _named(sources: Mapping[str, str]) -> Iterator[None]:
    """Refuse fields under the names that they have in the sweep."""
    try:
        yield
    except InvalidError as error:
        fields = [FieldProblem(sources.get(one.path, one.path), one.message) for one in error.fields]
        raise sweep_refused(fields, error.hint) from error


def sweep_refused(fields: Sequence[FieldProblem], hint: str) -> InvalidError:
    """The error that names each refused field of a sweep."""
    names = ", ".join(field.path for field in fields)
    return InvalidError(f"The sweep was refused: {names}.", hint, fields)


def estimate(session: Session, runs: Sequence[Preview]) -> float | None:
    """Seconds of these runs, spread over the slots of all living workers; None where one has no estimate."""
    seconds = [run.estimated_seconds for run in runs if run.estimated_seconds is not None]
    if len(seconds) < len(runs):
        return None
    slots = max(1, workers.slots_alive(session, queue.LEASE_SECONDS))
    return max(sum(seconds) / slots, max(seconds, default=0.0))


def _weights(previews: Mapping[str, Preview], labels: Mapping[str, str]) -> tuple[SettingWeights, ...]:
    found: list[SettingWeights] = []
    counts: list[int] = []
    for setting, view in previews.items():
        weights = [cls.weight for cls in view.classes if cls.weight is not None]
        own = [cls.train_count for cls in view.classes]
        counts = counts or (own if weights else [])
        if weights and own == counts:
            config = dict(view.config)
            found.append(SettingWeights(label=labels[setting], config=config, weights=tuple(weights)))
    return tuple(found)


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _equal_cells(body: SweepBody, cells: Sequence[Cell]) -> Iterator[str]:
    """Combinations that come out as the same run, because a field has no effect there."""
    followed = (*SEED_AXES, *body.tuned)
    each = math.prod(len(values) for path, values in body.axes.items() if path in followed)
    asked = math.prod(map(len, body.axes.values())) + len(body.baselines) * each
    if asked > len(cells):
        yield f"{asked} combinations are only {len(cells)} different runs: a field may be without effect."


def _warnings(previews: Mapping[str, Preview], labels: Mapping[str, str]) -> Iterator[str]:
    """Each sentence once; with the settings that it is about where it is not about all of them."""
    about: dict[str, list[str]] = {}
    rates = rates_sentence(previews, labels)
    if rates:
        yield rates
    is_told = rates or are_controlled(previews.values())
    for setting, view in previews.items():
        told = scale_sentence(view.config, view.mean_weight) if is_told else ""
        for sentence in dict.fromkeys(view.warnings):
            if sentence != told:
                about.setdefault(sentence, []).append(labels[setting])
    for sentence, settings in about.items():
        yield sentence if len(settings) == len(previews) else f"{'; '.join(settings)}: {sentence}"
