"""What every table class derives from: names of constraints, and the SQL type of JSON columns."""

from typing import Any

from sqlalchemy import JSON, MetaData
from sqlalchemy.orm import DeclarativeBase

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
