"""How the test figures of a comparison are called, which unit they have, and which way is better."""

from dataclasses import dataclass
from typing import Literal

from app.formats import percent, significant


@dataclass(frozen=True)
class MetricWord:
    """Its title in tables and axes, its unit (percents are held as fractions), and whether less is better."""

    title: str
    unit: Literal["percent", "loss"] = "percent"
    less_is_better: bool = False
    about: str = ""

    @property
    def axis_title(self) -> str:
        """Title with unit, as it stands at an axis."""
        title = self.title[0].lower() + self.title[1:]
        return f"{title}, %" if self.unit == "percent" else title

    def said(self, value: float | None) -> str:
        """A value as people read it, without its unit."""
        return percent(value) if self.unit == "percent" else significant(value)

    def drawn(self, value: float | None) -> float | None:
        """A value in the unit of the axis."""
        return value if value is None or self.unit == "loss" else 100 * value

    @property
    def sign(self) -> str:
        """The unit after a value."""
        return " %" if self.unit == "percent" else ""


METRIC_WORDS = {
    "accuracy": MetricWord("Accuracy", about="share of test images found"),
    "balanced_accuracy": MetricWord("Balanced", about="mean recall over classes"),
    "geometric_mean": MetricWord("Geo. mean", about="geometric mean of recall over classes"),
    "macro_f1": MetricWord("Macro-F1", about="mean F1 over classes"),
    "head": MetricWord("Head", about="mean recall of the 30 % of classes with the most training images"),
    "medium": MetricWord("Medium", about="mean recall of the 40 % of classes between head and tail"),
    "tail": MetricWord("Tail", about="mean recall of the 30 % of classes with the fewest training images"),
    "worst_class": MetricWord("Worst class", about="lowest recall of any class"),
    "many_shot": MetricWord("Many-shot", about="mean recall of classes with more than 100 training images"),
    "medium_shot": MetricWord("Medium-shot", about="mean recall of classes with 20 to 100 training images"),
    "few_shot": MetricWord("Few-shot", about="mean recall of classes with fewer than 20 training images"),
    "loss": MetricWord("Test loss", "loss", less_is_better=True, about="unweighted cross-entropy on test"),
}


def metric_word(name: str) -> MetricWord:
    """The words of a metric; one without words of its own is called by its name."""
    if name in METRIC_WORDS:
        return METRIC_WORDS[name]
    plain = name.replace("_", " ").replace("/", " ")
    shares = ("accuracy", "recall", "precision", "f1", "fraction")
    is_share = any(word in plain for word in shares)
    return MetricWord(plain[:1].upper() + plain[1:], "percent" if is_share else "loss", "loss" in plain)
