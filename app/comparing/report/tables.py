"""The tables of a report, as texts: figures by setting, recall by class, what differs, runs, versions."""

import json
from collections.abc import Sequence

from app.comparing.report.subject import Subject
from app.comparing.table.cells import Cells, cells_of, texts
from app.comparing.table.columns import CLASSES, JUDGED, USUAL_METRICS
from app.comparing.table.marks import Mark, Marks
from app.comparing.table.sheet import sheet
from app.comparing.table.words import legend_text, parted
from app.comparing.verdicts.parting import parted_note
from app.comparing.view import Comparison
from app.formats import DASH, setting
from app.views.runs.view import RunDetail

_NAMES: dict[Mark, str] = {"best": "bold", "tie": "underlined or in italics"}


def figures_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: each metric as mean and SD; the best of a column and its ties marked."""
    made = sheet(view, USUAL_METRICS, marks=marks)
    return cells_of(made, f"Figures by setting: mean ± SD over seeds. {legend_text(made, _NAMES)}".rstrip())


def class_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: recall of each class, largest class first, its training images in the header."""
    made = sheet(view, (CLASSES,), marks=marks)
    said = "Recall by class: mean ± SD over seeds; training images in brackets."
    return cells_of(made, f"{said} {legend_text(made, _NAMES)}".rstrip())


def delta_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: what each metric gains on the baseline, the verdict on the headline and its seeds."""
    made = sheet(view, (*JUDGED, *USUAL_METRICS), "difference", marks=marks)
    way = "paired by seed" if view.pairing == "paired" else "over independent seeds"
    hold = "holding together" if view.multiplicity == "holm" else "each for itself"
    caption = f"Difference to {view.baseline}, in points, {way}; intervals in brackets, {hold}"
    cells = (cell for one in made.rows for cell in one.cells)
    note = parted_note(cell.delta for cell in cells if parted(cell))
    return cells_of(made, ". ".join(filter(None, [caption, note.rstrip(".")])))


def differences_table(view: Comparison) -> Cells:
    """A row a field in which the settings differ."""
    settings = [at for at, row in enumerate(view.rows) if row.config]
    rows = [texts(field.label, *(field.values[at] or DASH for at in settings)) for field in view.differences]
    labels = [view.rows[at].label for at in settings]
    return Cells("Fields that differ", ("Field", *labels), tuple(rows), text_columns=1 + len(labels))


def runs_table(runs: Sequence[RunDetail]) -> Cells:
    """A row a run: what identifies it and its data."""
    rows = [
        texts(
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
    head = (
        "Run",
        "Name",
        "State",
        "Seed",
        "Subset seed",
        "Epochs",
        "Finished (UTC)",
        "Configuration",
        "Fingerprint of the data",
    )
    caption = "Runs; hashes are cut to 16 digits"
    return Cells(caption, head, tuple(rows), text_columns=len(head))


def versions_table(subject: Subject) -> Cells:
    """What the runs were made with: each value, and the runs that had it where they differ."""
    keys = dict.fromkeys(key for run in subject.runs for key in run.provenance)
    rows = [texts("report made by", f"betaboard {subject.version}")]
    rows += [texts(key, _by_run(subject.runs, key)) for key in keys]
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
