"""What a job requires of the worker that carries it out: a device, and labels that people gave to workers.

Stored as {"device": null | "cuda" | "mps", "labels": [...]}, always whole and always written the same way, so
that equal requirements are equal text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, String, TypeDecorator

Requirements = Mapping[str, Any]

IMPLYING = ("cuda", "mps")
"""Devices of a configuration that not every worker has."""
NONE = '{"device": null, "labels": []}'
"""Of a job that any worker may carry out, as stored."""


class RequirementsText(TypeDecorator[Requirements]):
    """JSON as text: a database compares, groups and indexes text, but not everywhere JSON."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Requirements | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """Always written the same way."""
        return None if value is None else json.dumps(requirements(**value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Requirements | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """As it was given."""
        return None if value is None else dict(json.loads(value))


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
    """The requirements, and the device that the configuration names."""
    implied = config.get("device")
    return requirements(implied if implied in IMPLYING else required["device"], required["labels"])


def in_words(required: Requirements) -> str:
    """Such as "device cuda and label big"; "" where nothing is required."""
    device = [f"device {required['device']}"] if required["device"] else []
    return " and ".join([*device, *(f"label {label}" for label in required["labels"])])
