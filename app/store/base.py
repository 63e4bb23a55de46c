"""What every table class derives from: names of constraints, and the SQL types of JSON columns."""

from typing import Any

from sqlalchemy import JSON, Dialect, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from app.store.dialects import WHOLE
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
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own protocol)
        Json: JSON(none_as_null=True),
        list[Any]: JSON,
        int: WHOLE,
    }


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
