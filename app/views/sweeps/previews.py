"""A sweep before it is launched or extended: its cells, checked with their data, and their cost."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial

from sqlalchemy.orm import Session

from app.formats import counted
from app.runs import queue
from app.runs.sweep_checks import check_looks, expanded, named
from app.runs.sweep_extensions import checked_extension
from app.schemas import ExtendBody, SweepBody
from app.settings import Settings
from app.store import sweeps as store
from app.store import workers
from app.views.other_images import set_apart
from app.views.preview.fill import numbers_of, setting_preview
from app.views.preview.view import Preview, SettingNumbers
from app.views.rates import are_controlled, rates_sentence, scale_sentence
from app.views.setting_labels import setting_labels
from app.views.sweeps.view import ExtensionPreview, SettingWeights, SweepPreview
from trainer.config import as_json
from trainer.config_fields import flatten
from trainer.config_meaning import SEEDS, is_used, meanings, title_of
from trainer.stages import epochs_of
from trainer.sweep import Cell


def sweep_preview(
    session: Session, settings: Settings, body: SweepBody, cells: Sequence[Cell] | None = None
) -> SweepPreview:
    """What launching `body` would do. Raises InvalidError as `checked_cells` does. Nothing is queued.

    cells: those of the body, where they are known.
    """
    cells = expanded(body) if cells is None else cells
    previews = cell_previews(session, settings, cells)
    sources = {cell.config_hash: previews[cell.setting_hash].source for cell in cells}
    equal = store.reusable_runs(session, sources) if body.reuse else {}
    apart = set_apart(session, sources) if body.reuse else ()
    check_looks(session, body, equal.values())
    new = [cell for cell in cells if cell.config_hash not in equal]
    labels = dict(zip(previews, setting_labels([view.config for view in previews.values()]), strict=True))
    means = [view.mean_weight for view in previews.values()]
    rates = [view.effective_rate for view in previews.values() if view.effective_rate] or [0.0]
    return SweepPreview(
        runs=len(cells),
        reused=tuple(sorted(equal.values())),
        new_runs=len(new),
        first_stages=sum(cell.is_added for cell in cells),
        estimated_seconds=estimate(session, [previews[cell.setting_hash] for cell in new]),
        settings=tuple(labels.values()),
        weights=_weights(previews, labels),
        by_class=_by_class(previews, labels),
        mean_weights=(min(means), max(means)),
        effective_rates=(min(rates), max(rates)),
        warnings=(*apart, *_equal_cells(body, cells), *_warnings(previews, labels)),
    )


def extension_preview(
    session: Session, settings: Settings, sweep_id: int, body: ExtendBody
) -> ExtensionPreview:
    """What `body` would add to the sweep and cost. Raises as `checked_extension` does. Nothing is queued."""
    sweep, cells = store.get_sweep(session, sweep_id), store.cells_of(session, sweep_id)
    found, sources = checked_extension(sweep, cells, body, settings)
    new = found.new
    meant = {cell.config_hash: sources[cell.config.data.dataset] for cell in new}
    equal = store.reusable_runs(session, meant) if sweep.reuse else {}
    trained = [cell for cell in new if cell.config_hash not in equal]
    previews = cell_previews(session, settings, trained)
    return ExtensionPreview(
        cells_new=len(trained),
        cells_reused=len(new) - len(trained),
        epochs=sum(epochs_of(cell.config) for cell in trained),
        estimated_seconds=estimate(session, [previews[cell.setting_hash] for cell in trained]),
        warnings=set_apart(session, meant) if sweep.reuse else (),
    )


def cell_previews(session: Session, settings: Settings, cells: Sequence[Cell]) -> dict[str, Preview]:
    """The preview of each setting, by its hash, in the order of its first cell."""
    found: dict[str, Preview] = {}
    pace = cache(partial(workers.seconds_per_image, session))
    for cell in cells:
        setting = cell.setting_hash
        if setting not in found:
            with named(cell.sources):
                found[setting] = setting_preview(settings, cell.config, pace)
    return found


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


def _by_class(previews: Mapping[str, Preview], labels: Mapping[str, str]) -> tuple[SettingNumbers, ...]:
    counts = [[cls.train_count for cls in view.classes] for view in previews.values()]
    return tuple(
        numbers
        for (setting, view), own in zip(previews.items(), counts, strict=True)
        if own == counts[0]
        for numbers in numbers_of(view, labels[setting])
    )


def _equal_cells(body: SweepBody, cells: Sequence[Cell]) -> Iterator[str]:
    """Combinations that come out as the same run, because a field has no effect there."""
    followed = (*SEEDS, *body.tuned)
    each = math.prod(len(values) for path, values in body.axes.items() if path in followed)
    asked = math.prod(map(len, body.axes.values())) + len(body.baselines) * each
    if asked > len(cells):
        why = [f"{title_of(path)} ({path}): {said}" for path, said in _idle(body, cells)]
        said = " ".join(why) or "A field may be without effect."
        yield f"{asked} combinations are only {counted(len(cells), 'different run')}. {said}"


def _idle(body: SweepBody, cells: Sequence[Cell]) -> Iterator[tuple[str, str]]:
    """Each axis that does nothing in some run of the grid, and when it would do something."""
    grid = [flatten(as_json(cell.config)) for cell in cells if not cell.baseline]
    for path in body.axes:
        use = meanings()[path].used_when
        if use and not all(is_used(flat, path) for flat in grid):
            yield path, use.sentence


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
