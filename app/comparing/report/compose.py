"""Puts a report together: what was compared and what came out, then what one needs to repeat it."""

from collections.abc import Iterator

from app.comparing.report import tables
from app.comparing.report.blocks import Block, Bullets, Code, Heading, Paragraph
from app.comparing.report.subject import Subject
from app.comparing.table.answers import spoken
from app.comparing.table.sheet import epoch_rule


def compose(subject: Subject) -> tuple[Block, ...]:
    """The blocks of the report in reading order."""
    return (*_opening(subject), *_figures(subject), *_repeat(subject))


def title(subject: Subject) -> str:
    """What the report is called."""
    settings = len(subject.configs)
    runs = len(subject.runs)
    return f"Comparison of {_count(settings, 'setting')} in {_count(runs, 'run')}"


def _opening(subject: Subject) -> Iterator[Block]:
    view, names = subject.comparison, {plot.name for plot in subject.plots}
    yield Heading(title(subject), level=1)
    if told := spoken(view):
        figures = [one.figure if one.figure in names else "" for one in view.verdicts]
        first = [""] * (len(told) - len(figures))
        yield Bullets(tuple(zip(told, first + figures, strict=True)), title="Verdict.")
    if view.warnings:
        yield Bullets(tuple((text, "") for text in view.warnings), title="Before you believe it.")
    yield Paragraph(_method(subject))
    yield Paragraph(f"Made {subject.made_at} by betaboard {subject.version} from {subject.address}")
    if view.observations:
        yield Heading("Observations")
        yield Bullets(
            tuple((seen.text, seen.figure if seen.figure in names else "") for seen in view.observations)
        )


def _method(subject: Subject) -> str:
    """Which figures, and what an interval is of."""
    view = subject.comparison
    base = ""
    if view.baseline:
        way = "paired by seed" if view.pairing == "paired" else "over independent seeds (Welch)"
        hold = (
            "intervals (Bonferroni) and verdicts (Holm) hold for the whole report together at "
            f"{100 * (1 - view.alpha):g} %"
            if view.multiplicity == "holm"
            else "intervals (95 %) and verdicts are each for itself"
        )
        same = f"; the same means within {view.margin:g} points" if view.margin else ""
        base = f" Differences are to {view.baseline}, {way}; {hold}{same}."
    return (
        f"Test-set figures of the {epoch_rule(view)}. A setting is a configuration without its seeds; SD is "
        f"the sample standard deviation over seeds. The best setting is chosen on {view.chosen_by}.{base}"
    )


def _figures(subject: Subject) -> Iterator[Block]:
    view = subject.comparison
    yield Heading("Figures by setting")
    yield tables.figures_table(view, subject.marks)
    if view.baseline and any(row.deltas for row in view.rows):
        yield tables.delta_table(view, subject.marks)
    if view.classes:
        yield Heading("Recall by class")
        yield tables.class_table(view, subject.marks)
    notes = tuple((f"{row.label}: {row.note}", "") for row in view.rows if row.note)
    if notes:
        yield Bullets(notes, title="Published rows.")
    if subject.plots:
        yield Heading("Plots")
        yield from subject.plots


def _repeat(subject: Subject) -> Iterator[Block]:
    view = subject.comparison
    yield Heading("To repeat it")
    if view.differences:
        yield tables.differences_table(view)
    yield tables.runs_table(subject.runs)
    yield tables.versions_table(subject)
    for label, config in subject.configs.items():
        yield Code(f"Configuration of {label}, first run", tables.as_text(config))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
