"""The one Ray cluster of these tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.trainer.executors.ray_nodes import Nodes


@pytest.fixture(scope="session")
def nodes() -> Iterator[Callable[[], Nodes]]:
    """It starts once somebody asks for it."""
    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(Nodes()))
