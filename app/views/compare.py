"""View of several runs side by side: one row a run (settings and seeds come with sweeps)."""

from typing import Any

from app.views.base import Figure, View


class CompareClass(View):
    """A column of the table: a class and its training images."""

    name: str
    train_count: int


class Spread(View):
    """Mean and standard deviation over n runs; sd is null at n = 1."""

    mean: Figure
    sd: Figure


class CompareRow(View):
    """One row: label, its runs, metrics by name, and recall by class."""

    label: str
    run_ids: tuple[int, ...]
    n: int
    setting_hash: str
    config: dict[str, Any]
    """Of the first of its runs; what the row's colour is made from."""
    state: str
    epoch: int | None
    metrics: dict[str, Spread]
    classes: tuple[Spread, ...]
    curve: tuple[tuple[int, Figure], ...]
    """(epoch, test accuracy)."""
    delta: None = None
    """The paired difference to the baseline, which needs several seeds; null at n = 1."""


class Comparison(View):
    """Rows under one set of classes; `warnings` name what makes them not comparable."""

    classes: tuple[CompareClass, ...]
    baseline: str | None
    rows: tuple[CompareRow, ...]
    warnings: tuple[str, ...]
