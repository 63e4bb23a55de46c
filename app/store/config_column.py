"""The column type of a run's configuration: JSON, read with every field that this version knows."""

from typing import Any

from sqlalchemy import JSON, Dialect, TypeDecorator

from app.store.base import Json
from trainer.config import completed


class ConfigJson(TypeDecorator[Json]):
    """Rows of an earlier version lack fields that came later; whoever reads them finds the defaults there."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Json | None, dialect: Dialect) -> Json | None:  # noqa: ARG002 (SQLAlchemy's own protocol)
        """What was stored, completed."""
        return None if value is None else completed(value)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """A key of the configuration is looked up in SQL as in any JSON column."""
        return self.impl_instance.coerce_compared_value(op, value)
