"""What sets a run apart, in a few words: the chips of a list and the name of a run that nobody named."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import MACHINE, SEEDS, short_word, shown
from trainer.config_sections import PLUGGED
from trainer.weighting_words import WEIGHTINGS

LONGEST_NAME = 200
_LONGEST_LIST = 12
"""Of more numbers, as of weights for a hundred classes, the first ones and the last stand for all."""


def chips(config: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(label, value) of the loss, its parameters and the seed, then of each field that is not its default."""
    flat = flatten(config)
    return tuple((short_word(path), value_text(flat[path])) for path in telling_paths(flat))


def default_name(config: Mapping[str, Any]) -> str:
    """Such as "focal cb 0.997 seed 0": the chips in one line, but for parameters at their default."""
    flat = flatten(config)
    words = []
    for path in telling_paths(flat):
        if path in shown("front"):
            words.append(value_text(flat[path]))
        elif path in SEEDS or flat[path] != _defaults().get(path):
            words.append(f"{short_word(path)} {value_text(flat[path])}")
    return " ".join(words)[:LONGEST_NAME]


def telling_paths(flat: Mapping[str, Any]) -> list[str]:
    """Paths that tell something, most important first. A null field has no effect; a weighting none, none."""
    defaults, always = _defaults(), (*shown("front"), *shown("always"))
    used = [path for path, value in flat.items() if value is not None and path not in MACHINE]
    changed = [path for path in used if path not in always and flat[path] != defaults.get(path)]
    first = [path for path in always if path in used and flat[path] != "none"]
    return first + changed


@cache
def _defaults() -> dict[str, Any]:
    """Each field's own default, as JSON has it."""
    defaults = {path: field.default for path, field in leaf_fields().items()}
    return {path: list(value) if isinstance(value, tuple) else value for path, value in defaults.items()}


def value_text(value: object) -> str:
    """A value of a field in a word or a short number."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        words = [value_text(one) for one in value]
        return ", ".join(words if len(words) <= _LONGEST_LIST else [*words[:3], "...", words[-1]]) or "none"
    if isinstance(value, float):
        return f"{value:.10g}"
    return _words().get(str(value), str(value))


def short_text(value: object, among: Collection[object]) -> str:
    """The value in as few digits, four at least, as keep it apart from `among` and near itself, 0 and 1."""
    whole = value_text(value)
    if isinstance(value, float):
        numbers = {one for one in among if isinstance(one, float)}
        scale = min(abs(value), abs(1 - value))
        for digits in range(4, 10):
            text = f"{value:.{digits}g}"
            alike = [one for one in numbers if f"{one:.{digits}g}" == text]
            if len(text) < len(whole) and len(alike) <= 1 and abs(float(text) - value) <= scale / 1000:
                return text
    return whole


@cache
def _words() -> dict[str, str]:
    """What is chosen by name, in words: a loss, say, without that word behind it."""
    chosen = {
        entry.name: entry.title.removesuffix(f" {registry.kind}")
        for registry in PLUGGED.values()
        for entry in registry
    }
    return chosen | {name: words.word for name, words in WEIGHTINGS.items()}
