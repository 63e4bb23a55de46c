"""What a section of a run's configuration is: strict, frozen, each field with all that is known about it.

A field is declared once, by `about`: words, bounds, role, and where it has an effect. Form, labels, colours,
hashes and the rest derive from that (see config_meaning for the questions they ask).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo

Role = Literal["seed", "machine", "data", "compared", "setting"]
"""seed: another draw of the same setting; machine: where it is trained, which changes no figure; data: what
is trained on; compared: the method itself; setting: any other."""
Shown = Literal["front", "always", "changed"]
"""Where labels of a run say a field: first and without its word, always, or where it is not its default."""
Test = Callable[[Any], bool]


class Use:
    """Where a field has an effect: where any of these fields of its section passes its test.

    A field tested that has itself no effect is null, which no test should pass; it stands before this one.
    `sentence` says so to people.
    """

    def __init__(self, sentence: str, **tests: Test) -> None:
        self.sentence = sentence
        self.tests: Mapping[str, Test] = tests

    def holds(self, section: Mapping[str, Any]) -> bool:
        """Whether the field has an effect among these values."""
        return any(test(section.get(name)) for name, test in self.tests.items())


def among(*values: object) -> Test:
    """One of these."""
    return lambda value: value in values


def unlike(*values: object) -> Test:
    """Any value but these."""
    return lambda value: value is not None and value not in values


def positive(value: Any) -> bool:
    """A number above 0."""
    return isinstance(value, int | float) and value > 0


def given(value: Any) -> bool:
    """Any value."""
    return value is not None


@dataclass(frozen=True)
class Since:
    """When a field came, and the value that configurations of before mean, which no new default changes."""

    day: str
    means: Any


@dataclass(frozen=True)
class Meaning:
    """What is known about a field beside its label, help and bounds; as a part of its JSON schema, too.

    short: its word in labels; named: whether a value needs that word beside it; rare: seldom touched, so
    folded in forms. `role` is None where it is its section's. tuned: a number of a compared method that is
    to be chosen on validation images, as any number of a setting may be.
    """

    why: str = ""
    unit: str = ""
    short: str = ""
    used_when: Use | None = None
    role: Role | None = None
    since: Since | None = None
    shown: Shown = "changed"
    named: bool = True
    rare: bool = False
    tuned: bool = False

    def __call__(self, schema: dict[str, Any]) -> None:
        """Add what a JSON schema says of it."""
        schema.update(why=self.why, unit=self.unit)


def about(
    label: str,
    text: str,
    why: str = "",
    unit: str = "",
    *,
    short: str = "",
    used_when: Use | None = None,
    role: Role | None = None,
    since: Since | None = None,
    shown: Shown = "changed",
    named: bool = True,
    rare: bool = False,
    tuned: bool = False,
    **bounds: Any,
) -> Any:
    """A field: label, help, the reason for its bounds, unit, what else is known (`Meaning`), bounds."""
    meaning = Meaning(why, unit, short, used_when, role, since, shown, named, rare, tuned)
    return Field(title=label, description=text, json_schema_extra=meaning, **bounds)


def meaning_of(field: FieldInfo) -> Meaning:
    """What is known about a field; nothing of one that was not declared by `about`."""
    return field.json_schema_extra if isinstance(field.json_schema_extra, Meaning) else Meaning()


class Section(BaseModel):
    """Strict and frozen: an unknown field, a bool or text for a number, NaN and Infinity are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )
    role: ClassVar[Role] = "setting"
    """The role of its fields that name none."""

    @model_validator(mode="after")
    def _settle(self) -> Self:
        """Null each field that has no effect; give one that has an effect, but is null, its default."""
        for name, use, default in _conditional(type(self)):
            if not use.holds(self.__dict__):
                object.__setattr__(self, name, None)
            elif getattr(self, name) is None:
                object.__setattr__(self, name, default)
        return self


@cache
def _conditional(section: type[Section]) -> tuple[tuple[str, Use, Any], ...]:
    """Name, use and default of each field that may have no effect."""
    fields = section.model_fields.items()
    return tuple((name, use, field.default) for name, field in fields if (use := meaning_of(field).used_when))
