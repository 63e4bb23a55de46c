"""A setting in words: its loss ("CB-Focal 0.997"), then what else differs from the settings beside it.

The loss, its weighting and beta or power always stand there, so that a label stays the same when a sweep
grows along them; other fields only where two settings differ in them. Labels are unique within one call.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.runs.naming import value_text
from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import NO_SETTING, is_named, null_is_a_value, role_of, short_word, shown
from trainer.config_sections import PLUGGED
from trainer.losses import LOSSES
from trainer.weighting_words import WEIGHTINGS

_RATE, _DECAY = "optim.learning_rate", "optim.weight_decay"
_DIGITS = (3, 10)
"""Significant digits of a number: few, unless two settings would read alike."""


def setting_labels(configs: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A label for each configuration, in order; equal settings get equal labels, others never."""
    flat = [flatten(config) for config in configs]
    told = [path for path in differing_fields(flat) if path not in shown("front")]
    if _DECAY in told and _goes_with_rate(flat):
        told.remove(_DECAY)
    digests = [_digest(one) for one in flat]
    for digits in _DIGITS:
        labels = [_label(one, told, digits) for one in flat]
        if len(set(labels)) == len(set(digests)):
            break
    return _told_apart(labels, digests)


def loss_label(config: Mapping[str, Any]) -> str:
    """Loss, weighting and its number: "CE", "Focal", "CB-CE 0.9", "InvFreq-Focal", "Power-CE 0.5"."""
    front = [config["loss"].get(path.partition(".")[2]) for path in shown("front")]
    numbers = [value_text(value) for value in front if isinstance(value, int | float)]
    return " ".join([loss_family(config), *numbers])


def loss_family(config: Mapping[str, Any]) -> str:
    """Loss and weighting: "CE", "CB-Focal"."""
    loss = config["loss"]
    weighting, known = WEIGHTINGS.get(loss["weighting"]), LOSSES.get(loss["name"])
    before = weighting.short if weighting else f"{loss['weighting']}-"
    return before + (known.short if known else str(loss["name"]))


def setting_fields(config: Mapping[str, Any], but: Collection[str] = ()) -> dict[str, Any]:
    """The flat fields that make a setting: all but seeds, device and threads, and but these."""
    flat = flatten(config)
    return {path: flat[path] for path in flat if path not in NO_SETTING and path not in but}


def fields_beside_loss(config: Mapping[str, Any], but: Collection[str] = ()) -> dict[str, Any]:
    """The same without what is compared: the loss."""
    return {path: value for path, value in setting_fields(config, but).items() if role_of(path) != "compared"}


def differing_fields(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """Paths of a setting in which these flat configurations differ, in form order.

    A null says that the field has no effect there, which another field tells already.
    """
    paths = dict.fromkeys(path for one in flat for path in one if path not in NO_SETTING)
    return [path for path in paths if _differ(path, [one.get(path) for one in flat])]


def _differ(path: str, values: Sequence[object]) -> bool:
    if all(value == values[0] for value in values):
        return False
    counting = (value for value in values if value is not None or null_is_a_value(path))
    return len(set(map(value_text, counting))) > 1


def _goes_with_rate(flat: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the decay differs as it does where a loss is multiplied: rate times decay is constant."""
    products = [one[_RATE] * one[_DECAY] for one in flat]
    return all(math.isclose(one, products[0], rel_tol=1e-6) for one in products)


def _label(flat: Mapping[str, Any], paths: Sequence[str], digits: int) -> str:
    front = {path.partition(".")[2]: flat[path] for path in shown("front")}
    words = [_words(path, flat[path], digits) for path in paths if _says_something(path, flat.get(path))]
    return ", ".join([loss_label({"loss": front}), *words])


def _says_something(path: str, value: object) -> bool:
    """Whether the field has an effect, and is not that nothing is resampled, mixed or added."""
    is_plain = path in PLUGGED and role_of(path) == "compared" and value == leaf_fields()[path].default
    return value is not None and not is_plain


def _words(path: str, value: object, digits: int) -> str:
    text = value_text(value).replace("_", " ")
    if isinstance(value, float) and "e" not in (rounded := f"{value:.{digits}g}"):
        text = rounded
    return f"{short_word(path)} {text}" if is_named(path) else text


def _told_apart(labels: Sequence[str], digests: Sequence[str]) -> tuple[str, ...]:
    """Where numbers read alike but are not, a piece of a hash of the setting makes the difference."""
    if len(set(labels)) == len(labels):
        return tuple(labels)
    pairs = list(zip(labels, digests, strict=True))
    shared = Counter(label for label, _ in set(pairs))
    return tuple(label if shared[label] == 1 else f"{label} [{digest}]" for label, digest in pairs)


def _digest(flat: Mapping[str, Any]) -> str:
    plain = {path: value for path, value in flat.items() if path not in NO_SETTING}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:6]
