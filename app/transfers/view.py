"""What a comparison of transfers shows: its sources, measured and estimated, and what follows."""

from app.comparing.parts import Spread
from app.views.base import View
from trainer.metrics.fields import Figure


class SourceRow(View):
    """A source: its run (null: random), what was measured and estimated of it, and the leader's lead."""

    run: int | None
    label: str
    done: int
    """Seeds that are measured."""
    balanced_accuracy: Spread
    accuracy: Spread
    by_seed: dict[int, float | None]
    """Balanced accuracy of each seed."""
    log_me: Spread
    leep: Spread
    h_score: Spread
    behind: Figure = None
    """How far the leader is ahead, over the seeds of both; null for the leader, and before it is known."""
    behind_low: Figure = None
    behind_high: Figure = None
    is_rival: bool = False
    """Whether the figures do not tell it from the leader."""


class Guess(View):
    """How well an estimate ranks the sources as they were measured: Kendall's tau-b and its 95 % interval."""

    name: str
    title: str
    source: str
    tau: Figure
    low: Figure
    high: Figure
    sources: int
    reason: str
    """Why a figure is null; "" where none is."""


class Recommendation(View):
    """Which network to start from, in words; `best` are the runs that may be it (null: random)."""

    text: str
    doubt: str
    is_firm: bool
    """Whether one source is better than every other."""
    best: tuple[int | None, ...]


class TransferSummary(View):
    """A comparison of transfers as a line."""

    id: int
    name: str
    state: str
    dataset: str
    images: int
    mode: str
    pieces: int
    done: int
    created_at: str


class TransferView(TransferSummary):
    """A comparison of transfers whole, its best source first."""

    notes: str
    seeds: tuple[int, ...]
    rows: tuple[SourceRow, ...]
    guesses: tuple[Guess, ...]
    recommendation: Recommendation | None
    """Null before every piece is measured."""
    eta_seconds: Figure
    waits_for: str
    error: dict[str, str] | None
    warnings: tuple[str, ...]


class TransferList(View):
    """Comparisons of transfers, newest first."""

    items: tuple[TransferSummary, ...]
