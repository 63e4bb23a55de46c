"""What sets a run apart, in a few words: the chips of a list and the name of a run that nobody named."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from trainer.config import RunConfig, as_json
from trainer.config_fields import flatten

_ALWAYS = ("loss.name", "loss.weighting", "loss.beta", "loss.gamma", "seed")
_LABELS = {
    "data.dataset": "data",
    "data.imbalance_ratio": "ratio",
    "data.validation_fraction": "validation",
    "data.max_train_per_class": "at most",
    "loss.name": "loss",
    "loss.probability": "form",
    "optim.batch_size": "batch",
    "optim.learning_rate": "rate",
    "optim.warmup_epochs": "warm-up",
}
_WORDS = {"cross_entropy": "cross-entropy", "class_balanced": "cb", "inverse_frequency": "inverse frequency"}


def chips(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(label, value) of the loss, its parameters and the seed, then of each field that is not its default."""
    flat, usual = flatten(config), _defaults()
    shown = [path for path in _ALWAYS if _speaks(path, flat.get(path))]
    shown += [path for path in flat if path not in _ALWAYS and _differs(path, flat, usual)]
    return tuple((_label(path), _text(flat[path])) for path in shown)


def default_name(config: Mapping[str, Any]) -> str:
    """Such as "focal cb 0.997 seed 0": loss, weighting and its beta, then what else is not the default."""
    words = []
    for label, value in chips(config):
        words.append(value if label in ("loss", "weighting", "beta") else f"{label} {value}")
    return " ".join(words)[:200]


@cache
def _defaults() -> dict[str, Any]:
    return flatten(as_json(RunConfig()))


def _speaks(path: str, value: object) -> bool:
    return value is not None and (path, value) != ("loss.weighting", "none")


def _differs(path: str, flat: Mapping[str, Any], usual: Mapping[str, Any]) -> bool:
    """Whether a chip says something: null has no effect, and a default is usual wherever it is used."""
    value = flat[path]
    if value is None or path in ("device", "threads"):
        return False
    return bool(value != usual.get(path)) and (path, value) not in _USUAL_WHERE_USED


_USUAL_WHERE_USED = {("loss.probability", "softmax"), ("loss.reduction", "batch_mean")}


def _label(path: str) -> str:
    return _LABELS.get(path, path.rpartition(".")[2].replace("_", " "))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, float):
        return f"{value:.10g}"
    return _WORDS.get(str(value), str(value))
