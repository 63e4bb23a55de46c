"""Views of sweeps: the list, and one sweep as a grid of cells."""

from typing import Any

from app.views.base import View
from app.views.preview.view import SettingNumbers


class SweepCounts(View):
    """Cells by what has become of them; `missing` ones have no run (never launched, or deleted)."""

    total: int
    queued: int
    running: int
    completed: int
    failed: int
    """failed and crashed."""
    canceled: int
    """canceled and paused."""
    missing: int


class SweepSummary(View):
    """One line of the list of sweeps."""

    id: int
    name: str
    created_at: str
    tags: tuple[str, ...]
    axes: dict[str, list[Any]]
    baselines: tuple[dict[str, Any], ...]
    tuned: tuple[str, ...]
    """Paths of axes whose value each method chooses for itself, on validation images."""
    counts: SweepCounts
    fraction: float
    """Finished epochs of all cells / epochs of all cells, 0..1."""
    eta_seconds: float | None


class SweepList(View):
    """A page of sweeps, newest first."""

    items: tuple[SweepSummary, ...]
    next_cursor: str | None
    total: int


class SweepCell(View):
    """One cell. `values` are its places on the axes; `reused` says that its run is older than the sweep."""

    index: int
    baseline: bool
    values: dict[str, Any]
    label: str
    """The setting in words, without seeds."""
    setting_hash: str
    config_hash: str
    run_id: int | None
    state: str
    """The run's state, or "missing"."""
    epoch: int
    epochs: int
    accuracy: float | None
    diverged: bool
    reused: bool


class SweepRow(View):
    """A setting of the grid with its cells by seed: cells[i] belongs to SweepDetail.seeds[i], or is null."""

    label: str
    setting_hash: str
    config: dict[str, Any]
    """Of its first cell: what the row's colour is made from."""
    baseline: bool
    cells: tuple[SweepCell | None, ...]
    mixed: bool = False
    """Whether its runs saw different images under one name, so that their mean would say nothing."""


class SweepLooks(View):
    """Two looks at the figures that were planned before the first run: seeds and alpha of each."""

    seeds: tuple[int, int]
    alphas: tuple[float, float]


class SweepDetail(SweepSummary):
    """A sweep, whole: base configuration and the grid, settings down, seeds across."""

    notes: str
    base: dict[str, Any]
    margin: float | None
    """Points of a difference that does not matter; null: no two settings are called the same."""
    looks: SweepLooks | None
    seeds: tuple[str, ...]
    """Column headers, such as "seed 0" or "seed 0, subset 1"."""
    rows: tuple[SweepRow, ...]
    warnings: tuple[str, ...] = ()
    """Rows whose runs saw different images, and earlier runs of equal settings that are not used again."""
    moves: tuple[str, ...]
    """Actions that would do something now: cancel, retry (missing, failed, crashed and canceled cells)."""


class ExtensionPreview(View):
    """What an extension of a sweep would add."""

    cells_new: int
    """Cells to train."""
    cells_reused: int
    """Further cells, which would point at equal runs from before."""
    epochs: int
    """Epochs to train, over all new cells."""
    estimated_seconds: float | None
    """Of the cells to train, on this machine with its slots; null before anything was measured."""
    warnings: tuple[str, ...] = ()
    """Earlier runs of equal settings that are not used again, and why."""


class SettingWeights(View):
    """The loss weight of each class under one setting of a sweep, in the data set's order of classes."""

    label: str
    config: dict[str, Any]
    weights: tuple[float, ...]


class SweepPreview(View):
    """A sweep before it is launched."""

    runs: int
    reused: tuple[int, ...]
    """Ids of equal runs (completed, running or queued) that cells would point at: not trained again."""
    new_runs: int
    first_stages: int = 0
    """Of the runs, the first stages that nobody asked for: second stages of the sweep train upon them."""
    estimated_seconds: float | None
    """Of the new runs, on this machine with its slots; null before anything was measured."""
    settings: tuple[str, ...]
    """Labels of the settings."""
    weights: tuple[SettingWeights, ...]
    """Of the settings that weight the classes on the same training images as the first one that does."""
    by_class: tuple[SettingNumbers, ...]
    """Of the settings on the same training images as the first one: weights, margins, offsets, views."""
    mean_weights: tuple[float, float]
    """Lowest and highest mean weight of a training image over the settings, each as its preview has it."""
    effective_rates: tuple[float, float]
    """Lowest and highest effective rate over the settings that train; approximate, as in a preview."""
    warnings: tuple[str, ...]
