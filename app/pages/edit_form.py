"""The forms for name and for tags and notes, of a run as of a sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from app.errors import InvalidError
from app.pages.launch.body import parts


class Named(Protocol):
    """The view of a run or a sweep."""

    @property
    def name(self) -> str:
        """As it is."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Likewise."""

    @property
    def notes(self) -> str:
        """Likewise."""


@dataclass(frozen=True)
class Edit:
    """What stands in them, and what was refused."""

    name: str
    tags: str
    notes: str
    problems: tuple[str, ...] = ()


def edit_of(view: Named, typed: Mapping[str, str] | None = None, refusal: InvalidError | None = None) -> Edit:
    """What a run or sweep is called, or what was typed in place of that and refused."""
    now = Edit(view.name, ", ".join(view.tags), view.notes)
    fields = refusal.fields if refusal else ()
    problems = tuple(f"{field.path} {field.message}" for field in fields)
    return replace(now, **(typed or {}), problems=problems)


def typed_words(name: str, tags: str, notes: str) -> dict[str, str]:
    """Of the form for tags and notes, which may send a name, too."""
    return {"tags": tags, "notes": notes} | ({"name": name} if name else {})


def as_patch(typed: Mapping[str, str]) -> dict[str, Any]:
    """The body of a change: tags stand with commas between."""
    return {**typed} | ({"tags": parts(typed["tags"])} if "tags" in typed else {})
