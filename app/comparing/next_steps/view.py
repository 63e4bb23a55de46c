"""What the compare page offers beside a verdict or a row; which requests those are, whoever fills it says."""

from collections.abc import Sequence
from typing import Protocol

from app.comparing.next_steps.actions import Action


class NextSteps(Protocol):
    """Actions on rows by label; None where an action makes no sense."""

    def more_seeds(self, labels: Sequence[str], how_many: int) -> Action | None:
        """Bring each of these settings to so many seeds more than it has completed."""
        ...

    def beta_between(self, label: str, other: str) -> Action | None:
        """Try a beta between two settings that differ in beta alone."""
        ...

    def control(self, label: str, baseline: str | None) -> Action | None:
        """Add the runs that tell the weights of this setting from its rate."""
        ...


class NoSteps:
    """Offers nothing: for a view that nobody can act on."""

    def more_seeds(self, labels: Sequence[str], how_many: int) -> Action | None:  # noqa: ARG002
        """Nothing."""
        return None

    def beta_between(self, label: str, other: str) -> Action | None:  # noqa: ARG002
        """Nothing."""
        return None

    def control(self, label: str, baseline: str | None) -> Action | None:  # noqa: ARG002
        """Nothing."""
        return None


def no_steps(rows: Sequence[object]) -> NextSteps:  # noqa: ARG001
    """`NoSteps`, whatever the rows."""
    return NoSteps()
