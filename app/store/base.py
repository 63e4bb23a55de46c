"""What every table class derives from: names of constraints, and the SQL types of JSON columns."""

import json
from typing import Any

from sqlalchemy import JSON, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from app.requirements import requirements
from trainer.config import completed

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Json = dict[str, Any]


class Base(DeclarativeBase):
    """Names constraints the same way on every database."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {Json: JSON(none_as_null=True), list[Any]: JSON}  # noqa: RUF012 (SQLAlchemy's own protocol)


class ConfigJson(TypeDecorator[Json]):
    """Rows of an earlier version lack fields that came later; whoever reads them finds the defaults there."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Json | None, dialect: Dialect) -> Json | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """What was stored, completed; a job that is no training names its kind, and is left as it is."""
        return value if value is None or "kind" in value else completed(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """A key of the configuration is looked up in SQL as in any JSON column."""
        return self.impl_instance.coerce_compared_value(op, value)


class RequirementsText(TypeDecorator[Json]):
    """What a job requires, as JSON that is always written the same way: equal requirements are equal text.

    A database compares, groups and indexes text, but not everywhere JSON.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Json | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """As text."""
        return None if value is None else json.dumps(requirements(**value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Json | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """As it was given."""
        return None if value is None else dict(json.loads(value))


def required_column() -> MappedColumn[Json]:
    """A column of requirements; nothing is required where none are given."""
    return mapped_column(RequirementsText, default=requirements, server_default=json.dumps(requirements()))
