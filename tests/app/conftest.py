"""Fixtures of the app's tests: an empty installation in a temporary folder, and its database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.installation import prepare
from app.settings import Settings
from app.store.engine import Database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty installation whose database is migrated."""
    settings = Settings(data_dir=tmp_path / "data")
    prepare(settings)
    return settings


@pytest.fixture
def db(settings: Settings) -> Iterator[Database]:
    database = Database(settings.url)
    yield database
    database.close()
