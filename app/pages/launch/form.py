"""The form of a new run, made from the fields of RunConfig: methods, groups, values as text, problems.

What is typed comes as text under dotted paths, several values with commas between. Reading it as a launch
is body's, a single field fields', drawing the template's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from app.formats import listed
from app.pages.launch.body import own_fields, parts, ticked_methods, without_effect
from app.pages.launch.fields import FormField, beside, form_field, own_field
from app.views.system.view import DatasetView, FieldView
from trainer.config_fields import leaf_fields, takes_list
from trainer.config_meaning import SEEDS
from trainer.errors import ConfigError, FieldProblem
from trainer.methods import BY_HAND, SCHEDULE, compared_paths, first_weighted_epoch, methods
from trainer.sweep_text import parse_axis


@dataclass(frozen=True)
class Box:
    """A box to tick: a field that each method may choose for itself."""

    value: str
    word: str
    is_on: bool


@dataclass(frozen=True)
class FormGroup:
    """Fields under one heading."""

    key: str
    title: str
    about: str
    fields: tuple[FormField, ...]

    @property
    def shown(self) -> tuple[FormField, ...]:
        """The fields that can be seen."""
        return tuple(field for field in self.fields if not field.is_away)

    @property
    def away(self) -> tuple[FormField, ...]:
        """The fields of what is not chosen."""
        return tuple(field for field in self.fields if field.is_away)

    @property
    def told(self) -> tuple[FormField, ...]:
        """The fields that the line of a folded group says."""
        return tuple(field for field in self.shown if field.is_told)

    def is_open(self, focus: str) -> bool:
        """Whether the fields must be seen: one is refused, changed against the beginning, or in focus."""
        return any(
            field.problem or field.was is not None or field.view.path == focus for field in self.fields
        )


@dataclass(frozen=True)
class MethodRow:
    """A method to tick; its own fields where it is ticked."""

    name: str
    title: str
    about: str
    source: str
    is_on: bool
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True)
class MethodGroup:
    """Methods of one kind."""

    heading: str
    rows: tuple[MethodRow, ...]


@dataclass(frozen=True)
class Form:
    """The whole form. `others` are the problems of what has no field of its own here."""

    groups: tuple[FormGroup, ...]
    methods: tuple[MethodGroup, ...]
    is_by_hand: bool
    name: str
    tags: str
    notes: str
    margin: str
    looks: str
    recipe: str
    priority: str
    require: str
    time_limit_minutes: str
    max_attempts: str
    tunable: tuple[Box, ...]
    key: str
    problems: Mapping[str, str]
    others: tuple[FieldProblem, ...]

    @property
    def changed(self) -> tuple[FormField, ...]:
        """What differs from the preset or the run that the form began with."""
        return tuple(field for group in self.groups for field in group.fields if field.was is not None)

    @property
    def ticked(self) -> tuple[MethodRow, ...]:
        """The named methods that stand side by side."""
        return tuple(row for group in self.methods for row in group.rows if row.is_on)

    @property
    def is_planned(self) -> bool:
        """Whether something is said, or refused, of the verdict."""
        said = self.margin or self.looks or any(box.is_on for box in self.tunable)
        return bool(said) or not self.problems.keys().isdisjoint(("margin", "looks", "tuned"))

    def says(self, *names: str) -> bool:
        """Whether something is said, or refused, of one of these."""
        return any(getattr(self, name) or name in self.problems for name in names)

    def group(self, key: str) -> FormGroup:
        """One of the groups."""
        return next(group for group in self.groups if group.key == key)


GROUPS = (
    ("first", "What is compared", ""),
    ("loss", "Set by hand", "a loss, weights, sampling and mixing of your own"),
    ("data", "Data", "which images, and how unequal"),
    ("model", "Model", "the network"),
    ("optim", "Optimisation", "how it is minimised"),
    ("repeat", "Repeat", "what makes two runs the same"),
)
FIRST = ("data.dataset", "data.imbalance", "data.imbalance_ratio", "seed", "optim.epochs")
"""What is asked first."""
TEXTS = (
    "name", "tags", "notes", "margin", "looks", "recipe", "priority", "require", "time_limit_minutes",
    "max_attempts",
)  # fmt: skip
"""What is said beside the configuration."""
_REPEAT = tuple(dict.fromkeys((*SEEDS, *(path for path in leaf_fields() if "." not in path))))
"""Seeds, and what belongs to no section."""


def build_form(
    fields: Sequence[FieldView],
    typed: Mapping[str, str],
    problems: Iterable[FieldProblem] = (),
    datasets: Sequence[DatasetView] = (),
    parent: Mapping[str, str] | None = None,
) -> Form:
    """The form with `typed` in it (defaults where nothing is) and each problem at its field.

    parent: the preset or run that it began with, as it would have been typed.
    """
    said = {problem.path: problem.message for problem in problems}
    idle, ticked = without_effect(typed), ticked_methods(typed)
    known = {field.path: form_field(field, typed, field.path in idle, said, datasets) for field in fields}
    if parent is not None:
        here = [path for path in known if BY_HAND in ticked or path not in compared_paths()]
        known |= {path: beside(known[path], typed.get(path, ""), parent.get(path, "")) for path in here}
    rows = _rows({field.path: field for field in fields}, typed, said)
    own = {*known, *TEXTS, "method", "tuned", *(path for name in ticked for path in _own_names(name))}
    return Form(
        groups=tuple(
            FormGroup(key, title, about, tuple(known[path] for path in _paths(key, known)))
            for key, title, about in GROUPS
        ),
        methods=rows,
        is_by_hand=BY_HAND in ticked,
        **{name: typed.get(name, "") for name in (*TEXTS, "key")},
        tunable=_tunable(typed, known),
        problems=said,
        others=tuple(FieldProblem(path, text) for path, text in said.items() if path not in own),
    )


def _own_names(name: str) -> Iterable[str]:
    return () if name == BY_HAND else own_fields(name).values()


def _rows(
    fields: Mapping[str, FieldView], typed: Mapping[str, str], said: Mapping[str, str]
) -> tuple[MethodGroup, ...]:
    """All methods by kind."""
    ticked, groups = ticked_methods(typed), dict[str, list[MethodRow]]()
    follows = deferred_in_words(typed)
    for method in methods().values():
        is_on = method.name in ticked
        row = MethodRow(method.name, method.title, method.about, method.source, is_on)
        if is_on:
            own = (own_field(method, fields[path], typed, said, follows) for path in method.fields)
            row = MethodRow(row.name, row.title, row.about, row.source, is_on, tuple(own))
        groups.setdefault(method.kind, []).append(row)
    return tuple(MethodGroup(heading, tuple(rows)) for heading, rows in groups.items())


def deferred_in_words(typed: Mapping[str, str]) -> str:
    """What an empty deferred epoch stands for under each schedule that is typed: "7 (first drop)"."""
    try:
        schedules = {
            path: parse_axis(path, typed[path]) if path in typed else [leaf_fields()[path].default]
            for path in SCHEDULE
        }
    except ConfigError:
        return "by the schedule"
    each = [dict(zip(SCHEDULE, values, strict=True)) for values in product(*schedules.values())]
    epochs = dict.fromkeys(map(first_weighted_epoch, each))
    if len(epochs) > 1:
        return f"{listed(list(map(str, epochs)), 3)} (by the schedule)"
    [epoch] = epochs
    drops = [one["optim.schedule"] == "step" and epoch - 1 in one["optim.milestones"] for one in each]
    return f"{epoch} ({'first drop' if all(drops) else 'after four fifths'})"


def _tunable(typed: Mapping[str, str], known: Mapping[str, FormField]) -> tuple[Box, ...]:
    """The learning rate, what has several values now, and what is ticked."""
    ticked = parts(typed.get("tuned", ""))
    settings = (path for path in known if path not in _REPEAT)
    several = [path for path in settings if (";" if takes_list(path) else ",") in typed.get(path, "")]
    paths = dict.fromkeys(["optim.learning_rate", *several, *(path for path in ticked if path in known)])
    return tuple(Box(path, known[path].view.label, path in ticked) for path in paths)


def _paths(group: str, known: Iterable[str]) -> tuple[str, ...]:
    if group == "first":
        return FIRST
    left = [path for path in known if path not in FIRST]
    if group == "repeat":
        return tuple(path for path in _REPEAT if path in left)
    if group == "loss":
        return tuple(sorted((path for path in left if path in compared_paths()), key=_losses_first))
    prefixes = ("data.", "policy.") if group == "data" else f"{group}."
    return tuple(
        path for path in left if path.startswith(prefixes) and path not in (*_REPEAT, *compared_paths())
    )


def _losses_first(path: str) -> bool:
    return not path.startswith("loss.")
