"""The ways in which a person or a script launches a run; each returns the number of the run."""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx2
from click.testing import CliRunner

from app.cli import main


def from_form(url: str, typed: Mapping[str, str]) -> int:
    """The run that the form of the new-run page launches, each of its fields filled in."""
    page = httpx2.get(f"{url}/runs/new", timeout=60).text
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page))
    assert set(typed) <= fields
    launched = httpx2.post(f"{url}/runs/new", data=typed, follow_redirects=False, timeout=60)
    assert launched.status_code == 303, launched.text
    return int(launched.headers["location"].rpartition("/")[2])


def from_rest(url: str, meant: dict[str, Any]) -> int:
    answer = httpx2.post(f"{url}/api/v1/runs", json={"config": meant}, timeout=60)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def from_shell(url: str, *arguments: str) -> int:
    result = CliRunner().invoke(main, ["launch", *arguments, "--url", url, "--json"])
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["id"])
