"""A run as another tool has recorded it, before anything is read into it. Pure data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Tool = Literal["mlflow", "tensorboard", "csv"]
TITLES: Mapping[Tool, str] = {"mlflow": "MLflow", "tensorboard": "TensorBoard", "csv": "CSV"}
EndState = Literal["completed", "failed", "canceled", "running", "unknown"]
Series = dict[int, float | None]
"""Step -> value; None where it was not finite."""


@dataclass
class SourceRun:
    """What a tool keeps of one run. key: what the tool itself tells runs apart by, wherever its files lie."""

    tool: Tool
    key: str
    name: str
    experiment: str = ""
    state: EndState = "unknown"
    started_at: str | None = None
    finished_at: str | None = None
    notes: str = ""
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Series] = field(default_factory=dict)


SourceRuns = Iterator[SourceRun]


def moment(seconds: float | None) -> str | None:
    """Seconds since 1970 as the tables hold times; None for none, and for what is no time."""
    if not seconds or seconds < 0:
        return None
    try:
        at = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
