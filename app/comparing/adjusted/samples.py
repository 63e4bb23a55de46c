"""Samples of adjusted logits: a setting's runs that count, read again, as a row of its own beside it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from app.comparing.adjusted.reread import Answered, Reread, reread
from app.comparing.adjusted.view import AdjustedRow, AdjustedRun
from app.comparing.adjusted.words import AdjustedWord
from app.comparing.baselines import refused
from app.comparing.samples import (
    AdjustedRuns,
    At,
    KeptPredictions,
    RunFigures,
    Sample,
    experiment_of,
    has_no_tail,
)
from app.errors import NotFoundError
from app.store.predictions import Hits, Predicted
from app.store.tables import Run
from app.views.adjusted.caveats import notes, read_config
from app.views.adjusted.point import Point
from app.views.adjusted.run import RunLogits
from app.views.series.fill import ratio
from trainer.metrics.table import GROUPS, names_on
from trainer.run_dir import EpochName, SplitName


@dataclass(kw_only=True)
class RereadPredictions(KeptPredictions):
    """What the runs of one row answer now, in place of what they kept."""

    runs: Mapping[int, Reread] = field(default_factory=dict)

    def hits(self, run_id: int, at: EpochName) -> Hits | None:  # noqa: ARG002 (read after one epoch alone)
        """Which test images are right now."""
        if run_id not in self.runs:
            return None
        seen = self.runs[run_id].test
        answers, labels = seen.opened()
        return Hits(seen.epoch, answers == labels, seen.source, seen.fingerprint)

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:  # noqa: ARG002
        """True classes, and those that are answered now."""
        found = self.runs.get(run_id)
        seen = None if found is None else found.test if split == "test" else found.validation
        if seen is None:
            return None
        answers, labels = (one.astype(seen.kind) for one in seen.opened())
        return Predicted(seen.epoch, labels, answers)


def with_adjusted(
    chosen: Sequence[Sample], words: Sequence[AdjustedWord], at: At, runs_dir: Path | None
) -> tuple[Sample, ...]:
    """The samples, each followed by those of its adjusted logits. Raises InvalidError naming the word.

    That is one whose run is not compared, one of whose setting no run keeps logits, and one of a network that
    it does not fit.
    """
    found: dict[str, dict[str, Sample]] = {}
    for word in words:
        of = next((one for one in chosen if word.run_id in {run.id for run in one.runs}), None)
        if of is None:
            raise refused("adjusted", f"run {word.run_id} is not among the runs that are compared")
        if runs_dir is None:
            raise refused("adjusted", "needs the folder of runs, in which logits are kept")
        label = f"{of.label} + {word.point.label}"
        found.setdefault(of.label, {}).setdefault(label, _adjusted(label, of, word, at, runs_dir))
    return tuple(row for one in chosen for row in (one, *found.get(one.label, {}).values()))


def _adjusted(label: str, of: Sample, word: AdjustedWord, at: At, runs_dir: Path) -> Sample:
    read, lost = _read(of, word.point, at, runs_dir)
    of = _without(of, lost)
    row = AdjustedRow(
        of=of.label,
        word=word.text,
        chosen_on=word.point.chosen_on,
        runs=tuple(_came_to(run_id, one) for run_id, one in read.items()),
        notes=(*_notes(of, word.point, read), *(f"Not counted here: {why}" for why in lost.values())),
    )
    figures = {run.id: _figures(run, read[run.id]) for run in of.counted}
    kept = RereadPredictions(runs=read)
    images = {run_id: one.images for run_id, one in read.items()}
    return replace(
        of, label=label, adjusted=AdjustedRuns(row, figures, kept, partial(_matrices, read), images)
    )


def _matrices(read: Mapping[int, Reread]) -> dict[int, list[list[int]]]:
    return {run_id: one.test.confusion.tolist() for run_id, one in read.items()}


def _read(of: Sample, asked: Point, at: At, runs_dir: Path) -> tuple[dict[int, Reread], dict[int, str]]:
    """Runs of the setting read again, and why others cannot be. Raises InvalidError where none can."""
    read: dict[int, Reread] = {}
    lost: dict[int, str] = {}
    for run in of.counted:
        try:
            read[run.id] = reread(RunLogits(run, runs_dir, at), asked)
        except NotFoundError as error:
            lost[run.id] = f"{error.message} {error.hint}".strip()
    if lost and not read:
        raise refused("adjusted", next(iter(lost.values())))
    return read, lost


def _without(of: Sample, lost: Collection[int]) -> Sample:
    """The sample without these runs, which then stand neither in the row's figures nor in its pairs.

    Nor do repeats of them: what does not count in the setting cannot count in a row of it.
    """
    gone = {experiment_of(run) for run in of.runs if run.id in lost}
    runs = tuple(run for run in of.runs if experiment_of(run) not in gone)
    chosen = None if of.chosen is None else tuple(run for run in of.chosen if run.id not in lost)
    return replace(of, runs=runs, chosen=chosen)


def _came_to(run_id: int, read: Reread) -> AdjustedRun:
    return AdjustedRun(run_id=run_id, **{name: best.value for name, best in read.numbers.items()})


def _notes(of: Sample, asked: Point, read: Mapping[int, Reread]) -> Iterator[str]:
    """What holds of the setting, once, and what must be known of the point."""
    said: dict[str, None] = {}
    for run in of.counted:
        started = run.started or {}
        held_out = [images for images in started.get("validation_counts", ()) if images]
        least = min(held_out, default=0) if asked.chosen_on == "validation" else None
        counts = tuple(started["train_counts"])
        told = notes(read_config(run.config), counts, read[run.id].numbers, asked, least)
        said |= dict.fromkeys(told)
    yield from said
    if asked.prior:
        yield "It is adjusted to another prior, and measured on the test set as it is."


def _figures(run: Run, read: Reread) -> RunFigures:
    """As they would have been measured."""
    started = run.started or {}
    names = tuple(started["class_names"])
    matrix = read.test.confusion
    support, correct = matrix.sum(axis=1).tolist(), np.diagonal(matrix).tolist()
    metrics = read.test.figures("test")
    if has_no_tail(started["train_counts"]):
        metrics |= dict.fromkeys(GROUPS)
    return RunFigures(
        epoch=read.test.epoch,
        metrics=metrics,
        recall=dict(zip(names, map(ratio, correct, support), strict=True)),
        support=dict(zip(names, support, strict=True)),
        validation=_held_out(read.validation),
    )


def _held_out(seen: Answered | None) -> dict[str, float | None]:
    if seen is None:
        return dict.fromkeys(names_on("validation"))
    return seen.figures("validation")
