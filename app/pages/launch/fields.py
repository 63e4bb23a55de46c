"""The parts of the form of a new run, as the template draws them: fields, boxes, groups. Filled by form."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.views.system.view import FieldView
from trainer.config_meaning import MACHINE, meanings
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
        return tuple(field for field in self.fields if not meanings()[field.view.path].rare)

    @property
    def rare(self) -> tuple[FormField, ...]:
        """The fields that are seldom touched: folded, with a line that says what they are set to."""
        return tuple(field for field in self.fields if meanings()[field.view.path].rare)

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
