"""Rows as the driver gives them: no entities, no conversion, for those that are many or only compared."""

from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

Row = tuple[Any, ...]


def plain_rows(s: Session, query: Executable) -> list[Row]:
    """All of them, with what the session has yet to write. What has no type in the database stays as it is
    stored: JSON is text.
    """
    s.flush()
    with s.connection().execute(query) as result:
        return list(result.cursor.fetchall())
