"""A run's configuration as a table: every field with its value, and what differs from the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.formats import setting
from trainer.config import PRESETS, RunConfig, as_json, preset
from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import null_is_a_value

GROUPS = {"data": "Data", "sampling": "Sampling", "model": "Model", "loss": "Loss"}
GROUPS |= {"optim": "Optimisation", "": "Repeat"}


@dataclass(frozen=True)
class ConfigRow:
    """A field: its value in words, and the usual one where it is another."""

    path: str
    label: str
    value: str
    usual: str
    differs: bool
    has_effect: bool


@dataclass(frozen=True)
class ConfigGroup:
    """Fields that stand together."""

    title: str
    rows: tuple[ConfigRow, ...]


@dataclass(frozen=True)
class ConfigTable:
    """All fields in groups, the base that they are held against, and how many differ from it."""

    base: str
    groups: tuple[ConfigGroup, ...]
    different: int


def config_table(config: Mapping[str, Any]) -> ConfigTable:
    """`config` (as JSON) against the nearest of the defaults and the presets; ties go to the defaults."""
    flat = flatten(config)
    name, base = min(_bases().items(), key=lambda item: _distance(flat, item[1]))
    rows = [_row(path, flat, base) for path in dict.fromkeys((*leaf_fields(), *flat))]
    members = {key: tuple(row for row in rows if _section(row.path) == key) for key in GROUPS}
    groups = tuple(ConfigGroup(title, members[key]) for key, title in GROUPS.items())
    return ConfigTable(name, groups, sum(row.differs for row in rows))


@cache
def _bases() -> dict[str, dict[str, Any]]:
    """The defaults first, then each preset, flat."""
    named = {"the defaults": RunConfig()} | {f"the preset {name}": preset(name) for name in PRESETS}
    return {name: flatten(as_json(config)) for name, config in named.items()}


def _distance(flat: Mapping[str, Any], base: Mapping[str, Any]) -> int:
    return sum(flat[path] != base[path] for path in base)


def _section(path: str) -> str:
    return path.partition(".")[0] if "." in path else ""


def _row(path: str, flat: Mapping[str, Any], base: Mapping[str, Any]) -> ConfigRow:
    """A field whose default is "none given" (threads) has an effect though it is null."""
    field = leaf_fields().get(path)
    value, usual = flat[path], base.get(path)
    if field is None:  # of a plugin that is not loaded
        return ConfigRow(path, path, setting(value), "unknown here", value is not None, value is not None)
    return ConfigRow(
        path=path,
        label=field.title or path,
        value=setting(value),
        usual="not used" if usual is None and not null_is_a_value(path) else setting(usual),
        differs=value != usual,
        has_effect=value is not None or null_is_a_value(path),
    )
