"""Axes and baselines of a sweep in words, for the list of runs as for the pages of sweeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.formats import setting
from trainer.config_meaning import SEEDS, title_of

_MOST_SHOWN = 8


@dataclass(frozen=True)
class Axis:
    """An axis in words: "Beta", "0.9, 0.99, 0.997", cut where it is long."""

    label: str
    values: str
    count: int
    is_seed: bool


def axes_in_words(axes: Mapping[str, Sequence[Any]]) -> tuple[Axis, ...]:
    """Each axis under its field's name, those of seeds last."""
    words = [
        Axis(title_of(path), _listed(values), len(values), path in SEEDS) for path, values in axes.items()
    ]
    return tuple(sorted(words, key=lambda axis: axis.is_seed))


def baseline_in_words(overrides: Mapping[str, Any]) -> str:
    """Such as "Loss cross_entropy, Class weights none"."""
    return ", ".join(f"{title_of(path)} {setting(value)}" for path, value in overrides.items())


def _listed(values: Sequence[Any]) -> str:
    """Runs of whole numbers as a range, a long list cut."""
    if len(values) > 2 and all(isinstance(value, int) for value in values) and _is_range(values):
        return f"{values[0]} … {values[-1]}"
    shown = [setting(value) for value in values[:_MOST_SHOWN]]
    return ", ".join(shown) + (f", … ({len(values)})" if len(values) > _MOST_SHOWN else "")


def _is_range(values: Sequence[int]) -> bool:
    return list(values) == list(range(values[0], values[0] + len(values)))
