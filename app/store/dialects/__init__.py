"""Kinds of databases, one module each; which of them it is, the address says."""

from typing import Any

from sqlalchemy import URL, text

from app.store.dialects import postgresql, sqlite
from app.store.dialects.base import TEXT, WHOLE, Dialect, json_list, shared_now, small

__all__ = ["BY_KEY", "DIALECTS", "NEVER_REUSE_IDS", "TEXT", "WHOLE", "Dialect", "dialect_of", "json_list",
           "only_where", "shared_now", "small"]  # fmt: skip

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite, "postgresql": postgresql}
"""By the first word of an address."""

NEVER_REUSE_IDS = {name: value for one in DIALECTS.values() for name, value in one.NEVER_REUSE_IDS.items()}
"""Options of a table, each read by its dialect alone."""

BY_KEY = dict(sqlite.BY_KEY)
"""Options of a table whose rows are their key, and lie in its order where a database has them do so."""


def only_where(condition: str) -> dict[str, Any]:
    """Options of an index that holds these rows alone."""
    return {f"{name}_where": text(condition) for name in DIALECTS}


def dialect_of(url: URL) -> Dialect:
    """The dialect of an address; the usual one says of an unknown address that it cannot use it."""
    return DIALECTS.get(url.get_backend_name(), sqlite)
