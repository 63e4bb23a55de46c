"""A section of a run's configuration that chooses from a register: its `name`, and the fields of the entries.

A field that an entry brings has an effect only where that entry is chosen; elsewhere it is null, and left out
of hashes, so that runs of before keep theirs. Entries that declare the same field share it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import create_model
from pydantic.fields import FieldInfo

from trainer.config_section import Section, Since, Use, about, among, meaning_of
from trainer.registry import Entry, Registry

S = TypeVar("S", bound=Section)


def chosen_from(registry: Registry[Any], behind: str = "name") -> Callable[[type[S]], type[S]]:
    """Let `name` of a section be one of these, and put the entries' own fields behind the field `behind`."""

    def fill(section: type[S]) -> type[S]:
        """The section with the choice in it."""
        brought = _brought(registry)
        words: Any = cast(Any, Literal)[registry.names]
        fields: dict[str, Any] = {"name": (words, _choice(registry, section.model_fields["name"])), **brought}
        made = create_model(
            section.__name__,
            __base__=section,
            __module__=section.__module__,
            __doc__=section.__doc__,
            **fields,
        )
        _put_behind(made.model_fields, tuple(brought), behind)
        made.model_rebuild(force=True)
        return made

    return fill


def _choice(registry: Registry[Any], field: FieldInfo) -> Any:
    """The field `name` with what the entries say of themselves in its help."""
    words = "; ".join(entry.about for entry in registry if entry.about)
    return about(field.title or "", words, default=field.default, **vars(meaning_of(field)))


def _brought(registry: Registry[Any]) -> dict[str, tuple[Any, Any]]:
    """The fields of all entries by name, each null where no entry that has it is chosen."""
    users: dict[str, list[Entry[Any]]] = {}
    for entry in registry:
        for name in entry.fields.model_fields:
            users.setdefault(name, []).append(entry)
    everybody = len(registry.names)
    return {
        name: _shared(name, of) if len(of) == everybody else _own(registry.kind, name, of)
        for name, of in users.items()
    }


def _shared(name: str, users: list[Entry[Any]]) -> tuple[Any, Any]:
    """A field that every entry has, as it is declared."""
    field = users[0].fields.model_fields[name]
    return field.annotation, field


def _own(kind: str, name: str, users: list[Entry[Any]]) -> tuple[Any, Any]:
    """A field that only these have: null elsewhere.

    One with a use of its own keeps that: what it hangs on is null elsewhere, too.
    """
    field = users[0].fields.model_fields[name]
    meaning = meaning_of(field)
    *first, last = (_word(kind, entry) for entry in users)
    sentence = f"Used only by {' and '.join(filter(None, (', '.join(first), last)))}."
    use = meaning.used_when or Use(sentence, name=among(*(entry.name for entry in users)))
    since = meaning.since or (None if users[0].original else Since("its entry", means=None))
    made = about(
        field.title or "", field.description or "", **vars(replace(meaning, used_when=use, since=since))
    )
    return Annotated[(field.annotation | None, made, *field.metadata)], field.default


def _word(kind: str, entry: Entry[Any]) -> str:
    return f"the {entry.title}" if entry.title.endswith(kind) else f"the {kind} {entry.title}"


def _put_behind(fields: dict[str, FieldInfo], names: tuple[str, ...], behind: str) -> None:
    """Reorder in place: forms and tables follow this order."""
    moved = {name: fields.pop(name) for name in names}
    before = dict(fields)
    fields.clear()
    for name, field in before.items():
        fields[name] = field
        if name == behind:
            fields.update(moved)
