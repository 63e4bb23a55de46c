"""Fixtures of the contract suite: the stored board, only read, and the recorded answers of a file's area."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.contract.recorded import Recorded
from tests.contract.stored import opened, unpack


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The board in a folder of its own, which nothing changes."""
    return unpack(tmp_path_factory.mktemp("stored") / "data")


@pytest.fixture(scope="session")
def board(stored: Settings) -> Iterator[TestClient]:
    """A caller of the application over it."""
    with opened(stored) as caller:
        yield caller


@pytest.fixture(scope="module")
def recorded(request: pytest.FixtureRequest) -> Iterator[Recorded]:
    """The recorded answers of this file: of test_pages.py those in recorded/pages.txt."""
    answers = Recorded(re.sub(r".*test_|\.py$", "", Path(request.node.path).name))
    yield answers
    answers.close()
