"""The words of a board: which fields, values and metrics its runs have."""

from collections.abc import Collection
from functools import cached_property

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from app.search.tree import Field
from app.store.tables import Attempt, FieldValue, Run, RunField, Sweep, Tag

MOST_VALUES = 200
_NEWEST = 20
"""Runs whose figures say what is measured here."""


class StoredVocabulary:
    """What the runs of this database hold; asked for when it is first wanted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def paths(self) -> Collection[str]:
        """Fields of their configurations, also of such as are gone."""
        return self._texts(select(FieldValue.path).where(FieldValue.path != "").distinct())

    def values(self, path: str) -> Collection[str]:
        """Values of one field of theirs, also of such as are gone."""
        return self._texts(select(FieldValue.text).where(FieldValue.path == path))

    @cached_property
    def used_paths(self) -> Collection[str]:
        """Fields of the configurations that are there."""
        return frozenset(self._texts(select(FieldValue.path).where(_is_used()).distinct()))

    @cached_property
    def measured(self) -> Collection[str]:
        """Metrics that the newest runs have."""
        newest = select(Run.last).where(Run.last.is_not(None)).order_by(Run.id.desc()).limit(_NEWEST)
        told = self._session.scalars(newest).all()
        return frozenset(name for last in told for name, value in (last or {}).items() if value is not None)

    def offered(self, field: Field) -> Collection[str]:
        """Values that a search may ask for: those that runs have, else all that there may be."""
        match field.source:
            case "config":
                used = select(FieldValue.text).where(FieldValue.path == field.key, _is_used())
                return self._texts(used.order_by(FieldValue.number, FieldValue.text).limit(MOST_VALUES))
            case "tag":
                often = select(Tag.tag).group_by(Tag.tag).order_by(func.count().desc(), Tag.tag)
                return self._texts(often.limit(MOST_VALUES))
            case "sweep":
                return self._texts(select(Sweep.name).order_by(Sweep.id.desc()).limit(MOST_VALUES))
            case "worker":
                hosts = select(Attempt.host).where(Attempt.host.is_not(None)).distinct()
                return self._texts(hosts.limit(MOST_VALUES))
        if field.name == "dataset":
            return self._texts(select(FieldValue.text).where(FieldValue.path == "data.dataset", _is_used()))
        return field.choices

    def _texts(self, query: Select[str | None]) -> list[str]:
        return [text for text in self._session.scalars(query) if text is not None]


def _is_used() -> ColumnElement[bool]:
    return exists().where(RunField.value_id == FieldValue.id)
