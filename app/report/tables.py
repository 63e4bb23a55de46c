"""The tables of a report, as texts: figures by setting, recall by class, what differs, runs, versions."""

import json
from collections.abc import Sequence

from app.formats import DASH, percent, setting
from app.report.blocks import Cells
from app.report.subject import Subject
from app.views.compare import Comparison, Delta
from app.views.compare_parts import Spread
from app.views.runs import RunDetail

METRICS = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced",
    "geometric_mean": "Geometric mean",
    "macro_f1": "Macro-F1",
    "head": "Head",
    "medium": "Medium",
    "tail": "Tail",
    "worst_class": "Worst class",
}
_MISSING = Spread(mean=None, sd=None)
_STAYS = "\u00a0"
"""A space at which no line breaks."""


def figures_table(view: Comparison) -> Cells:
    """A row a setting: seeds, each metric as mean and SD."""
    spreads = [[row.metrics.get(name, _MISSING) for name in METRICS] for row in view.rows]
    rows = [(row.label, str(row.n) if row.run_ids else DASH, *map(_spread, cells))
            for row, cells in zip(view.rows, spreads, strict=True)]  # fmt: skip
    head = ("Setting", "Seeds", *METRICS.values())
    caption = "Figures by setting, in %: mean ± SD over seeds"
    return Cells(caption, head, tuple(rows), bold=_best(spreads, before=2))


def class_table(view: Comparison) -> Cells:
    """A row a setting: recall of each class, largest class first, its training images in the header."""
    order = sorted(range(len(view.classes)), key=lambda at: (-view.classes[at].train_count, at))
    spreads = [[row.classes[at] if row.classes else _MISSING for at in order] for row in view.rows]
    rows = [(row.label, *map(_spread, cells)) for row, cells in zip(view.rows, spreads, strict=True)]
    names = (f"{view.classes[at].name} ({view.classes[at].train_count:,})" for at in order)
    caption = "Recall by class, in %: mean ± SD over seeds; training images in brackets"
    return Cells(caption, ("Setting", *names), tuple(rows), bold=_best(spreads, before=1))


def delta_table(view: Comparison) -> Cells:
    """A row a setting: what each metric gains on the baseline, and the seeds that a verdict would take."""
    rows = [
        (row.label, *_accuracy_seeds(row.delta), *(_delta(row.deltas.get(name)) for name in METRICS))
        for row in view.rows
        if row.deltas
    ]
    head = ("Setting", "Pairs", "Seeds for a verdict on accuracy", *METRICS.values())
    caption = f"Difference to {view.baseline}, in points, paired by seed; 95 % interval in brackets"
    return Cells(caption, head, tuple(rows))


def differences_table(view: Comparison) -> Cells:
    """A row a field in which the settings differ."""
    settings = [at for at, row in enumerate(view.rows) if row.config]
    rows = [(field.label, *(field.values[at] or DASH for at in settings)) for field in view.differences]
    labels = [view.rows[at].label for at in settings]
    return Cells("Fields that differ", ("Field", *labels), tuple(rows), text_columns=1 + len(labels))


def runs_table(runs: Sequence[RunDetail]) -> Cells:
    """A row a run: what identifies it and its data."""
    rows = [
        (
            f"#{run.id}",
            run.name,
            run.state,
            setting(run.config["seed"]),
            setting(run.config["data"]["subset_seed"]),
            f"{run.progress.epoch}/{run.progress.epochs}",
            run.finished_at or DASH,
            run.config_hash[:16],
            (run.fingerprint or DASH)[:16],
        )
        for run in runs
    ]
    head = ("Run", "Name", "State", "Seed", "Subset seed", "Epochs", "Finished (UTC)", "Configuration",
            "Fingerprint of the data")  # fmt: skip
    caption = "Runs; hashes are cut to 16 digits"
    return Cells(caption, head, tuple(rows), text_columns=len(head))


def versions_table(subject: Subject) -> Cells:
    """What the runs were made with: each value, and the runs that had it where they differ."""
    keys = dict.fromkeys(key for run in subject.runs for key in run.provenance)
    rows = [("report made by", f"betaboard {subject.version}")]
    rows += [(key, _by_run(subject.runs, key)) for key in keys]
    return Cells("Versions and machine", ("What", "Value"), tuple(rows), text_columns=2)


def as_text(config: object) -> str:
    """A configuration as JSON to read and to launch again."""
    return json.dumps(config, indent=2, ensure_ascii=False)


def _by_run(runs: Sequence[RunDetail], key: str) -> str:
    values: dict[str, list[str]] = {}
    for run in runs:
        if run.provenance:
            values.setdefault(setting(run.provenance.get(key)), []).append(f"#{run.id}")
    if len(values) == 1:
        return next(iter(values))
    return "; ".join(f"{value} ({', '.join(ids)})" for value, ids in values.items())


def _spread(spread: Spread) -> str:
    return percent(spread.mean) + ("" if spread.sd is None else f"{_STAYS}±{_STAYS}{percent(spread.sd)}")


def _accuracy_seeds(delta: Delta | None) -> tuple[str, str]:
    if delta is None:
        return DASH, DASH
    return str(delta.n), DASH if delta.seeds_needed is None else str(delta.seeds_needed)


def _delta(delta: Delta | None) -> str:
    if delta is None:
        return DASH
    if delta.low is None:
        return _signed(delta.mean)
    return f"{_signed(delta.mean)} ({_signed(delta.low)}{_STAYS}to{_STAYS}{_signed(delta.high)})"


def _signed(fraction: float | None) -> str:
    text = percent(fraction)
    return f"+{text}" if fraction is not None and fraction > 0 and text != "0.0" else text


def _best(spreads: Sequence[Sequence[Spread]], before: int) -> frozenset[tuple[int, int]]:
    """Places of the largest value of each column as it is shown, where there are several to choose from."""
    found: set[tuple[int, int]] = set()
    for column, cells in enumerate(zip(*spreads, strict=True)):
        shown = [None if cell.mean is None else round(cell.mean, 3) for cell in cells]
        known = [value for value in shown if value is not None]
        if len(known) > 1:
            found |= {(at, before + column) for at, value in enumerate(shown) if value == max(known)}
    return frozenset(found)
