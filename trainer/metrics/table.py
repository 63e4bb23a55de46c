"""The table of metrics: what an epoch is measured by, how it is called and which way is better.

A new metric is one more entry: records, journal, database, pages, comparisons, figures and exports read this
table. A function returns None where its metric is not defined, never 0 or NaN: a group without classes, a
split without images. A class without images is left out of every mean. The table costs no import of numpy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trainer.metrics.outcome import Counts, Floats, Mask, Outcome

    Function = Callable[[Outcome], float | None]
    Shares = Callable[[Counts, Counts | Floats], Floats]
    Members = Callable[[Counts], Mask]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
GROUPS = {"head": 30, "medium": 40, "tail": 30}
"""Percent of the classes, by falling training count: see `groups.rank_groups`."""
MANY_SHOT_ABOVE = 100
FEW_SHOT_BELOW = 20


@dataclass(frozen=True)
class Metric:
    """A number that says how well a network does on a split."""

    name: str
    title: str
    """At the head of a column."""
    about: str
    """What it is, after "is the": a definition for whoever reads the title."""
    of: "Function"
    unit: Literal["fraction", "nats", ""] = "fraction"
    """A fraction is shown in percent, and lies between 0 and 1."""
    better: Literal["higher", "lower"] = "higher"
    splits: tuple[Split, ...] = ("test",)
    """Where it is taken. Training counts hits and loss alone, batch by batch."""
    words: str = ""
    """In a sentence, where that is not the title in small letters."""
    usual: bool = True
    """Whether tables show it unless asked otherwise."""
    shares: "Shares | None" = None
    """Of a mean of recalls: the share of each class, from its training images and its images [C]."""
    rests_on: Literal["all images", "the smallest class"] = "the smallest class"
    """Of a fraction without `shares`: the images behind it, for the noise of the test set."""

    @property
    def spoken(self) -> str:
        """In a sentence."""
        return self.words or self.title.lower()


def _accuracy(of: "Outcome") -> float | None:
    images = of.support.sum()
    return float(of.correct.sum() / images) if images else None


def _by_images(counts: "Counts", support: "Counts | Floats") -> "Floats":  # noqa: ARG001 (as every `shares`)
    shares: Floats = support / max(1, support.sum())
    return shares


def _geometric_mean(of: "Outcome") -> float | None:
    """By logarithms, so that 1,000 classes do not underflow."""
    import numpy as np

    recall = of.recall[of.support > 0]
    if not recall.size:
        return None
    return float(np.exp(np.log(recall).mean())) if recall.min() > 0 else 0.0


def _macro_f1(of: "Outcome") -> float | None:
    """2 TP / (2 TP + FP + FN); the denominator of a class with images is never 0."""
    seen = of.support > 0
    f1 = 2 * of.correct[seen] / (of.support[seen] + of.predicted[seen])
    return float(f1.mean()) if f1.size else None


def _worst_class(of: "Outcome") -> float | None:
    recall = of.recall[of.support > 0]
    return float(recall.min()) if recall.size else None


def _group(name: str) -> "Members":
    def members(counts: "Counts") -> "Mask":
        import numpy as np

        from trainer.metrics.groups import rank_groups

        groups = dict(zip(GROUPS, rank_groups(counts.tolist()), strict=True))
        return np.isin(np.arange(len(counts)), groups[name])

    return members


def mean_recall(
    name: str,
    title: str,
    members: "Members",
    about: str,
    words: str = "",
    splits: tuple[Split, ...] = ("test",),
    usual: bool = True,
) -> Metric:
    """The mean recall over those classes that `members` takes by their training images."""

    def of(outcome: "Outcome") -> float | None:
        return outcome.mean_recall(members(outcome.counts))

    def shares(counts: "Counts", support: "Counts | Floats") -> "Floats":
        chosen = members(counts) & (support > 0)
        of_each: Floats = chosen / max(1, chosen.sum())
        return of_each

    return Metric(
        name, title, f"mean recall {about}", of, splits=splits, words=words, usual=usual, shares=shares
    )


_ALL = (
    Metric("accuracy", "Accuracy", "share of test images found", _accuracy, splits=SPLITS, shares=_by_images),
    mean_recall("balanced_accuracy", "Balanced", lambda counts: counts >= 0, "over classes",
                words="balanced accuracy", splits=("validation", "test")),
    Metric("geometric_mean", "Geo. mean", "geometric mean of recall over classes", _geometric_mean,
           words="geometric mean"),
    Metric("macro_f1", "Macro-F1", "mean F1 over classes", _macro_f1, rests_on="all images"),
    mean_recall("head", "Head", _group("head"), words="head recall",
                about=f"of the {GROUPS['head']} % of classes with the most training images"),
    mean_recall("medium", "Medium", _group("medium"), words="medium recall",
                about=f"of the {GROUPS['medium']} % of classes between head and tail"),
    mean_recall("tail", "Tail", _group("tail"), words="tail recall",
                about=f"of the {GROUPS['tail']} % of classes with the fewest training images"),
    Metric("worst_class", "Worst class", "lowest recall of any class", _worst_class),
    mean_recall("many_shot", "Many-shot", lambda counts: counts > MANY_SHOT_ABOVE, usual=False,
                about=f"of classes with more than {MANY_SHOT_ABOVE} training images"),
    mean_recall("medium_shot", "Medium-shot",
                lambda counts: (counts >= FEW_SHOT_BELOW) & (counts <= MANY_SHOT_ABOVE), usual=False,
                about=f"of classes with {FEW_SHOT_BELOW} to {MANY_SHOT_ABOVE} training images"),
    mean_recall("few_shot", "Few-shot", lambda counts: counts < FEW_SHOT_BELOW, usual=False,
                about=f"of classes with fewer than {FEW_SHOT_BELOW} training images"),
    Metric("loss", "Test loss", "unweighted cross-entropy on test", lambda outcome: outcome.loss,
           unit="nats", better="lower", splits=SPLITS, words="loss", usual=False),
)  # fmt: skip
METRICS = {metric.name: metric for metric in _ALL}
NAMES = tuple(METRICS)


def names_on(split: Split) -> tuple[str, ...]:
    """The metrics that are taken on a split."""
    return tuple(name for name, metric in METRICS.items() if split in metric.splits)


EPOCH_METRICS = tuple(f"{split}_{name}" for split in SPLITS for name in names_on(split))
"""The names under which an epoch has them: "test_accuracy"."""


def measured(split: Split, outcome: "Outcome") -> dict[str, float | None]:
    """All metrics of a split, under the names that an epoch has them by."""
    return {f"{split}_{name}": METRICS[name].of(outcome) for name in names_on(split)}
