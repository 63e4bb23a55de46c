"""A run's configuration as a table of all fields, and as something to paste of those that differ."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pprint import pformat
from typing import Any

from app.formats import setting
from app.requirements import as_words
from app.urls import API
from app.views.runs.view import RunDetail
from trainer.config import PRESETS, RunConfig, as_json, preset
from trainer.config_fields import as_text, flatten, leaf_fields, nest
from trainer.config_meaning import hangs_on_choice, is_used, null_is_a_value

GROUPS = {
    "data": "Data",
    "sampling": "Sampling",
    "policy": "Policy",
    "mixing": "Mixing",
    "model": "Model",
    "loss": "Loss",
}
GROUPS |= {"optim": "Optimisation", "second_stage": "Second stage", "": "Repeat"}


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
    """`config` (as JSON) against the nearest of the defaults and the presets; ties go to the defaults.

    Fields of a loss, a model or a sampler that was not chosen are left out.
    """
    flat = flatten(config)
    name, base = min(_bases().items(), key=lambda item: _distance(flat, item[1]))
    rows = [_row(path, flat, base) for path in dict.fromkeys((*leaf_fields(), *flat))]
    rows = [row for row in rows if row.has_effect or not hangs_on_choice(row.path)]
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


def group_of(path: str) -> str:
    """The title of the group in which the field stands."""
    return GROUPS[_section(path)]


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
        usual=_usual(usual) if is_used(base, path) else "not used",
        differs=value != usual,
        has_effect=is_used(flat, path),
    )


def _usual(value: object) -> str:
    """In a sentence, "usually none": a dash is for tables."""
    return "none" if value is None else setting(value)


@dataclass(frozen=True)
class Recipe:
    """A way to launch the same run again."""

    name: str
    text: str


def recipes(run: RunDetail, base_url: str) -> tuple[Recipe, ...]:
    """The run for a shell, for curl and for Python, against the server at `base_url`."""
    changed = _changed(run.config)
    body = {"name": run.name, "tags": list(run.tags), **_needs(run), "config": nest(changed)}
    return (
        Recipe("Command", _command(run, changed, base_url)),
        Recipe("curl", _curl(body, base_url)),
        Recipe("Python", _python(run, nest(changed), base_url)),
    )


def _changed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Flat fields that are not the default; those without effect follow from the others."""
    usual = flatten(as_json(RunConfig()))
    other = {path: value for path, value in flatten(config).items() if value != usual.get(path)}
    return {path: value for path, value in other.items() if value is not None or null_is_a_value(path)}


def _needs(run: RunDetail) -> dict[str, Any]:
    required = run.requirements.model_dump(mode="json")
    return {"requirements": required} if as_words(required) else {}


def _command(run: RunDetail, changed: Mapping[str, Any], base_url: str) -> str:
    words = ["betaboard launch", f"--url {shlex.quote(base_url)}", f"--name {shlex.quote(run.name)}"]
    words += [f"--tag {shlex.quote(tag)}" for tag in run.tags]
    words += [f"--require {word}" for word in as_words(run.requirements.model_dump())]
    words += [f"--set {shlex.quote(f'{path}={as_text(value)}')}" for path, value in changed.items()]
    return " \\\n  ".join(words)


def _curl(body: Mapping[str, Any], base_url: str) -> str:
    sent, json_type = json.dumps(body, ensure_ascii=False), "-H 'Content-Type: application/json'"
    words = [f"curl -X POST {shlex.quote(base_url + API + '/runs')}", json_type, f"-d {shlex.quote(sent)}"]
    return " \\\n  ".join(words)


def _python(run: RunDetail, config: Mapping[str, Any], base_url: str) -> str:
    tags = f", tags={list(run.tags)!r}" if run.tags else ""
    tags += "".join(f", {name}={value!r}" for name, value in _needs(run).items())
    return (
        f"from app.client import Client\n\nwith Client({base_url!r}) as board:\n"
        f"    config = {_indented(config)}\n"
        f"    run = board.launch(config, name={run.name!r}{tags})\n"
        f"    print(board.wait(run.id).state)"
    )


def _indented(config: Mapping[str, Any]) -> str:
    return pformat(dict(config), width=88, sort_dicts=False).replace("\n", "\n    " + " " * len("config = "))
