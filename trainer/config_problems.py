"""A pydantic error about a RunConfig, said in our own words: wanted, given, and the reason."""

import difflib
import json
import math
import re

from pydantic_core import ErrorDetails

from trainer import plugins
from trainer.config_fields import choices, leaf_fields
from trainer.config_section import meaning_of
from trainer.config_sections import PLUGGED, SECTIONS
from trainer.errors import FieldProblem


def problem_of(detail: ErrorDetails) -> FieldProblem:
    """The field at fault under its dotted path, and a sentence about it."""
    path = _path(detail)
    return FieldProblem(path or "config", _sentence(path, detail))


def _path(detail: ErrorDetails) -> str:
    """At most section and name: pydantic adds positions in lists and type names of unions, which go."""
    places = [str(place) for place in detail["loc"]]
    return ".".join(places[:2] if places and places[0] in SECTIONS else places[:1])


_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text",
    "tuple": "a list of numbers",
    "model": "an object of fields",
}
_SIGNS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}


def _sentence(path: str, detail: ErrorDetails) -> str:
    kind, given, shown = detail["type"], detail["input"], _shown(detail["input"])
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path, leaf_fields(), n=1, cutoff=0.5)
        return "is not a field of a run" + (f"; did you mean {near[0]}?" if near else "")
    if kind == "finite_number":
        return f"must be a finite number, got {shown}"
    if kind == "literal_error":
        return f"must be one of {', '.join(choices(path))}, got {shown}{_unloaded(path)}"
    if kind in _SIGNS:
        key, words = _SIGNS[kind]
        return f"must be {words} {detail['ctx'][key]:g}, got {shown}{_reason(path)}"
    for prefix, wanted in _KINDS.items():
        if kind.startswith(prefix):
            return f"must be {wanted}, got {shown}" + (_remark(path, given) if isinstance(given, str) else "")
    return f"{detail['msg']}, got {shown}{_reason(path)}"


def _unloaded(path: str) -> str:
    """Of what plugins may bring: that one may be missing, and which could not be loaded."""
    if path not in PLUGGED:
        return ""
    return ". ".join(("; one of your own needs its --plugin FILE", *plugins.problems()))


def _remark(path: str, given: str) -> str:
    """Why text is no number here: for its comma, where there is one, else for the field's own reason."""
    pair = re.fullmatch(r"(\d+),(\d+)", given.strip(), re.ASCII)
    return f": write {pair[1]}.{pair[2]}, with a point" if pair else _reason(path)


def _reason(path: str) -> str:
    leaf = leaf_fields().get(path)
    why = meaning_of(leaf).why if leaf else ""
    return f": {why}" if why else ""


def _shown(given: object) -> str:
    if isinstance(given, float) and not math.isfinite(given):
        return "NaN" if math.isnan(given) else "Infinity" if given > 0 else "-Infinity"
    text = json.dumps(given, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
