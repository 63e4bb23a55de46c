"""How the test figures of a comparison are called, which unit they have, and which way is better."""

from dataclasses import dataclass, replace
from typing import Literal

from app.formats import change, percent, significant
from trainer.metrics.table import METRICS, SPLITS


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

    def signed(self, value: float | None) -> str:
        """A difference as people read it, in points where the value is a percent."""
        if self.unit == "percent":
            return change(value)
        text = significant(value)
        return f"+{text}" if value is not None and value > 0 else text

    def drawn(self, value: float | None) -> float | None:
        """A value in the unit of the axis."""
        return value if value is None or self.unit == "loss" else 100 * value

    @property
    def sign(self) -> str:
        """The unit after a value."""
        return " %" if self.unit == "percent" else ""


METRIC_WORDS = {
    name: MetricWord(m.title, "percent" if m.unit == "fraction" else "loss", m.better == "lower", m.about)
    for name, m in METRICS.items()
}


def metric_word(name: str) -> MetricWord:
    """The words of a metric, on test unless the name says another split; those of a cost are its name."""
    split, _, rest = name.partition("_")
    if split in SPLITS and rest in METRICS:
        return replace(METRIC_WORDS[rest], title=f"{split.capitalize()} {METRICS[rest].spoken}", about="")
    plain = name.replace("_", " ")
    return METRIC_WORDS.get(name) or MetricWord(plain[:1].upper() + plain[1:], "loss")
