"""What a plan still wants trained, given what has been: asked again after each answer, as a study is.

Values are chosen by one run each, with images for validation cut from training; the runs that are reported
have all images again, and seeds that the choice did not see.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.reproduction.plan import Plan, Setting
from app.reproduction.results import Measured
from trainer.config import RunConfig, as_json, config_hash, merge, parse_config
from trainer.config_fields import nest
from trainer.control import scaled_to
from trainer.stages import first_stage_of

Have = Mapping[str, Measured]
"""Finished runs by the hash of their configuration."""


@dataclass(frozen=True)
class Trial:
    """A plan as it is carried out: on which data set ("" for its own), at which share of its epochs.

    ask_weight: E[w] of a configuration, by which its class weights multiply the loss. mean_weights: what it
    said so far, by hash.
    """

    plan: Plan
    ask_weight: Callable[[RunConfig], float]
    dataset: str = ""
    scale: float = 1.0
    mean_weights: dict[str, float] = field(default_factory=dict)

    def configured(self, asked: Mapping[str, Any]) -> RunConfig:
        """The configuration of these fields, on this trial's data set and at its scale."""
        own = {"data": {"dataset": self.dataset}} if self.dataset else {}
        return scaled_down(parse_config(merge(asked, own)), self.scale)

    def weight(self, config: RunConfig) -> float:
        """E[w], asked for once."""
        known = config_hash(config)
        if known not in self.mean_weights:
            self.mean_weights[known] = self.ask_weight(config)
        return self.mean_weights[known]


@dataclass(frozen=True)
class Wanted:
    """A run of a setting; `values` are those that it tries for the choice, {} for a run that is reported."""

    setting: Setting
    config: RunConfig
    values: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """Of its configuration."""
        return config_hash(self.config)


def wanted(trial: Trial, have: Have) -> tuple[Wanted, ...]:
    """All runs that can be named by now, finished ones too: first those to choose by, then seed by seed.

    Of a seed second stages come last, so that they find the first ones that others are reported by.
    """
    found: dict[str, Wanted] = {}
    reported: list[Wanted] = []
    for setting in trial.plan.settings:
        for one in tried(trial, setting, have):
            found.setdefault(one.hash, one)
        reported += runs_of(trial, setting, have)
    for one in sorted(reported, key=lambda one: (one.config.seed, first_stage_of(one.config) is not None)):
        found.setdefault(one.hash, one)
    return tuple(found.values())


def runs_of(trial: Trial, setting: Setting, have: Have) -> tuple[Wanted, ...]:
    """The runs that the setting is reported by; () while its values, or those it goes by, are not chosen."""
    asked = _settled(trial, setting, have)
    weight = _slowing(trial, setting, have)
    if asked is None or weight is None:
        return ()
    configs = (trial.configured(merge(asked, {"seed": seed})) for seed in range(setting.seeds))
    return tuple(Wanted(setting, one if weight == 1 else scaled_to(one, weight), {}) for one in configs)


def is_settled(trial: Trial, setting: Setting, have: Have) -> bool:
    """Whether the runs that it is reported by can be named."""
    return bool(runs_of(trial, setting, have))


def tried(trial: Trial, setting: Setting, have: Have) -> Iterator[Wanted]:
    """The runs that its values are chosen by; none before the setting that it goes upon has chosen."""
    if (asked := _asked(trial, setting, have)) is not None:
        for values in _combinations(trial.plan.chosen(setting)):
            yield _try(trial, setting, merge(asked, nest(values)), values)


def chosen_values(trial: Trial, setting: Setting, have: Have) -> dict[str, Any] | None:
    """The values that did best on validation, of equal ones the first; {} without a choice, None before.

    None, too, where none of them has a figure there, as where all diverged.
    """
    if _asked(trial, setting, have) is None:
        return None
    found: dict[str, Any] | None = None if trial.plan.chosen(setting) else {}
    best = -math.inf
    for one in tried(trial, setting, have):
        if one.hash not in have:
            return None
        score = have[one.hash].validation
        if score is not None and score > best:
            found, best = dict(one.values), score
    return found


def _try(trial: Trial, setting: Setting, asked: Mapping[str, Any], values: Mapping[str, Any]) -> Wanted:
    tuning = trial.plan.tuning
    cut = {"seed": tuning.seed, "data": {"validation_fraction": tuning.validation_fraction}}
    return Wanted(setting, trial.configured(merge(asked, cut)), values)


def _asked(trial: Trial, setting: Setting, have: Have) -> dict[str, Any] | None:
    """What it asks for before it chooses; None while a setting that it goes upon has not chosen."""
    asked, upon = trial.plan.asked(setting), trial.plan.upon(setting)
    for below in reversed(upon):
        values = chosen_values(trial, below, have)
        if values is None:
            return None
        asked = merge(asked, nest(values))
    return asked


def _combinations(choices: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    if choices:
        for values in itertools.product(*choices.values()):
            yield dict(zip(choices, values, strict=True))


def _settled(trial: Trial, setting: Setting, have: Have) -> dict[str, Any] | None:
    asked, values = _asked(trial, setting, have), chosen_values(trial, setting, have)
    return None if asked is None or values is None else merge(asked, nest(values))


def _slowing(trial: Trial, setting: Setting, have: Have) -> float | None:
    """E[w] of the setting that this one is slowed down like: 1 without one, None before that has chosen."""
    if not setting.slowed_like:
        return 1.0
    other = _settled(trial, trial.plan.setting(setting.slowed_like), have)
    return None if other is None else trial.weight(trial.configured(other))


def scaled_down(config: RunConfig, scale: float) -> RunConfig:
    """The same recipe over `scale` of its epochs: milestones, warm-up and later beginnings move along."""
    if scale == 1:
        return config
    optim = config.optim
    epochs = max(1, round(optim.epochs * scale))
    steps = sorted({max(1, round(step * scale)) for step in optim.milestones or ()})
    warm_up = max(1, round(optim.warmup_epochs * scale)) if optim.warmup_epochs else 0
    changes: dict[str, Any] = {
        "optim": {"epochs": epochs, "warmup_epochs": min(warm_up, epochs)},
        "loss": {"weights_from": _begin(config.loss.weights_from, scale, epochs)},
        "sampling": {"from_epoch": _begin(config.sampling.from_epoch, scale, epochs)},
    }
    if (later := getattr(config.second_stage, "epochs", None)) is not None:
        changes["second_stage"] = {"epochs": max(1, round(later * scale))}
    if optim.milestones is not None:
        changes["optim"]["milestones"] = steps
    return parse_config(merge(as_json(config), changes))


def _begin(first: int | None, scale: float, epochs: int) -> int | None:
    """The first epoch after the same share of the run."""
    return None if first is None else min(epochs, 1 + round((first - 1) * scale))
