"""A run as something to paste: a shell command, curl, Python. Only what differs from the defaults is said."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from app.urls import API
from app.views.runs.view import RunDetail
from trainer.config import RunConfig, as_json
from trainer.config_fields import as_text, flatten, nest
from trainer.config_meaning import null_is_a_value


@dataclass(frozen=True)
class Recipe:
    """A way to launch the same run again."""

    name: str
    text: str


def recipes(run: RunDetail, base_url: str) -> tuple[Recipe, ...]:
    """The run for a shell, for curl and for Python, against the server at `base_url`."""
    changed = _changed(run.config)
    body = {"name": run.name, "tags": list(run.tags), "config": nest(changed)}
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


def _command(run: RunDetail, changed: Mapping[str, Any], base_url: str) -> str:
    words = ["betaboard launch", f"--url {shlex.quote(base_url)}", f"--name {shlex.quote(run.name)}"]
    words += [f"--tag {shlex.quote(tag)}" for tag in run.tags]
    words += [f"--set {shlex.quote(f'{path}={as_text(value)}')}" for path, value in changed.items()]
    return " \\\n  ".join(words)


def _curl(body: Mapping[str, Any], base_url: str) -> str:
    sent, json_type = json.dumps(body, ensure_ascii=False), "-H 'Content-Type: application/json'"
    words = [f"curl -X POST {shlex.quote(base_url + API + '/runs')}", json_type, f"-d {shlex.quote(sent)}"]
    return " \\\n  ".join(words)


def _python(run: RunDetail, config: Mapping[str, Any], base_url: str) -> str:
    tags = f", tags={list(run.tags)!r}" if run.tags else ""
    return (
        f"from app.client import Client\n\nwith Client({base_url!r}) as board:\n"
        f"    config = {_indented(config)}\n"
        f"    run = board.launch(config, name={run.name!r}{tags})\n"
        f"    print(board.wait(run.id).state)"
    )


def _indented(config: Mapping[str, Any]) -> str:
    return pformat(dict(config), width=88, sort_dicts=False).replace("\n", "\n    " + " " * len("config = "))
