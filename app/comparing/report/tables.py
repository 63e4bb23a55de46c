"""The tables of a report, as texts: figures by setting, recall by class, what differs, runs, versions."""

import json
from collections.abc import Sequence

from app.comparing.parts import Spread
from app.comparing.report.blocks import Cells
from app.comparing.report.subject import Subject
from app.comparing.table.marks import Mark, Marks
from app.comparing.table.sheet import CLASSES, USUAL_METRICS, VERDICTS, Sheet, sheet
from app.comparing.table.words import legend_text
from app.comparing.verdicts.parting import p_said, parted_note
from app.comparing.view import Comparison, Delta
from app.figures.metric_words import METRIC_WORDS
from app.formats import DASH, setting
from app.views.runs.view import RunDetail
from trainer.metrics.table import METRICS

_TITLES = tuple(METRICS[name].title for name in USUAL_METRICS)
_OTHERS = [METRICS[name].title for name in USUAL_METRICS if METRICS[name].unit != "fraction"]
_BUT = f" ({', '.join(_OTHERS)}: as it is)" if _OTHERS else ""
_NAMES: dict[Mark, str] = {"best": "bold", "tie": "underlined or in italics"}
_MISSING = Spread(mean=None, sd=None)
_STAYS = "\u00a0"
"""A space at which no line breaks."""


def figures_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: seeds, each metric as mean and SD; the best of a column and its ties marked."""
    spreads = [
        [_spread(row.metrics.get(name, _MISSING), name) for name in USUAL_METRICS] for row in view.rows
    ]
    rows = [(row.label, str(row.n) if row.run_ids else DASH, *cells)
            for row, cells in zip(view.rows, spreads, strict=True)]  # fmt: skip
    head = ("Setting", "Seeds", *_TITLES)
    made = sheet(view, USUAL_METRICS, marks=marks)
    caption = f"Figures by setting, in %{_BUT}: mean ± SD over seeds. {legend_text(made, _NAMES)}".rstrip()
    return Cells(caption, head, tuple(rows), marks=_marks(made, before=2))


def class_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: recall of each class, largest class first, its training images in the header."""
    made = sheet(view, (CLASSES,), marks=marks)
    rows = [(one.row.label, *(_spread(cell.value, "accuracy") for cell in one.cells)) for one in made.rows]
    names = (f"{column.title} ({column.train_count:,})" for column in made.columns)
    caption = ("Recall by class, in %: mean ± SD over seeds; training images in brackets. "
               f"{legend_text(made, _NAMES)}").rstrip()  # fmt: skip
    return Cells(caption, ("Setting", *names), tuple(rows), marks=_marks(made, before=1))


def delta_table(view: Comparison) -> Cells:
    """A row a setting: what each metric gains on the baseline, the verdict on the headline and its seeds."""
    rows = [
        (row.label, *_judged(row.deltas.get(view.headline)),
         *(_delta(row.deltas.get(name), name) for name in USUAL_METRICS))
        for row in view.rows
        if row.deltas
    ]  # fmt: skip
    headline = METRICS[view.headline].title.lower()
    head = ("Setting", "Seeds", f"Verdict on {headline}", "Seeds it needs", *_TITLES)
    way = "paired by seed" if view.pairing == "paired" else "over independent seeds"
    hold = "holding together" if view.multiplicity == "holm" else "each for itself"
    caption = f"Difference to {view.baseline}, in points{_BUT}, {way}; intervals in brackets, {hold}"
    shown = [row.deltas.get(name) for row in view.rows for name in USUAL_METRICS]
    caption = ". ".join(filter(None, [caption, parted_note(shown).rstrip(".")]))
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


def _spread(spread: Spread, metric: str) -> str:
    said = METRIC_WORDS[metric].said
    return said(spread.mean) + ("" if spread.sd is None else f"{_STAYS}±{_STAYS}{said(spread.sd)}")


def _judged(delta: Delta | None) -> tuple[str, str, str]:
    """Runs of the smaller side, verdict, and the seeds that would find this difference."""
    if delta is None:
        return DASH, DASH, DASH
    needed = DASH if delta.seeds_needed is None else str(delta.seeds_needed)
    return str(delta.n), VERDICTS[delta.verdict], needed


def _delta(delta: Delta | None, metric: str) -> str:
    if delta is None:
        return DASH
    signed, ends = METRIC_WORDS[metric].signed, delta.adjusted
    if ends is None or ends.low is None:
        return signed(delta.mean)
    why = f"; {VERDICTS[delta.verdict]}, {p_said(delta)}" if delta.parting is not None else ""
    return f"{signed(delta.mean)} ({signed(ends.low)}{_STAYS}to{_STAYS}{signed(ends.high)}{why})"


def _marks(made: Sheet, before: int) -> dict[tuple[int, int], Mark]:
    """The marked cells, as every export marks them."""
    return {(at, before + column): cell.mark for at, one in enumerate(made.rows)
            for column, cell in enumerate(one.cells) if cell.mark}  # fmt: skip
