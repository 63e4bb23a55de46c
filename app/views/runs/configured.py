"""A configuration by its hash, and what is worked out once for equal ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.runs.naming import chips


@dataclass(frozen=True)
class Configured:
    """Told from others by its hash, in which device and threads are not."""

    config_hash: str
    config: Mapping[str, Any] = field(compare=False)


@lru_cache(maxsize=4096)
def chips_of(of: Configured) -> tuple[tuple[str, str], ...]:
    """A third of what a line of the list takes."""
    return chips(of.config)
