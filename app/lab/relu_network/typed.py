"""The calculator of ReLU networks as people type it: text in the fields, made into a request; examples."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.lab.base.calculator import Example, Typed
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


WRITE_UP: Mapping[str, str] = {
    "weights": "1.5\n0.5\n\n1 2\n2 1\n\n1 1",
    "biases": "0 1\n0 1\n-1",
    "points": "2, -1, 1",
}
"""Two hidden layers of two units; its biases are a line a layer."""

EXAMPLES = (
    Example(
        "The write-up's answer at x = 2",
        "W and b were given as lists, one entry for each hidden unit. But with one input and one output they "
        "are single numbers: W = 6 and b = 3. The entries of W are those of W2 W1 + W3, where the layers "
        "should have been composed.",
        {**WRITE_UP, "points": "2", "answer_w": "3.5 4.5", "answer_b": "-0.5 -1.5"},
    ),
    Example(
        "The write-up's answer at x = -1",
        "Here the first unit of layer 1 is off. The answer gives the slopes of the two units of layer 1 and "
        "goes no further; W is 3/2 and b is 3.",
        {**WRITE_UP, "points": "-1", "answer_w": "1.5 0.5", "answer_b": "1.5 1"},
    ),
    Example(
        "The write-up's answer at x = 1",
        "The same pattern as at x = 2, so the same W and b, and the same mistake in the answer. Its summary "
        "then gives other numbers than its own working.",
        {**WRITE_UP, "points": "1", "answer_w": "3.5 4.5", "answer_b": "1 1"},
    ),
    Example(
        "On a kink, and at zero without one",
        "At x = 0 unit 1 of layer 1 switches: the slope is 3/2 on the left and 6 on the right, and autograd "
        "returns 3/2. At x = -3 unit 1 of layer 2 sits exactly at zero, and nothing bends.",
        {**WRITE_UP, "points": "0, -2, -3"},
    ),
    Example(
        "A slope that autograd misses",
        "relu(x) - relu(-x) is x, without a kink at 0. But both units are at zero there, so autograd returns "
        "0, not 1.",
        {"weights": "1\n-1\n\n1 -1", "biases": "0 0\n0", "points": "0, 1"},
    ),
    Example(
        "A saw-tooth: depth folds the line",
        "Each layer of two units makes a tent, and each tent folds all teeth before it: three layers make "
        "eight slopes between 0 and 1, four would make sixteen.",
        {
            "weights": "1\n1\n\n2 -4\n2 -4\n\n2 -4\n2 -4\n\n2 -4",
            "biases": "0 -1/2\n0 -1/2\n0 -1/2\n0",
            "points": "1/3",
            "low": "-1/4",
            "high": "5/4",
        },
    ),
    Example(
        "Two inputs: regions of the plane",
        "Three units of layer 1 cut the plane along straight lines; the lines of layer 2 bend where they "
        "cross these.",
        {
            "weights": "1 0\n0 1\n1 1\n\n1 -1 1\n1 1 -2\n\n1 1",
            "biases": "0 0 -1\n-1/2 0\n0",
            "points": "1, 1/2; -1, 2; 0, 0",
            "low": "-3",
            "high": "3",
        },
    ),
    Example(
        "Leaky ReLU",
        "The write-up's network with a slope of 1/10 below zero: units that are off still pass a tenth.",
        {**WRITE_UP, "activation": "leaky_relu", "negative_slope": "1/10"},
    ),
)
