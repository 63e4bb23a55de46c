"""The form of a new run, made from the fields of RunConfig: groups, values as text, effects, problems.

What is typed comes as text under dotted paths; `read_form` turns it into a launch body or names what is
refused. Drawing is the template's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.schemas import LaunchBody, read
from app.views.system import FieldView
from trainer.config import PRESETS, RunConfig, as_json, parse_config
from trainer.config_fields import choices, flatten, from_text, leaf_fields
from trainer.errors import ConfigError, FieldProblem

GROUPS = (
    ("data", "Data", "which images, and how unequal"),
    ("model", "Model", "the network"),
    ("loss", "Loss", "what is minimised"),
    ("optim", "Optimisation", "how it is minimised"),
    ("repeat", "Repeat", "what makes two runs the same"),
)
_REPEAT = ("seed", "data.subset_seed", "device", "precision", "threads")
_NEEDS = {
    "data.imbalance_ratio": "Used only where the training set is thinned.",
    "data.subset_seed": "Used only where images are drawn or split.",
    "loss.beta": "Used only by class-balanced weights.",
    "loss.gamma": "Used only by the focal loss.",
    "loss.probability": "Used only by the focal loss.",
    "loss.reduction": "Used only where classes are weighted.",
    "optim.milestones": "Used only by the step schedule.",
    "optim.decay": "Used only by the step schedule.",
}


@dataclass(frozen=True)
class FormField:
    """A field with what stands in it. `idle` says why it has no effect now, "" where it has one."""

    view: FieldView
    value: str
    idle: str
    problem: str

    @property
    def is_on(self) -> bool:
        """Of a switch."""
        return self.value == "true"


@dataclass(frozen=True)
class FormGroup:
    """Fields under one heading."""

    key: str
    title: str
    about: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True)
class Form:
    """The whole form. `others` are the problems of what has no field of its own here."""

    groups: tuple[FormGroup, ...]
    name: str
    tags: str
    notes: str
    key: str
    problems: Mapping[str, str]
    others: tuple[FieldProblem, ...]


def as_typed(config: RunConfig | Mapping[str, Any]) -> dict[str, str]:
    """A configuration as a person would have typed it, field by field."""
    flat = flatten(as_json(config) if isinstance(config, RunConfig) else config)
    return {path: _text(value) for path, value in flat.items()}


def build_form(
    fields: Sequence[FieldView], typed: Mapping[str, str], problems: Iterable[FieldProblem] = ()
) -> Form:
    """The form with `typed` in it (defaults where nothing is) and each problem at its field."""
    said = {problem.path: problem.message for problem in problems}
    idle = _idle(typed)
    known = {field.path: _field(field, typed, field.path in idle, said) for field in fields}
    groups = tuple(
        FormGroup(key, title, about, tuple(known[path] for path in _paths(key, known)))
        for key, title, about in GROUPS
    )
    own = {*known, "name", "tags", "notes"}
    return Form(
        groups=groups,
        name=typed.get("name", ""),
        tags=typed.get("tags", ""),
        notes=typed.get("notes", ""),
        key=typed.get("key", ""),
        problems=said,
        others=tuple(FieldProblem(path, text) for path, text in said.items() if path not in own),
    )


def read_form(typed: Mapping[str, str]) -> LaunchBody:
    """What was typed as a launch. Raises InvalidError naming every refused field."""
    fields = {path: text for path, text in typed.items() if path in leaf_fields()}
    config = from_text({path: _empty_list(path) if text == "" else text for path, text in fields.items()})
    tags = [word.strip() for word in typed.get("tags", "").split(",") if word.strip()]
    name = typed.get("name", "").strip() or None
    body = {"name": name, "tags": tags, "notes": typed.get("notes", ""), "config": config}
    return read(LaunchBody, body)


def _empty_list(path: str) -> str:
    """An emptied list field is a list of nothing; left to the parser it would become the default."""
    return "[]" if path == "optim.milestones" else ""


def preset_names() -> tuple[str, ...]:
    """Names under which the form can be filled."""
    return tuple(PRESETS)


def _field(field: FieldView, typed: Mapping[str, str], is_idle: bool, said: Mapping[str, str]) -> FormField:
    usual = _text(field.default)
    value = typed.get(field.path, usual)
    if is_idle and value == "" and field.default is not None:
        value = usual
    idle = _NEEDS.get(field.path, "Has no effect here.") if is_idle else ""
    return FormField(field, value, idle, said.get(field.path, ""))


def _idle(typed: Mapping[str, str]) -> set[str]:
    """Paths that have no effect, judged by the choices made; a refused choice counts as its default."""
    leaves = leaf_fields()
    deciding = {path: text for path, text in typed.items() if path in leaves and choices(path)}
    deciding |= {path: typed[path] for path in ("data.validation_fraction", "data.max_train_per_class")
                 if typed.get(path)}  # fmt: skip
    flat = flatten(as_json(_first_valid([deciding, {}])))
    return {path for path, value in flat.items() if value is None and leaves[path].default is not None}


def _first_valid(candidates: Iterable[Mapping[str, str]]) -> RunConfig:
    for fields in candidates:
        try:
            return parse_config(from_text(fields))
        except ConfigError:
            continue
    raise AssertionError("the defaults are valid")


def _paths(group: str, known: Iterable[str]) -> tuple[str, ...]:
    if group == "repeat":
        return _REPEAT
    return tuple(path for path in known if path.startswith(f"{group}.") and path not in _REPEAT)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
