"""What a run may choose by name (a loss, a model, a sampler): entries, and the registers that hold them.

An entry imports no torch, as forms and checks read it; its functions import what they need when called.
"""

import pkgutil
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trainer.config_section import Section

F = TypeVar("F", bound=Section)


@dataclass(frozen=True, kw_only=True)
class Entry(Generic[F]):
    """One choice: its name in a configuration, its words, and the fields that only it has.

    title is what sentences call it; short stands in labels of settings; about is a half-sentence for the
    field's help, "" for none; source is the publication of its formula. original: from the first version on,
    whose configurations have its fields, null where another was chosen; no new entry is.
    """

    name: str
    title: str
    short: str
    about: str = ""
    source: str = ""
    fields: type[F]
    original: bool = False

    def fields_of(self, section: BaseModel) -> F:
        """The values of its own fields in a section of a configuration that chooses it."""
        return self.fields.model_validate({name: getattr(section, name) for name in self.fields.model_fields})


E = TypeVar("E", bound=Entry[Any])


class Registry(Generic[E]):
    """The entries of one kind by name: those of the first version, then in the order in which they came."""

    def __init__(self, kind: str, *entries: E, taken: Collection[str] = ()) -> None:
        """`kind` is the word for one of them, such as "loss"; `taken` are fields that all of them have."""
        self.kind = kind
        self._taken = {"name", *taken}
        self._entries: dict[str, E] = {}
        for entry in sorted(entries, key=lambda entry: not entry.original):
            self.add(entry)

    def add(self, entry: E) -> E:
        """Make it a choice. Raises ValueError for a name or a field that cannot be."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", entry.name):
            raise ValueError(f"a {self.kind} is named by a-z, 0-9 and _ after a letter, not {entry.name!r}")
        if entry.name in self._entries:
            raise ValueError(f"there is a {self.kind} {entry.name!r} already; choose another name")
        for name, field in entry.fields.model_fields.items():
            if problem := self._problem(name, field):
                raise ValueError(f"the field {name} of the {self.kind} {entry.name} {problem}")
        self._entries[entry.name] = entry
        return entry

    def _problem(self, name: str, field: FieldInfo) -> str:
        """Why an entry cannot bring this field; "" where it can."""
        if name in self._taken:
            return f"has the name of one that every {self.kind} has; choose another"
        if field.is_required():
            return "needs a default"
        for other in self:
            known = other.fields.model_fields.get(name)
            if known is not None and repr(known) != repr(field):
                return f"is declared otherwise by {other.name}; choose another name, or share it"
        return ""

    def __getitem__(self, name: str) -> E:
        return self._entries[name]

    def get(self, name: str) -> E | None:
        """The entry; None where no such one is known, as of a run whose plugin is not loaded."""
        return self._entries.get(name)

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    @property
    def names(self) -> tuple[str, ...]:
        """What a configuration may name."""
        return tuple(self._entries)

    def snapshot(self) -> Mapping[str, E]:
        """What `restore` takes back."""
        return dict(self._entries)

    def restore(self, entries: Mapping[str, E]) -> None:
        """Hold these and no others."""
        self._entries = dict(entries)


def entries_in(package: str, attribute: str, with_torch: Collection[str]) -> Iterator[Any]:
    """What the modules of a package hold as `attribute`, in the order of their names.

    Modules without it hold no entry; those that import torch, `with_torch`, are not looked at.
    """
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        if module.name.rpartition(".")[2] not in with_torch:
            entry = getattr(import_module(module.name), attribute, None)
            if entry is not None:
                yield entry
