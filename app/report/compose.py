"""Puts a report together: what was compared and what came out, then what one needs to repeat it."""

from collections.abc import Iterator

from app.report import tables
from app.report.blocks import Block, Bullets, Code, Heading, Paragraph
from app.report.subject import Subject


def compose(subject: Subject) -> tuple[Block, ...]:
    """The blocks of the report in reading order."""
    return (*_opening(subject), *_figures(subject), *_repeat(subject))


def title(subject: Subject) -> str:
    """What the report is called."""
    settings = len(subject.configs)
    runs = len(subject.runs)
    return f"Comparison of {_count(settings, 'setting')} in {_count(runs, 'run')}"


def _opening(subject: Subject) -> Iterator[Block]:
    view = subject.comparison
    yield Heading(title(subject), level=1)
    yield Paragraph(f"Made {subject.made_at} by betaboard {subject.version} from {subject.address}")
    yield Paragraph(_method(subject))
    if view.warnings:
        yield Bullets(tuple((text, "") for text in view.warnings), title="Read with care.")
    if view.observations:
        names = {plot.name for plot in subject.plots}
        yield Heading("Observations")
        yield Bullets(tuple((seen.text, seen.figure if seen.figure in names else "")
                            for seen in view.observations))  # fmt: skip


def _method(subject: Subject) -> str:
    view = subject.comparison
    at = "last finished epoch"
    if view.epoch == "best":
        at = "best epoch, chosen on " + ("the test set" if view.chosen_on_test else "validation")
    base = f" Differences are to {view.baseline}, paired by seed." if view.baseline else ""
    return (
        f"Test-set figures of the {at}. A setting is a configuration without its seeds; SD is the sample "
        f"standard deviation over seeds; intervals are paired t intervals at 95 %.{base}"
    )


def _figures(subject: Subject) -> Iterator[Block]:
    view = subject.comparison
    yield Heading("Figures by setting")
    yield tables.figures_table(view)
    if view.baseline and any(row.deltas for row in view.rows):
        yield tables.delta_table(view)
    if view.classes:
        yield Heading("Recall by class")
        yield tables.class_table(view)
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
