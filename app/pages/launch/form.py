"""The form of a new run, made from the fields of RunConfig: groups, values as text, effects, problems.

What is typed comes as text under dotted paths, several values with commas between. Reading it as a launch
is form_body's, drawing the template's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.formats import setting
from app.pages.launch.body import BASELINES, parts, without_effect
from app.pages.launch.fields import Box, Form, FormField, FormGroup, Option
from app.views.system.view import DatasetView, FieldView
from trainer.config import RunConfig, as_json
from trainer.config_fields import as_text, flatten, leaf_fields, takes_list
from trainer.config_meaning import SEEDS, meanings
from trainer.errors import FieldProblem

GROUPS = (
    ("loss", "Loss", "what is minimised"),
    ("data", "Data", "which images, and how unequal"),
    ("model", "Model", "the network"),
    ("optim", "Optimisation", "how it is minimised"),
    ("repeat", "Repeat", "what makes two runs the same"),
)
_TEXTS = ("name", "tags", "notes", "margin", "looks")
_REPEAT = tuple(dict.fromkeys((*SEEDS, *(path for path in leaf_fields() if "." not in path))))
"""Seeds, and what belongs to no section."""


def as_typed(config: RunConfig | Mapping[str, Any]) -> dict[str, str]:
    """A configuration as a person would have typed it, field by field."""
    flat = flatten(as_json(config) if isinstance(config, RunConfig) else config)
    return {path: as_text(value) for path, value in flat.items()}


def build_form(
    fields: Sequence[FieldView],
    typed: Mapping[str, str],
    problems: Iterable[FieldProblem] = (),
    datasets: Sequence[DatasetView] = (),
    parent: Mapping[str, str] | None = None,
) -> Form:
    """The form with `typed` in it (defaults where nothing is) and each problem at its field.

    parent: the run that is cloned, as it would have been typed.
    """
    said = {problem.path: problem.message for problem in problems}
    idle = without_effect(typed)
    known = {
        field.path: _field(field, typed, field.path in idle, said, _offer(field, datasets))
        for field in fields
    }
    if parent is not None:
        known = {path: _beside(field, typed.get(path, ""), parent[path]) for path, field in known.items()}
    groups = tuple(
        FormGroup(key, title, about, tuple(known[path] for path in _paths(key, known)))
        for key, title, about in GROUPS
    )
    own, ticked = {*known, *_TEXTS, "baseline", "tuned"}, parts(typed.get("baseline", ""))
    boxes = (Box(name, f"{name.replace('_', '-')}, unweighted", name in ticked) for name in BASELINES)
    return Form(
        groups=groups,
        baselines=tuple(boxes),
        **{name: typed.get(name, "") for name in (*_TEXTS, "key")},
        tunable=_tunable(typed, known),
        problems=said,
        others=tuple(FieldProblem(path, text) for path, text in said.items() if path not in own),
    )


def _field(
    field: FieldView, typed: Mapping[str, str], is_idle: bool, said: Mapping[str, str], offer: dict[str, str]
) -> FormField:
    usual = as_text(field.default)
    value = typed.get(field.path, usual)
    if is_idle and value == "" and field.default is not None:
        value = usual
    use = meanings()[field.path].used_when
    idle = use.sentence if use and is_idle else ""
    problem = said.get(field.path, "")
    if not offer:
        return FormField(field, value, idle, problem)
    chosen = parts(value) or [usual]
    words = dict(offer) | {word: f"{word} (not here)" for word in chosen if word not in offer}
    options = tuple(Option(word, text, word in chosen[1:]) for word, text in words.items())
    return FormField(field, chosen[0], idle, problem, options)


def _beside(field: FormField, now: str, was: str) -> FormField:
    """The field with what the cloned run has, unless it is the same or nothing now has an effect here."""
    if field.idle or now == was:
        return field
    words = {option.value: option.word for option in field.options}
    return replace(field, was=words.get(was, was) or "none")


def _offer(field: FieldView, datasets: Sequence[DatasetView]) -> dict[str, str]:
    """Value -> word of all that can be chosen; {} for a field that is typed."""
    if field.path == "data.dataset":
        return {item.name: item.title for item in datasets}
    if field.kind == "switch":
        return {as_text(value): setting(value) for value in (True, False)}
    return {word: word for word in field.choices}


def _tunable(typed: Mapping[str, str], known: Mapping[str, FormField]) -> tuple[Box, ...]:
    """The learning rate, what has several values now, and what is ticked."""
    ticked = parts(typed.get("tuned", ""))
    settings = (path for path in known if path not in _REPEAT)
    several = [path for path in settings if (";" if takes_list(path) else ",") in typed.get(path, "")]
    paths = dict.fromkeys(["optim.learning_rate", *several, *(path for path in ticked if path in known)])
    return tuple(Box(path, known[path].view.label, path in ticked) for path in paths)


def _paths(group: str, known: Iterable[str]) -> tuple[str, ...]:
    if group == "repeat":
        return _REPEAT
    prefixes = ("data.", "sampling.") if group == "data" else f"{group}."
    return tuple(path for path in known if path.startswith(prefixes) and path not in _REPEAT)
