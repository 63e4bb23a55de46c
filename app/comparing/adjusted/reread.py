"""One run read again with its logits adjusted: its answers, its figures, and what was chosen for it.

Answers and figures are remembered as long as the run's files stay as they are: a hundred runs are read again
with every figure of a page.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from app.views.adjusted.choose import Best
from app.views.adjusted.kept import FileSeen, logits_in
from app.views.adjusted.point import Name, Point
from app.views.adjusted.run import RunLogits
from app.views.images.answers import ImageAnswers
from trainer.metrics.outcome import Confusion, Counts, Outcome, confusion_matrix, losses
from trainer.metrics.table import METRICS, NAMES, names_on
from trainer.posthoc import Adjustment, adjusted_logits, answers_to
from trainer.run_dir import SplitName

_REMEMBERED = 512


class Answered(NamedTuple):
    """A split as it is answered now: the classes [N] as bytes of their smallest type, and every metric."""

    epoch: int
    answers: bytes
    labels: bytes
    kind: str
    classes: int
    metrics: tuple[float | None, ...]
    """In the order of the table of metrics."""
    source: str
    fingerprint: str

    def opened(self) -> tuple[Counts, Counts]:
        """Answers and true classes [N]."""
        found = (np.frombuffer(one, self.kind).astype(np.int64) for one in (self.answers, self.labels))
        answers, labels = found
        return answers, labels

    @property
    def confusion(self) -> Confusion:
        """Row: true class."""
        answers, labels = self.opened()
        return confusion_matrix(labels, answers, self.classes)

    def figures(self, split: SplitName) -> dict[str, float | None]:
        """Those metrics that are taken on the split."""
        known = dict(zip(NAMES, self.metrics, strict=True))
        return {name: known[name] for name in names_on(split)}


class Reread(NamedTuple):
    """A run: what its numbers came to, its test answers, and those on validation where it has a split."""

    numbers: dict[Name, Best]
    test: Answered
    validation: Answered | None
    images: Callable[[], ImageAnswers]
    """What is answered to each test image; worked out when it is asked for."""


def reread(of: RunLogits, asked: Point) -> Reread:
    """Raises NotFoundError without logits of a split that is needed, InvalidError as `RunLogits.resolved`."""
    numbers, by = of.resolved(asked)
    held_out = _answered(of.file("validation"), of.counts, by) if of.has_validation else None
    test = of.file("test")
    return Reread(numbers, _answered(test, of.counts, by), held_out, partial(_images, test, of.counts, by))


def _images(file: FileSeen, counts: tuple[int, ...], by: Adjustment) -> ImageAnswers:
    kept = logits_in(file)
    logits = adjusted_logits(kept.logits, kept.layer, counts, by)
    about, labels = (kept.epoch, kept.source, kept.fingerprint), kept.labels
    loss, probabilities = losses(logits, labels)
    return ImageAnswers(*about, labels, answers_to(logits, kept.predicted), probabilities, loss)


@lru_cache(maxsize=_REMEMBERED)
def _answered(file: FileSeen, counts: tuple[int, ...], by: Adjustment) -> Answered:
    kept = logits_in(file)
    logits = adjusted_logits(kept.logits, kept.layer, counts, by)
    answers = answers_to(logits, kept.predicted)
    confusion = confusion_matrix(kept.labels, answers, len(counts))
    seen = Outcome(confusion, counts, float(losses(logits, kept.labels)[0].mean()), logits, kept.labels)
    kind = np.min_scalar_type(len(counts))
    return Answered(
        epoch=kept.epoch,
        answers=answers.astype(kind).tobytes(),
        labels=kept.labels.astype(kind).tobytes(),
        kind=kind.str,
        classes=len(counts),
        metrics=tuple(metric.of(seen) for metric in METRICS.values()),
        source=kept.source,
        fingerprint=kept.fingerprint,
    )
