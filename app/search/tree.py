"""A search as a tree: comparisons of fields, and words, joined by and, or, not."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "number", "fraction", "time", "duration", "flag", "list", "any"]
Source = Literal["column", "config", "figure", "tag", "sweep", "worker", "error"]
Value = str | float


@dataclass(frozen=True)
class Field:
    """What a comparison may name. key: its column, its path in a configuration, or its name in an epoch.

    choices: the words that it may hold; () where that is not settled. many: a run may have several values.
    """

    name: str
    kind: Kind
    source: Source
    key: str
    about: str
    choices: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True)
class Missing:
    """There is no value."""


@dataclass(frozen=True)
class Equal:
    """The value is this one."""

    value: Value


@dataclass(frozen=True)
class Between:
    """From `low` to `high`, each itself included unless it is open; None: without end."""

    low: Value | None = None
    high: Value | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class Holds:
    """The text stands somewhere in the value, in small letters or large."""

    text: str


@dataclass(frozen=True)
class AnyOf:
    """One of these passes."""

    tests: "tuple[Test, ...]"


Test = Missing | Equal | Between | Holds | AnyOf


@dataclass(frozen=True)
class Comparison:
    """The field has a value that passes the test; negated: one that does not.

    Of a field with many values: any of them passes; negated: none does. What has no value passes `Missing`
    alone, so `not beta = 0.99` finds more than `beta != 0.99`: the runs without beta.
    """

    field: Field
    test: Test
    negated: bool = False


@dataclass(frozen=True)
class Mention:
    """The text stands in the run's name, its notes or one of its tags."""

    text: str


@dataclass(frozen=True)
class Not:
    """What this does not find."""

    node: "Node"


@dataclass(frozen=True)
class Every:
    """What all of these find."""

    nodes: "tuple[Node, ...]"


@dataclass(frozen=True)
class Either:
    """What any of these finds."""

    nodes: "tuple[Node, ...]"


Node = Comparison | Mention | Not | Every | Either


def words_of(node: Node) -> tuple[str, ...]:
    """The words that are looked for in names, notes and tags, in the order in which they stand."""
    match node:
        case Mention(text):
            return (text,)
        case Not(inner):
            return words_of(inner)
        case Every(nodes) | Either(nodes):
            return tuple(word for one in nodes for word in words_of(one))
    return ()


def names_field(node: Node, name: str) -> bool:
    """Whether the search asks about the field."""
    match node:
        case Comparison(field):
            return field.name == name
        case Not(inner):
            return names_field(inner, name)
        case Every(nodes) | Either(nodes):
            return any(names_field(one, name) for one in nodes)
    return False
