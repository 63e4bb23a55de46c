"""Answers as they are compared: what depends on the hour or the machine is taken out, numbers are rounded."""

import hashlib
import json
import re
from typing import Any

_OF_THE_MACHINE = {
    "disk_free_bytes",
    "disk_use",
    "disk_measured_at",
    "datasets_bytes",
    "disk_total_bytes",
    "data_dir",
    "freed_bytes",
    "freed",
    "database",
    "version",
}
_FIGURES = 9
"""Significant digits that are compared: the last ones depend on the order of a sum."""
_LONG = 60
"""Numbers in a list from which on only its length, ends and digest are compared."""
_WIDTH = 150

_TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)?")
_TEXTS = (
    (re.compile(r"\b(just now|\d+ min ago|\d+ h ago|\d+ days? ago|20\d\d-\d\d-\d\d(?!T| \d\d:))\b"), "<ago>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<key>"),
    (re.compile(r"\bbb_[\w-]{6,43}"), "<token>"),
    (re.compile(r"\b[\d.]+ [kMGT]?B of [\d.]+ [kMGT]?B free\b"), "<disk>"),
    (
        re.compile(r"^What takes room\n(\|.*\n)+Looked at \S+", re.MULTILINE),
        "What takes room <disk>\nLooked at <time>",
    ),
    (re.compile(r"\bMade 20\S+ by betaboard \S+"), "Made <time> by betaboard <version>"),
    (re.compile(r"^betaboard \d\S+", re.MULTILINE), "betaboard <version>"),
)


def plain(text: str, data_dir: str = "", times: bool = False) -> str:
    """`text` without ages, random keys and this folder; without any time, too, where `times` is set."""
    if data_dir:
        text = text.replace(data_dir, "<data>")
    for pattern, word in _TEXTS:
        text = pattern.sub(word, text)
    return _TIME.sub("<time>", text) if times else text


def settled(value: Any, data_dir: str = "", times: bool = False) -> Any:
    """A JSON value so that it can be compared."""
    if isinstance(value, dict):
        return {
            key: "<machine>"
            if key in _OF_THE_MACHINE and below is not None
            else settled(below, data_dir, times)
            for key, below in value.items()
        }
    if isinstance(value, list):
        return _listed([settled(below, data_dir, times) for below in value])
    if isinstance(value, float):
        return float(f"{value:.{_FIGURES}g}")
    return plain(value, data_dir, times) if isinstance(value, str) else value


def _listed(values: list[Any]) -> Any:
    if len(values) <= _LONG or any(isinstance(value, dict) for value in values):
        return values
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]
    return {"length": len(values), "first": values[0], "last": values[-1], "sha256": digest}


def written(value: Any, indent: int = 0) -> str:
    """JSON with sorted keys, what fits on a line on one."""
    short = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(short) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner, outer = " " * (indent + 1), " " * indent
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {written(value[key], indent + 1)}"
            for key in sorted(value)
        ]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}}}"
    return "[\n" + ",\n".join(inner + written(below, indent + 1) for below in value) + f"\n{outer}]"
