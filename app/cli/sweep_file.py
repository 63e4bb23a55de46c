"""A sweep as files and options have it: sections or dotted paths, values as lists or as typed text."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.cli.launch import split_field
from trainer.config import read_config_file
from trainer.config_fields import flatten, from_text
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep_text import parse_axis

KEYS = (
    "name", "notes", "tags", "base", "axes", "baselines", "methods", "reuse", "margin", "looks", "tuned",
    "max_attempts", "time_limit_minutes",
    "priority", "requirements",
)  # fmt: skip


def read_sweep_file(path: Path) -> dict[str, Any]:
    """The file's sweep, its axes and baselines under dotted paths. Raises ConfigError naming file and key.

    An axis may be text as for `parse_axis` ("0..4"). TOML may write loss.beta or a table [axes.loss].
    """
    content = read_config_file(path)
    problems = [FieldProblem(f"{path}: {key}", "is not known here") for key in content if key not in KEYS]
    problems += [
        FieldProblem(f"{path}: {key}", "must be an object of fields")
        for key in ("base", "axes")
        if not isinstance(content.get(key, {}), Mapping)
    ]
    baselines = content.get("baselines", [])
    if not isinstance(baselines, list) or not all(isinstance(one, Mapping) for one in baselines):
        problems.append(FieldProblem(f"{path}: baselines", "must be a list of objects of fields"))
    if problems:
        raise ConfigError(problems, f"A sweep's file holds {', '.join(KEYS)}.")
    return content | {
        "axes": typed_axes(flatten(content.get("axes", {}))),
        "baselines": [flatten(one) for one in baselines],
    }


def typed_axes(axes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Axes whose text is read as `parse_axis` does; lists stay. Raises ConfigError naming the axis."""
    return {path: _values(path, given) for path, given in axes.items()}


def _values(path: str, given: object) -> list[Any]:
    if isinstance(given, str):
        return parse_axis(path, given)
    if not isinstance(given, list):
        raise ConfigError([FieldProblem(f"axes.{path}", 'must be a list of values, or text such as "0..4"')])
    return given


def typed_baseline(text: str, option: str = "--baseline") -> dict[str, Any]:
    """ "loss.name=focal,loss.gamma=0" as {path: value}; a comma within a value splits nothing."""
    return flatten(from_text(_fields(text, option)))


def typed_method(text: str, option: str = "--method") -> dict[str, Any]:
    """ "class_balanced_ce:loss.beta=0.9,0.99" as its name and the values of its fields."""
    name, _, own = text.partition(":")
    return {"name": name.strip(), **typed_axes(_fields(own, option) if own else {})}


def _fields(text: str, option: str) -> dict[str, str]:
    return dict(split_field(field, option) for field in re.split(r",(?=\s*[a-z][a-z0-9_.]*\s*=)", text))
