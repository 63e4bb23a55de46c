"""Copies of the database as files: of one moment, while others write; and one before each migration."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, make_url

from app.errors import SetupError
from app.store.dialects import dialect_of
from app.store.trouble import trouble_of

KEPT = 2
"""Copies of before a migration: that of the latest, and of the one before."""
WITHOUT = "betaboard migrate --without-copy"

Say = Callable[[str], None]


def copy_database(url: str, target: Path) -> None:
    """Write the database as it is now into a new file. Raises as `Dialect.copy_out`."""
    parsed = make_url(url)
    dialect_of(parsed).copy_out(parsed, target)


def copy_before(url: URL, version: str, say: Say) -> None:
    """Keep the database as it is before it is migrated to `version`, and say where; older copies go.

    A server's database has no copy here: its administrator has better ones. Raises SetupError where there is
    no room for it.
    """
    dialect = dialect_of(url)
    file = dialect.file(url)
    if file is None:
        return
    target = file.with_name(f"{file.name}.before-{version}")
    draft = target.with_name(f"{target.name}.part")
    try:
        draft.unlink(missing_ok=True)
        dialect.copy_out(url, draft)
        draft.replace(target)
    except Exception as error:
        if (found := trouble_of(error)) is None:
            raise
        raise SetupError(
            f"The database {file} is of an earlier version, and no copy of it can be kept before it is "
            f"brought up to date. {found.message} It is as it was.",
            f"Free {file.stat().st_size:,} bytes there, or go without a copy: {WITHOUT}.",
        ) from error
    say(f"The database was copied to {target} before it is brought to schema {version}.")
    for old in copies_before(file)[KEPT:]:
        old.unlink(missing_ok=True)


def copies_before(file: Path) -> list[Path]:
    """The copies that were made before migrations of this database, the newest schema first."""
    found = file.parent.glob(f"{file.name}.before-*")
    return sorted((path for path in found if path.suffix != ".part"), reverse=True)
