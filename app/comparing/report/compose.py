"""Puts a report together: what was compared and what came out, then what one needs to repeat it."""

import json
from collections.abc import Iterator, Sequence

from app.comparing.effects.answer import said_of
from app.comparing.report.blocks import Block, Bullets, Code, Heading, Paragraph
from app.comparing.report.subject import Subject
from app.comparing.table.caption import recipe
from app.comparing.table.columns import CLASSES, JUDGED, USUAL_METRICS
from app.comparing.table.sheet import Mark, Marks, answers_in_full, epoch_rule, sheet
from app.comparing.table.words import Cells, cells_of, legend_text, parting_note_of, texts
from app.comparing.view import Comparison
from app.formats import DASH, counted, setting
from app.views.runs.view import RunDetail

_NAMES: dict[Mark, str] = {"best": "bold", "tie": "underlined or in italics"}
_RUN_HEADS = "Run, Name, State, Seed, Subset seed, Epochs, Finished (UTC), Configuration"


def compose(subject: Subject) -> tuple[Block, ...]:
    """The blocks of the report in reading order."""
    return (*_opening(subject), *_figures(subject), *_repeat(subject))


def title(subject: Subject) -> str:
    """What the report is called."""
    return f"Comparison of {counted(len(subject.configs), 'setting')} in {counted(len(subject.runs), 'run')}"


def _opening(subject: Subject) -> Iterator[Block]:
    view, names = subject.comparison, {"", *(plot.name for plot in subject.plots)}
    yield Heading(title(subject), level=1)
    if answers := answers_in_full(view):
        figures = [one.figure if one.figure in names else "" for one in view.verdicts]
        first = [""] * (len(answers) - len(figures))
        yield Bullets(tuple(zip(answers, first + figures, strict=True)), title="Verdict.")
    if subject.effects is not None and len(subject.effects.fields) > 1:
        yield Bullets(tuple((text, "") for text in said_of(subject.effects)), title="Which field matters?")
    if view.warnings:
        yield Bullets(tuple((text, "") for text in view.warnings), title="Before you believe it.")
    yield Paragraph(" ".join(filter(None, [recipe([row.config for row in view.rows]), _method(subject)])))
    yield Paragraph(f"Made {subject.made_at} by betaboard {subject.version} from {subject.address}")
    if view.observations:
        yield Heading("Observations")
        seen = ((one.text, one.figure if one.figure in names else "") for one in view.observations)
        yield Bullets(tuple(seen))


def _method(subject: Subject) -> str:
    """Which figures, and what an interval is of."""
    view = subject.comparison
    base = ""
    if view.baseline:
        way = "paired by seed" if view.pairing == "paired" else "over independent seeds (Welch)"
        hold = "intervals (95 %) and verdicts are each for itself"
        if view.multiplicity == "holm":
            hold = "intervals (Bonferroni) and verdicts (Holm) hold for the whole report together at "
            hold += f"{100 * (1 - view.alpha):g} %"
        same = f"; the same means within {view.margin:g} points" if view.margin else ""
        base = f" Differences are to {view.baseline}, {way}; {hold}{same}."
    return (
        f"Test-set figures of the {epoch_rule(view)}. A setting is a configuration without its seeds; SD is "
        f"the sample standard deviation over seeds. The best setting is chosen on {view.chosen_by}.{base}"
    )


def _figures(subject: Subject) -> Iterator[Block]:
    view = subject.comparison
    yield Heading("Figures by setting")
    yield figures_table(view, subject.marks)
    if view.baseline and any(row.deltas for row in view.rows):
        yield delta_table(view, subject.marks)
    if view.classes:
        yield Heading("Recall by class")
        yield class_table(view, subject.marks)
    notes = tuple((f"{row.label}: {row.note}", "") for row in view.rows if row.note)
    if notes:
        yield Bullets(notes, title="Rows that were not run here.")
    if subject.plots:
        yield Heading("Plots")
        yield from subject.plots


def _repeat(subject: Subject) -> Iterator[Block]:
    yield Heading("To repeat it")
    if subject.comparison.differences:
        yield differences_table(subject.comparison)
    yield runs_table(subject.runs)
    yield versions_table(subject)
    for label, config in subject.configs.items():
        yield Code(f"Configuration of {label}, first run", as_text(config))


def figures_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: each metric as mean and SD; the best of a column and its ties marked."""
    made = sheet(view, USUAL_METRICS, marks=marks)
    return cells_of(made, f"Figures by setting: mean ± SD over seeds. {legend_text(made, _NAMES)}".rstrip())


def class_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: recall of each class, largest class first, its training images in the header."""
    made = sheet(view, (CLASSES,), marks=marks)
    caption = "Recall by class: mean ± SD over seeds; training images in brackets."
    return cells_of(made, f"{caption} {legend_text(made, _NAMES)}".rstrip())


def delta_table(view: Comparison, marks: Marks = "ties") -> Cells:
    """A row a setting: what each metric gains on the baseline, the verdict on the headline and its seeds."""
    made = sheet(view, (*JUDGED, *USUAL_METRICS), "difference", marks=marks)
    way = "paired by seed" if view.pairing == "paired" else "over independent seeds"
    hold = "holding together" if view.multiplicity == "holm" else "each for itself"
    caption = f"Difference to {view.baseline}, in points, {way}; intervals in brackets, {hold}"
    return cells_of(made, ". ".join(filter(None, [caption, parting_note_of(made).rstrip(".")])))


def differences_table(view: Comparison) -> Cells:
    """A row a field in which the settings differ."""
    settings = [at for at, row in enumerate(view.rows) if row.config]
    rows = [texts(field.label, *(field.values[at] or DASH for at in settings)) for field in view.differences]
    labels = [view.rows[at].label for at in settings]
    return Cells("Fields that differ", ("Field", *labels), tuple(rows), text_columns=1 + len(labels))


def runs_table(runs: Sequence[RunDetail]) -> Cells:
    """A row a run: what identifies it and its data."""
    rows = []
    for run in runs:
        seeds = setting(run.config["seed"]), setting(run.config["data"]["subset_seed"])
        epochs = f"{run.progress.epoch}/{run.progress.epochs}"
        hashes = run.config_hash[:16], (run.fingerprint or DASH)[:16]
        rows.append(
            texts(f"#{run.id}", run.name, run.state, *seeds, epochs, run.finished_at or DASH, *hashes)
        )
    head = (*_RUN_HEADS.split(", "), "Fingerprint of the data")
    return Cells("Runs; hashes are cut to 16 digits", head, tuple(rows), text_columns=len(head))


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
