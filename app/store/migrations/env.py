"""Alembic's entry: runs the revisions on the connection that `upgrade` hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Column, Integer, String, event

from app.store.dialects import TEXT, WHOLE
from app.store.tables import Base


def _as_in_the_tables(column: "Column[object]", _parent: object) -> None:
    """A revision says sa.Integer and sa.String, and means what columns are on each kind of database."""
    meant: dict[type, Any] = {Integer: WHOLE, String: TEXT}
    column.type = meant.get(type(column.type), column.type)


context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
event.listen(Column, "before_parent_attach", _as_in_the_tables)
try:
    with context.begin_transaction():
        context.run_migrations()
finally:
    event.remove(Column, "before_parent_attach", _as_in_the_tables)
