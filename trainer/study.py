"""Which runs a sweep has: a study proposes the first, and others when those have ended. Imports no torch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trainer.config import RunConfig
from trainer.sweep import Cell, expand


@dataclass(frozen=True)
class Trial:
    """A run of the study that has ended: how, and what its last finished epoch was measured by."""

    config: RunConfig
    state: str
    last: Mapping[str, Any]


class Study(Protocol):
    """Proposes runs. It holds nothing between two questions; what it proposes again is not doubled."""

    def first(self) -> Sequence[Cell]:
        """What the sweep is launched with. Raises ConfigError where it is refused."""

    def after(self, ended: Iterable[Trial]) -> Sequence[Cell]:
        """What is to run next, now that these have ended; () where they say nothing new, or all is said.

        It is asked whenever a run ends by itself, not when somebody cancels it. Data sets are those of the
        runs that the sweep has.
        """


@dataclass(frozen=True)
class Grid:
    """Every combination of the axes and the baselines beside them, all at once; as a sweep is stored."""

    base: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]]
    baselines: Sequence[Mapping[str, Any]] = ()
    tuned: Sequence[str] = ()

    def first(self) -> tuple[Cell, ...]:
        """All of it. Raises ConfigError as `expand` does."""
        return expand(self.base, self.axes, self.baselines, self.tuned)

    def after(self, ended: Iterable[Trial]) -> tuple[Cell, ...]:  # noqa: ARG002 (a grid is not moved by results)
        """Nothing more."""
        return ()
