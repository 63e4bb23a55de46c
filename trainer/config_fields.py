"""RunConfig as a flat list of fields under dotted paths: for forms, `--set`, sweeps and differences."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trainer.config_sections import SECTIONS, RunConfig

_NOTHING = ("none", "null")


@cache
def leaf_fields() -> dict[str, FieldInfo]:
    """Dotted path -> description of every field that holds a value, in form order."""
    leaves: dict[str, FieldInfo] = {}
    for name, field in RunConfig.model_fields.items():
        section = field.annotation
        if name in SECTIONS and isinstance(section, type) and issubclass(section, BaseModel):
            leaves |= {f"{name}.{inner}": info for inner, info in section.model_fields.items()}
        else:
            leaves[name] = field
    return leaves


def takes_list(path: str) -> bool:
    """Whether one value of the field is a list of numbers."""
    leaf = leaf_fields().get(path)
    return leaf is not None and any(get_origin(kind) is tuple for kind in _kinds(leaf))


def choices(path: str) -> tuple[str, ...]:
    """The words that a field may hold, or () where it is not a choice."""
    for kind in _kinds(leaf_fields()[path]):
        if get_origin(kind) is Literal:
            return tuple(str(word) for word in get_args(kind))
    return ()


def _kinds(leaf: FieldInfo) -> tuple[Any, ...]:
    """A field's type, and those of which it takes either."""
    return (leaf.annotation, *get_args(leaf.annotation))


def flatten(config: Mapping[str, Any]) -> dict[str, Any]:
    """{"loss": {"beta": 0.9}, "seed": 1} -> {"loss.beta": 0.9, "seed": 1}."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            for inner, leaf in value.items():
                flat[f"{key}.{inner}"] = leaf
        else:
            flat[key] = value
    return flat


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `flatten`."""
    nested: dict[str, Any] = {}
    for path, value in flat.items():
        section, dot, name = path.partition(".")
        if dot:
            nested.setdefault(section, {})[name] = value
        else:
            nested[path] = value
    return nested


def from_text(fields: Mapping[str, str]) -> dict[str, Any]:
    """Typed text ({"loss.beta": "0.99"}, from a form or --set) as the nested mapping `parse_config` takes.

    Blank text is the field's default, of a list the empty list, as are "none" and "[]"; "none" and "null" are
    None for a number. Text that is no number of the right kind stays text, so that `parse_config` reads it
    ("N=1000" is a beta) or refuses it by name.
    """
    return nest({path: typed(path, text) for path, text in fields.items()})


def typed(path: str, text: str) -> object:
    """One field's text as a value, on the terms of `from_text`."""
    leaf = leaf_fields().get(path)
    text = text.strip()
    if leaf is None:
        return text
    if takes_list(path):
        listed = "" if text.lower() in _NOTHING else text.strip("[]()")
        return [_number(part) for part in listed.replace(",", " ").split()]
    if text == "":
        return leaf.get_default(call_default_factory=True)
    if leaf.annotation is str or choices(path):
        return text
    if bool in (leaf.annotation, *get_args(leaf.annotation)):
        return {"true": True, "false": False, "on": True, "off": False}.get(text.lower(), text)
    return None if text.lower() in _NOTHING else _number(text)


def as_text(value: object) -> str:
    """A field's value as `typed` reads it back; "" for None, which says that the field has no effect."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
    if isinstance(value, float):
        short = f"{value:.10g}"
        return short if float(short) == value else repr(value)
    return str(value)


def _number(text: str) -> object:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text
