"""The calculator of ReLU networks as people type it: text in the fields, made into a request."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.lab.base.calculator import Typed
from app.lab.base.formula.exact import refuse
from app.lab.base.text import grid, numbers

_LAYERS = re.compile(r"\n[ \t\r]*\n|\|")
_ANSWER = {"W": "answer_w", "b": "answer_b", "h": "answer_h"}
_UNIT = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")


def request(typed: Typed) -> Mapping[str, Any]:
    """What was typed as the request. The answer is to the first point."""
    weights = read_weights(typed["weights"])
    rows = {part: grid(typed[name], name) for part, name in _ANSWER.items()}
    answer = {part: _given(given) for part, given in rows.items() if given}
    unit = _unit(typed["unit"].strip()) if typed["unit"].strip() else None
    return {
        "weights": weights,
        "biases": grid(typed["biases"].replace("|", "\n"), "biases"),
        "points": _points(typed["points"], weights),
        "activation": typed["activation"],
        **{name: typed[name] for name in ("negative_slope", "low", "high") if typed[name].strip()},
        "answers": [answer] if answer else None,
        "unit": unit if unit and _is_there(unit, weights) else None,
    }


def read_weights(text: str) -> list[list[list[str]]]:
    """Layers between blank lines or |, rows by line or semicolon; or JSON, layer by layer or as a whole."""
    layers = (grid(part, "weights") for part in _LAYERS.split(_one_a_line(text)) if part.strip())
    return [layer for layer in layers if layer]


def _one_a_line(text: str) -> str:
    """[[[1], [2]], [[3, 4]]]: the outer brackets taken off, and the layers set apart."""
    bare = re.sub(r"\s", "", text)
    return re.sub(r"\]\],\[\[", "]]|[[", bare[1:-1]) if bare.startswith("[[[") else text


def _points(text: str, weights: Sequence[Sequence[Sequence[str]]]) -> Sequence[object]:
    """Numbers, for one input; else a point a line, or between semicolons."""
    inputs = len(weights[0][0]) if weights else 1
    return numbers(text, "points") if inputs == 1 else grid(text, "points")


def _given(rows: list[list[str]]) -> object:
    """A number, a list or rows."""
    if len(rows) > 1:
        return rows
    return rows[0][0] if len(rows[0]) == 1 else rows[0]


def _unit(text: str) -> Mapping[str, int]:
    found = _UNIT.fullmatch(text)
    if found is None:
        raise refuse("unit", f"must be layer.unit, such as 1.2, got {text[:20]!r}")
    return {"layer": int(found[1]), "unit": int(found[2])}


def _is_there(unit: Mapping[str, int], weights: Sequence[Sequence[Sequence[str]]]) -> bool:
    """A unit that was pointed at goes when the network typed next has it no more: no field could mend it."""
    hidden = weights[:-1]
    return 1 <= unit["layer"] <= len(hidden) and 1 <= unit["unit"] <= len(hidden[unit["layer"] - 1])
