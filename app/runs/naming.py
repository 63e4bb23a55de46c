"""What sets a run apart, in a few words: the chips of a list and the name of a run that nobody named."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from trainer.config_fields import flatten, leaf_fields

LONGEST_NAME = 200

_ALWAYS = ("loss.name", "loss.weighting", "loss.beta", "loss.gamma", "seed")
_NEVER = ("device", "threads")
_NAMELESS = ("loss.name", "loss.weighting", "loss.beta")
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
    flat = flatten(config)
    return tuple((field_word(path), value_text(flat[path])) for path in telling_paths(flat))


def default_name(config: Mapping[str, Any]) -> str:
    """Such as "focal cb 0.997 seed 0": the chips in one line, gamma only where it is not its default."""
    flat = flatten(config)
    words = [
        value_text(flat[path])
        if path in ("loss.name", "loss.weighting", "loss.beta")
        else _labelled(path, flat)
        for path in telling_paths(flat)
        if path != "loss.gamma" or flat[path] != _defaults()[path]
    ]
    return " ".join(words)[:LONGEST_NAME]


def telling_paths(flat: Mapping[str, Any]) -> list[str]:
    """Paths that tell something, most important first. A null field has no effect; a weighting none, none."""
    defaults = _defaults()
    used = [path for path, value in flat.items() if value is not None and path not in _NEVER]
    changed = [path for path in used if path not in _ALWAYS and flat[path] != defaults.get(path)]
    first = [path for path in _ALWAYS if path in used and (path, flat[path]) != ("loss.weighting", "none")]
    return first + changed


@cache
def _defaults() -> dict[str, Any]:
    """Each field's own default, as JSON has it."""
    defaults = {path: field.default for path, field in leaf_fields().items()}
    return {path: list(value) if isinstance(value, tuple) else value for path, value in defaults.items()}


def _labelled(path: str, flat: Mapping[str, Any]) -> str:
    return f"{field_word(path)} {value_text(flat[path])}"


def field_word(path: str) -> str:
    """A short word for a field: "rate" for optim.learning_rate."""
    return _LABELS.get(path, path.rpartition(".")[2].replace("_", " "))


def value_text(value: object) -> str:
    """A value of a field in a word or a short number."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ", ".join(map(value_text, value)) or "none"
    if isinstance(value, float):
        return f"{value:.10g}"
    return _WORDS.get(str(value), str(value))
