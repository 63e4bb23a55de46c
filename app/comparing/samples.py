"""Runs grouped by setting: a configuration without its seeds, whose runs on the same images are a sample.

Which runs of a sample count: completed ones alone, one for each pair of seeds, the first that was completed,
so that a repeated experiment is no second seed and cannot replace what was reported before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

from sqlalchemy.orm import Session

from app.comparing.adjusted.view import AdjustedRow
from app.comparing.parts import Tuning
from app.formats import gather
from app.lifecycle import State
from app.settings import Settings
from app.store import predictions, series
from app.store import runs as run_store
from app.store.predictions import Hits, Predicted
from app.store.tables import Run
from app.views.images.answers import ImageAnswers
from app.views.other_images import short_source
from app.views.setting_labels import setting_labels
from trainer.config_fields import flatten
from trainer.config_meaning import with_role
from trainer.metrics.table import GROUPS, NAMES, names_on
from trainer.run_dir import EpochName, SplitName

At = Literal["last", "best"]
Seeds = tuple[int, int | None]
_VALIDATION = names_on("validation")


@dataclass(frozen=True)
class Sample:
    """The runs of one setting on the same images, in the order they were asked for, under its label.

    adjusted: what its runs come to with their logits adjusted; None for what they measured themselves.
    """

    label: str
    runs: tuple[Run, ...]
    tuning: Tuning | None = None
    chosen: tuple[Run, ...] | None = None
    """Of a setting whose rate was tuned, the run of each seed that is reported."""
    adjusted: "AdjustedRuns | None" = None

    @cached_property
    def distinct(self) -> tuple[Run, ...]:
        """One run of each experiment: the first that was completed, else the one that is furthest."""
        kept: dict[tuple[str, Seeds], Run] = {}
        for run in self.runs:
            held = kept.setdefault(experiment_of(run), run)
            if _order(run) < _order(held):
                kept[experiment_of(run)] = run
        return tuple(kept.values())

    @cached_property
    def counted(self) -> tuple[Run, ...]:
        """The runs that the row's figures are of."""
        if self.chosen is not None:
            return self.chosen
        return tuple(run for run in self.distinct if run.state == State.COMPLETED)

    @property
    def config(self) -> dict[str, Any]:
        """Of its first run."""
        return self.runs[0].config

    def figures_in(self, measured: "Mapping[int, RunFigures]") -> "Mapping[int, RunFigures]":
        """Its runs' own figures by run id: those measured, or what they come to."""
        return measured if self.adjusted is None else self.adjusted.figures

    def has_figures(self, measured: "Mapping[int, RunFigures]") -> bool:
        """Whether any of its runs that count has."""
        own = self.figures_in(measured)
        return any(run.id in own for run in self.counted)

    def kept_in(self, kept: "KeptPredictions") -> "KeptPredictions":
        """What its runs answer: as they kept it, or as they do now."""
        return kept if self.adjusted is None else self.adjusted.kept


@dataclass(frozen=True)
class RunFigures:
    """A run's figures after `epoch`: test by metric, recall by class name, validation. None where none is."""

    epoch: int
    metrics: dict[str, float | None]
    recall: dict[str, float | None]
    support: dict[str, int]
    validation: dict[str, float | None]


@dataclass(kw_only=True)
class KeptPredictions:
    """Predictions in the folders of runs; none at all without a folder of them."""

    runs_dir: Path | None = None

    def hits(self, run_id: int, at: EpochName) -> Hits | None:
        """Which test images were right; None where they were not kept."""
        return None if self.runs_dir is None else predictions.hits(self.runs_dir, run_id, "test", at)

    def stand(self, run_ids: Iterable[int], at: EpochName) -> tuple[predictions.Stand | None, ...]:
        """What tells their files, on either split, from what they will be when they are written again."""
        if self.runs_dir is None:
            return ()
        files = product(run_ids, get_args(SplitName))
        return tuple(predictions.stand_of(self.runs_dir, run_id, split, at) for run_id, split in files)

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:
        """True and predicted class of each image of a split; None where they were not kept."""
        return None if self.runs_dir is None else predictions.predicted(self.runs_dir, run_id, split, at)


@dataclass(frozen=True, eq=False)
class AdjustedRuns:
    """What stands in place of what a sample's runs measured, by run id, and what the row says of itself."""

    row: AdjustedRow
    figures: Mapping[int, RunFigures]
    kept: KeptPredictions
    matrices: Callable[[], Mapping[int, Sequence[Sequence[int]]]]
    """Counts of test images [true][predicted]."""
    images: Mapping[int, Callable[[], ImageAnswers]]
    """What they answer to each test image."""


def kept_predictions(settings: Settings | None) -> KeptPredictions:
    """What the runs of this board kept; nothing without settings."""
    return KeptPredictions(runs_dir=settings.runs_dir if settings else None)


def samples(session: Session, run_ids: Sequence[int]) -> tuple[Sample, ...]:
    """The runs by setting and images, in the order of their first run. Raises NotFoundError."""
    runs = run_store.get_runs(session, tuple(dict.fromkeys(run_ids)))
    images = images_of(runs)
    groups = gather(((run.setting_hash, images[run.id]), run) for run in runs)
    labels = labels_on([group[0].config for group in groups.values()], [image for _, image in groups])
    return tuple(Sample(label, tuple(group)) for label, group in zip(labels, groups.values(), strict=True))


def data_of(config: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    """What a configuration says of its data, but for the draw: path and value, in form order."""
    flat = flatten(config)
    return tuple((path, flat.get(path)) for path in with_role("data"))


def images_of(runs: Iterable[Run]) -> dict[int, str]:
    """By run id, a word for the images it was made on: equal words for equal images, "" for the usual ones.

    By source where it is known, and by the fingerprint among runs of equal data and subset seed: the first
    one seen is the usual one. Never by the data set's name alone.
    """
    sources: dict[str, list[str]] = {}
    prints: dict[tuple[str, object, str], list[str]] = {}
    found = {}
    for run in runs:
        place = repr(data_of(run.config))
        known, source = sources.setdefault(place, []), source_of(run) or ""
        word = _unusual(known, source)
        seen = prints.setdefault((place, run.config["data"]["subset_seed"], word), [])
        fingerprint = _unusual(seen, (run.started or {}).get("fingerprint", ""))[:8]
        found[run.id] = " ".join(filter(None, (word, fingerprint)))
    return found


def _unusual(known: list[str], word: str) -> str:
    """The word where it is not the first of those known, which it joins; "" for the first and for none."""
    if word and word not in known:
        known.append(word)
    return word if word and known.index(word) else ""


def source_of(run: Run) -> str | None:
    """The identity of the run's data set, None where it is not known."""
    return run.source or (run.started or {}).get("source")


def figures_of(session: Session, chosen: Sequence[Sample], at: At) -> dict[int, RunFigures]:
    """By run id, the figures of every run that counts and has finished an epoch; in two queries."""
    runs = {run.id: run for sample in chosen for run in sample.counted}
    wanted: list[series.At] = [(run.id, epoch) for run in runs.values() if (epoch := epoch_of(run, at))]
    recalls: dict[int, dict[str, float | None]] = {run_id: {} for run_id, _ in wanted}
    supports: dict[int, dict[str, int]] = {run_id: {} for run_id, _ in wanted}
    for run_id, class_id, support, correct in series.class_hits(session, wanted):
        name = (runs[run_id].started or {})["class_names"][class_id]
        recalls[run_id][name] = correct / support if support else None
        supports[run_id][name] = support
    columns = (*(f"test_{name}" for name in NAMES), *(f"validation_{name}" for name in _VALIDATION))
    found = {}
    for run_id, epoch, *values in series.figures_at(session, wanted, columns):
        metrics = dict(zip(NAMES, values[: len(NAMES)], strict=True))
        if has_no_tail((runs[run_id].started or {})["train_counts"]):
            metrics |= dict.fromkeys(GROUPS)
        held_out = dict(zip(_VALIDATION, values[len(NAMES) :], strict=True))
        found[run_id] = RunFigures(epoch, metrics, recalls[run_id], supports[run_id], held_out)
    return found


def has_no_tail(train_counts: Sequence[int]) -> bool:
    """Whether all classes were trained on equally many images: there is no head, medium or tail then."""
    return len(set(train_counts)) < 2


def is_uneven(support: Mapping[str, int]) -> bool:
    """Whether some class has more test images than another; classes without any stay out of it."""
    return len({images for images in support.values() if images}) > 1


def epoch_of(run: Run, at: At) -> int | None:
    """The run's last finished epoch, or its best by its own rule; None before the first."""
    if at == "best":
        return run.best["epoch"] if run.best else None
    return run.epoch or None


def seeds_of(run: Run) -> Seeds:
    """What two runs of other settings share when they are a pair: training seed and subset seed."""
    return run.config["seed"], run.config["data"]["subset_seed"]


def experiment_of(run: Run) -> tuple[str, Seeds]:
    """What two runs of equal experiments share: a repeat is no second seed."""
    return run.setting_hash, seeds_of(run)


def _order(run: Run) -> tuple[bool, str, int, int]:
    if run.state == State.COMPLETED:
        return False, run.finished_at or "", 0, run.id
    return True, "", -run.epoch, run.id


def labels_on(configs: Sequence[Mapping[str, Any]], images: Sequence[str]) -> list[str]:
    """Labels of these settings, with the word for their images where those are not the usual ones."""
    pairs = zip(setting_labels(configs), images, strict=True)
    return [f"{label} on {short_source(image)}" if image else label for label, image in pairs]
