"""The form of a new run, made from the fields of RunConfig: groups, values as text, effects, problems.

What is typed comes as text under dotted paths, several values with commas between. Reading it as a launch
is body's, drawing the template's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.formats import setting
from app.pages.launch.body import BASELINES, parts, without_effect
from app.views.system.view import DatasetView, FieldView
from trainer.config import RunConfig, as_json
from trainer.config_fields import as_text, flatten, leaf_fields, takes_list
from trainer.config_meaning import MACHINE, SEEDS, hangs_on_choice, meanings
from trainer.errors import FieldProblem


@dataclass(frozen=True)
class Option:
    """One word that a choice offers. `also` says that it is run beside the one selected."""

    value: str
    word: str
    also: bool


@dataclass(frozen=True)
class Box:
    """A box to tick: a baseline that may ride along, or a field that each method may choose for itself."""

    value: str
    word: str
    is_on: bool


@dataclass(frozen=True)
class FormField:
    """A field with what stands in it. `idle` says why it has no effect now, "" where it has one.

    Of a choice, `value` is the selected word; `options` are empty for a field that is typed.
    """

    view: FieldView
    value: str
    idle: str
    problem: str
    options: tuple[Option, ...] = ()
    was: str | None = None
    """What the run that is cloned has here, where that is something else."""

    @property
    def said(self) -> str:
        """What stands here, as one reads it."""
        chosen = [option.word for option in self.options if option.also or option.value == self.value]
        return ", ".join(chosen) or self.value or "none"

    @property
    def is_away(self) -> bool:
        """Whether it belongs to what is not chosen now, and so is out of sight with what was typed in it."""
        return bool(self.idle) and not self.problem and hangs_on_choice(self.view.path)

    @property
    def takes_several(self) -> bool:
        """Of a choice: whether more than one word can be run."""
        return len(self.options) > 1 and self.view.path not in MACHINE

    @property
    def is_several(self) -> bool:
        """Of a choice: whether more than the selected word is run."""
        return any(option.also for option in self.options)


@dataclass(frozen=True)
class FormGroup:
    """Fields under one heading."""

    key: str
    title: str
    about: str
    fields: tuple[FormField, ...]

    @property
    def usual(self) -> tuple[FormField, ...]:
        """The fields that stand open."""
        return tuple(field for field in self._here() if not meanings()[field.view.path].rare)

    @property
    def rare(self) -> tuple[FormField, ...]:
        """The fields that are seldom touched: folded, with a line that says what they are set to."""
        return tuple(field for field in self._here() if meanings()[field.view.path].rare)

    @property
    def away(self) -> tuple[FormField, ...]:
        """The fields of what is not chosen."""
        return tuple(field for field in self.fields if field.is_away)

    def _here(self) -> Iterator[FormField]:
        return (field for field in self.fields if not field.is_away)

    def is_open(self, focus: str) -> bool:
        """Whether the folded fields must be seen: one is refused, changed against the clone, or in focus."""
        return any(field.problem or field.was is not None or field.view.path == focus for field in self.rare)


@dataclass(frozen=True)
class Form:
    """The whole form. `others` are the problems of what has no field of its own here."""

    groups: tuple[FormGroup, ...]
    baselines: tuple[Box, ...]
    name: str
    tags: str
    notes: str
    margin: str
    looks: str
    tunable: tuple[Box, ...]
    key: str
    problems: Mapping[str, str]
    others: tuple[FieldProblem, ...]

    @property
    def changed(self) -> tuple[FormField, ...]:
        """What differs from the run that is cloned."""
        return tuple(field for group in self.groups for field in group.fields if field.was is not None)


GROUPS = (
    ("loss", "Loss", "what is minimised"),
    ("data", "Data", "which images, and how unequal"),
    ("model", "Model", "the network"),
    ("optim", "Optimisation", "how it is minimised"),
    ("repeat", "Repeat", "what makes two runs the same"),
)
_BESIDE = {"data": ("sampling", "policy", "mixing"), "optim": ("second_stage",)}
"""Sections that stand in the group of another."""
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
    prefixes = tuple(f"{section}." for section in (group, *_BESIDE.get(group, ())))
    return tuple(path for path in known if path.startswith(prefixes) and path not in _REPEAT)
