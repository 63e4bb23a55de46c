"""RunConfig: one frozen model that feeds the form, the API, the command line, the database and checkpoints.

This module reads, hashes and merges configurations. The fields themselves stand in config_sections, the
flat view of them in config_fields, the words of a refusal in config_problems. Imports no torch.
"""

import hashlib
import itertools
import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from trainer.config_data import DataConfig
from trainer.config_fields import choices, flatten, leaf_fields, nest
from trainer.config_meaning import MACHINE, NO_SETTING, is_used, meanings
from trainer.config_optim import OptimConfig
from trainer.config_presets import PRESETS
from trainer.config_problems import problem_of
from trainer.config_sections import LossConfig, ModelConfig, RunConfig, SecondStageConfig
from trainer.continuing import obstacle
from trainer.errors import ConfigError, FieldProblem
from trainer.losses import head_of
from trainer.second_stages import SECOND_STAGES

__all__ = ["PRESETS", "DataConfig", "LossConfig", "ModelConfig", "OptimConfig", "RunConfig", "as_json",
           "completed", "config_hash", "merge", "parse_config", "preset", "setting_hash",
           "stored_setting_hash"]  # fmt: skip

MOST_MILESTONES = 100
_LATER = {path: meaning.since.means for path, meaning in meanings().items() if meaning.since}
"""Fields that stored configurations may lack. Whatever a configuration could say before they came, it says
with each at this value, or where it has no effect: so they are left out of its hash there, and equal runs
stay equal."""


def parse_config(data: object) -> RunConfig:
    """The configuration that `data` (nested mappings, as from JSON or TOML) describes.

    Raises ConfigError naming every refused field by its dotted path.
    """
    try:
        config = RunConfig.model_validate(data)
    except ValidationError as error:
        raise ConfigError([problem_of(detail) for detail in error.errors()]) from error
    problems = list(_cross_field_problems(config))
    if problems:
        raise ConfigError(problems)
    return config


def preset(name: str) -> RunConfig:
    """The named preset, complete. Raises ConfigError for an unknown name."""
    if name not in PRESETS:
        raise ConfigError([FieldProblem("preset", f"{name!r} is unknown; known are {', '.join(PRESETS)}")])
    return parse_config(PRESETS[name])


def merge(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `overrides` laid over it, section by section; neither is changed."""
    merged = dict(base)
    for key, value in overrides.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return merged


def as_json(config: RunConfig) -> dict[str, Any]:
    """The configuration as plain JSON values, sections nested, unused fields null."""
    return config.model_dump(mode="json")


def config_hash(config: RunConfig) -> str:
    """16 hex digits, equal for equal experiments: device and threads are left out."""
    return _digest(flatten(as_json(config)), leaving_out=MACHINE)


def setting_hash(config: RunConfig) -> str:
    """16 hex digits of the setting: the configuration without its seeds, device and threads."""
    return _digest(flatten(as_json(config)), leaving_out=NO_SETTING)


def stored_setting_hash(stored: Mapping[str, Any]) -> str:
    """`setting_hash` of a configuration as JSON, also of one that chooses what is not known here."""
    try:
        return setting_hash(parse_config(stored))
    except ConfigError:
        return _digest(flatten(completed(stored)), leaving_out=NO_SETTING)


def completed(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored configuration (as JSON) with the fields that came later as it means them, in form order.

    Unknown fields that say something stay, after the others of their section: those of a plugin that is not
    loaded, or of a field that is gone. Without effect, as null, they are left out.
    """
    if _shape(stored) == _SHAPE:
        return dict(stored)
    flat = flatten(stored)
    for path in [path for path in _LATER if path not in flat]:
        flat[path] = _LATER[path] if is_used(flat, path) else None
    foreign = [
        path
        for path, value in flat.items()
        if path not in meanings() and (value is not None or _chooses_unknown(flat, path))
    ]
    return nest({path: flat[path] for path in (*leaf_fields(), *foreign) if path in flat})


def _chooses_unknown(flat: Mapping[str, Any], path: str) -> bool:
    """Whether the field's section chooses what is not known here, as of a plugin that is not loaded."""
    name = f"{path.partition('.')[0]}.name"
    return name in meanings() and flat.get(name) not in choices(name)


def _shape(config: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Names of the fields in order, each with those below it."""
    return [(name, [*below] if isinstance(below, dict) else []) for name, below in config.items()]


_SHAPE = _shape(nest(dict.fromkeys(leaf_fields())))


def _digest(flat: Mapping[str, Any], leaving_out: Collection[str]) -> str:
    kept = {path: value for path, value in flat.items() if path not in leaving_out and _counts(flat, path)}
    text = json.dumps(nest(kept), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _counts(flat: Mapping[str, Any], path: str) -> bool:
    """Whether a configuration of before the field came could not have said the same."""
    if path in _LATER:
        return bool(flat[path] != _LATER[path]) and is_used(flat, path)
    return path in meanings() or flat[path] is not None


def _cross_field_problems(config: RunConfig) -> Iterable[FieldProblem]:
    optim = config.optim
    steps = optim.milestones or ()
    if len(steps) > MOST_MILESTONES:
        yield FieldProblem("optim.milestones", f"holds {len(steps)} epochs; at most {MOST_MILESTONES}")
    if any(later <= earlier for earlier, later in itertools.pairwise(steps)):
        yield FieldProblem("optim.milestones", f"must rise from one to the next, got {list(steps)}")
    if optim.warmup_epochs > optim.epochs:
        yield FieldProblem(
            "optim.warmup_epochs", f"is {optim.warmup_epochs}, but the run has only {optim.epochs} epochs"
        )
    yield from _continued_problems(config)
    stage = SECOND_STAGES[config.second_stage.name]
    if stage.linear_only and head_of(config.loss).kind == "cosine":
        said = f"is {stage.name}, which needs lengths and a bias; {config.loss.name} has a head of cosines"
        yield FieldProblem("second_stage.name", said)
    begins = (
        ("loss.weights_from", config.loss.weights_from),
        ("sampling.from_epoch", config.sampling.from_epoch),
    )
    for path, first in begins:
        if first is not None and first > optim.epochs:
            yield FieldProblem(path, f"is {first}, but the run has only {optim.epochs} epochs")


def _continued_problems(config: RunConfig) -> Iterable[FieldProblem]:
    path, ends = "optim.continued_after", config.optim.continued_after
    if not ends:
        return
    if any(later <= earlier for earlier, later in itertools.pairwise((*ends, config.optim.epochs))):
        yield FieldProblem(path, f"must rise from one to the next, and end below the {config.optim.epochs} "
                           f"epochs of the run, got {list(ends)}")  # fmt: skip
    begins = max(config.optim.warmup_epochs, config.loss.weights_from or 1, config.sampling.from_epoch or 1)
    if ends[0] < begins:
        yield FieldProblem(path, f"begins with {ends[0]}, but warm-up, weights or sampler begin at {begins}")
    plain = config.model_copy(update={"second_stage": SecondStageConfig()})
    if why := obstacle(plain):
        yield FieldProblem(path, f"cannot be: {why}")


def read_config_file(path: Path) -> dict[str, Any]:
    """The file's content: TOML where its name ends in .toml, else JSON. Raises ConfigError naming it."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _refused(path, f"is not valid {_format(path)}: {error}") from error
    if not isinstance(content, dict):
        raise _refused(path, "must hold an object of fields")
    return content


def _format(path: Path) -> str:
    return "TOML" if path.suffix.lower() == ".toml" else "JSON"


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError([FieldProblem(str(path), message)], "Configuration files are JSON, or TOML as *.toml.")
