"""Kinds of databases, one module each; which of them it is, the address says."""

from sqlalchemy import URL

from app.store.dialects import postgresql, sqlite
from app.store.dialects.base import TEXT, WHOLE, Dialect, json_list, shared_now

__all__ = ["DIALECTS", "NEVER_REUSE_IDS", "TEXT", "WHOLE", "Dialect", "dialect_of", "json_list", "shared_now"]

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite, "postgresql": postgresql}
"""By the first word of an address."""

NEVER_REUSE_IDS = {name: value for one in DIALECTS.values() for name, value in one.NEVER_REUSE_IDS.items()}
"""Options of a table, each read by its dialect alone."""


def dialect_of(url: URL) -> Dialect:
    """The dialect of an address; the usual one says of an unknown address that it cannot use it."""
    return DIALECTS.get(url.get_backend_name(), sqlite)
