"""Views of the runs of a list in groups; `groups` fills them."""

from typing import Any

from app.comparing.parts import Spread
from app.comparing.view import Delta
from app.schema_types import By
from app.views.base import View


class Standing(View):
    """What the completed runs of a setting come to, as the compare page has it.

    `metrics` are of last epochs; a spread's sd is null at n = 1. `delta` is of the headline metric, against
    the baseline; null for the baseline, and where `why` says why.
    """

    setting_hash: str
    config: dict[str, Any]
    n: int
    """Completed runs, one a seed."""
    run_ids: tuple[int, ...]
    progress: str
    """What is still to come."""
    diverged: int
    """How many of its runs diverged; the figures of those that completed are among the others'."""
    metrics: dict[str, Spread]
    delta: Delta | None
    why: str
    is_baseline: bool


class RunGroup(View):
    """Runs that share what they are grouped by, told by the newest of them."""

    key: str | int | None
    """Hash of a setting, number of a sweep, name of a data set, tag; null: those in no sweep."""
    label: str
    newest: int
    runs: int
    states: dict[str, int]
    left_out: int = 0
    """Completed runs of the setting that the list's filter passes by: its figures are of the others alone."""
    standing: Standing | None = None
    """Of a setting; null where a page has too many runs to compare."""


class RunGroups(View):
    """A page of groups, those with the newest run first; `total` counts groups."""

    by: By
    items: tuple[RunGroup, ...]
    next_cursor: str | None
    total: int
    headline: str = "accuracy"
    """The metric that the verdicts are of."""
    baseline: str | None = None
    """The hash of the setting that the others are held against."""
    compared: tuple[int, ...] = ()
    """The runs that were compared, for the page that does the same."""
