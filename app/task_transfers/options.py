"""What could serve a target, for the policy: pure functions of its losses."""

from dataclasses import dataclass
from typing import Literal

from app.task_transfers.judge import OWN, PIXELS, RANDOM, SCRATCH, Readings
from app.task_transfers.view import Share

OptionWay = Literal["own", "transfer", "scratch", "random", "pixels"]
_FREE: dict[str, OptionWay] = {SCRATCH: "scratch", RANDOM: "random", PIXELS: "pixels"}


@dataclass(frozen=True)
class Option:
    """One way to serve the target; `sources` must be trained for it. gain: of test images."""

    sources: tuple[str, ...]
    way: OptionWay
    affinity: float
    gain: Share


def options_of(readings: Readings, is_source: bool) -> tuple[Option, ...]:
    """Single tasks and sets without the target, its own network, and the best of what needs no source.

    Affinities are of all of them, those that need no source too, by validation images. A target that is no
    source has no network of its own to choose.
    """
    test = readings.measured.test
    through = [key for key in readings.keys if readings.target not in key.split("+") and key not in _FREE]
    own = [OWN] if is_source and OWN in test else []
    free = [key for key in _FREE if key in test]
    affinity = readings.affinities([*through, *own, *free])
    if not affinity:
        return ()
    best = max(free, key=lambda key: affinity[key], default=None)
    ways: dict[str, OptionWay] = {}
    ways.update((key, "transfer") for key in through)
    ways.update((key, "own") for key in own)
    if best is not None:
        ways[best] = _FREE[best]
    return tuple(
        Option(_sources(key, way, readings.target), way, affinity[key], readings.versus(key, SCRATCH))
        for key, way in ways.items()
    )


def _sources(key: str, way: OptionWay, target: str) -> tuple[str, ...]:
    return tuple(key.split("+")) if way == "transfer" else (target,) if way == "own" else ()
