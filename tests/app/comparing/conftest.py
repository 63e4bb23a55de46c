"""Boards made by hand: runs with known hits by class, their predictions where asked for, and what is said."""

import pytest

from app.settings import Settings
from app.store.engine import Database
from tests.app.comparing.boards import Board
from tests.conftest import SeedRun


@pytest.fixture
def board(seed_run: SeedRun, db: Database, settings: Settings) -> Board:
    return Board(seed_run, db, settings)
