"""What a job requires of the worker that carries it out: a device, and labels that people gave to workers.

As JSON {"device": null | "cuda" | "mps", "labels": [...]}; people write "device=cuda" and "big".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Requirements = Mapping[str, Any]

DEVICES = ("cuda", "mps")
"""Devices that not every worker has: a configuration that names one requires it."""
LABEL = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,49}$"
_DEVICE = "device="


@dataclass(frozen=True)
class Offer:
    """What a worker has: devices such as "cpu" and "cuda:0", and its labels."""

    devices: Sequence[str] = ("cpu",)
    labels: Sequence[str] = ()

    def fits(self, required: Requirements) -> bool:
        """Whether a worker with this can carry out a job that requires that."""
        kinds = {device.partition(":")[0] for device in self.devices}
        return required["device"] in (None, *kinds) and set(required["labels"]) <= set(self.labels)


def requirements(device: str | None = None, labels: Iterable[str] = ()) -> dict[str, Any]:
    """Requirements in the one way in which they are written."""
    return {"device": device, "labels": sorted(set(labels))}


def with_device(required: Requirements, config: Mapping[str, Any]) -> dict[str, Any]:
    """The requirements, and the device that the configuration names, which goes before theirs."""
    named = config.get("device")
    return requirements(named if named in DEVICES else required["device"], required["labels"])


def from_words(words: Iterable[str]) -> dict[str, Any]:
    """Of "device=cuda" and "big" as people write them; of two devices the last."""
    given = [word.strip() for word in words]
    devices = [word.removeprefix(_DEVICE) for word in given if word.startswith(_DEVICE)]
    labels = [word for word in given if not word.startswith(_DEVICE)]
    return requirements(devices[-1] if devices else None, labels)


def as_words(required: Requirements) -> list[str]:
    """The same as people write it."""
    return [*([_DEVICE + required["device"]] if required["device"] else []), *required["labels"]]


def in_words(required: Requirements) -> str:
    """Such as "device cuda and label big"; "" where nothing is required."""
    device = [f"device {required['device']}"] if required["device"] else []
    return " and ".join([*device, *(f"label {label}" for label in required["labels"])])


def is_label(word: str) -> bool:
    """Whether a worker may have it as a label."""
    return re.fullmatch(LABEL, word) is not None
