"""The table of metrics: what an epoch is measured by, how it is called and which way is better.

A new metric is one more entry: records, journal, database, pages, comparisons, figures and exports read this
table. A function returns None where its metric is not defined, never 0 or NaN: a group without classes, a
split without images. A class without images is left out of every mean. The table costs no import of numpy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trainer.metrics import calibration

if TYPE_CHECKING:
    from trainer.metrics.outcome import Counts, Floats, Mask, Outcome

    Function = Callable[[Outcome], float | None]
    Shares = Callable[[Counts, Counts | Floats], Floats]
    Members = Callable[[Counts], Mask]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
GROUPS = {"head": 30, "medium": 40, "tail": 30}
"""Percent of the classes, by falling training count: see `groups.rank_groups`."""
PRIORS = (50, 25, 10, 5, 2)
"""Ratios of the long-tailed test sets that accuracies are worked out for; balanced accuracy is ratio 1."""
MANY_SHOT_ABOVE = 100
FEW_SHOT_BELOW = 20


def equal_classes(train_counts: Sequence[int]) -> bool:
    """Whether these are several classes of equally many images, so that none is head, medium or tail."""
    return len(train_counts) > 1 and len(set(train_counts)) == 1


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
    compared: bool = True
    """Whether settings are told apart by it: each metric that is takes its part of alpha from the others."""
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


def _kappa(of: "Outcome") -> float | None:
    """Accuracy beyond chance, by what chance leaves (Cohen 1960); None where chance is always right."""
    images = int(of.support.sum())
    by_chance = float((of.support / max(1, images) * (of.predicted / max(1, images))).sum())
    return (
        float((of.correct.sum() / images - by_chance) / (1 - by_chance)) if images and by_chance < 1 else None
    )


def _mcc(of: "Outcome") -> float | None:
    """The correlation of truth and answer (Gorodkin 2004), 0 where one of them is always the same."""
    import numpy as np

    images = int(of.support.sum())
    if not images:
        return None
    truth, answer = of.support / images, of.predicted / images
    spread = (1 - (truth**2).sum()) * (1 - (answer**2).sum())
    return (
        float((of.correct.sum() / images - (truth * answer).sum()) / np.sqrt(spread)) if spread > 0 else 0.0
    )


def described(name: str, title: str, about: str, of: "Function", **more: Any) -> Metric:
    """A metric that is shown where it is asked for, with mean and spread, and not compared."""
    return Metric(name, title, about, of, usual=False, compared=False, **more)


def _prior(ratio: int, forward: bool) -> Metric:
    """Accuracy where class sizes of the test set fall by a constant factor, to 1/ratio (Hong et al. 2021).

    forward: in the order of the training counts; backward: against it.
    """

    def weights(counts: "Counts", support: "Counts | Floats") -> "Floats":
        import numpy as np

        seen = np.flatnonzero(support > 0)
        rank = seen[np.argsort(-counts[seen], kind="stable")]
        size = np.logspace(0, -np.log10(ratio), len(rank)) if len(rank) else np.empty(0)
        found = np.zeros(len(support))
        found[rank if forward else rank[::-1]] = size / max(size.sum(), 1)
        return found

    def of(outcome: "Outcome") -> float | None:
        import numpy as np

        share = weights(outcome.counts, outcome.support)
        return float((share * np.nan_to_num(outcome.recall)).sum()) if outcome.support.any() else None

    way = "forward" if forward else "backward"
    order = "as" if forward else "against"
    about = f"accuracy where test classes fall to 1/{ratio} in size, {order} the training counts"
    words = f"{way} accuracy at ratio {ratio}"
    return described(f"{way}_{ratio}", f"{way.title()} {ratio}", about, of, shares=weights, words=words)


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
    described("kappa", "Kappa", "accuracy beyond chance (Cohen 1960)", _kappa, unit="",
              words="Cohen's kappa"),
    described("mcc", "MCC", "correlation of truth and answer (Matthews; Gorodkin 2004)", _mcc, unit="",
              words="MCC"),
    described("auroc", "AUROC", "mean area under the ROC curve, each class against the rest",
              calibration.auroc, words="AUROC"),
    described("ece", "ECE", f"expected calibration error of the answers, {calibration.BINS} bins",
              calibration.ece, better="lower", words="calibration error"),
    described("classwise_ece", "Class-wise ECE", "mean calibration error of each class's own probability",
              calibration.classwise_ece, better="lower", words="class-wise calibration error"),
    described("brier", "Brier", "mean squared distance of the probabilities to the truth",
              calibration.brier, unit="", better="lower", words="Brier score"),
    *(_prior(ratio, forward) for forward in (True, False) for ratio in PRIORS),
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
