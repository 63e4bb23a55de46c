"""A reproduction as the blocks of a report in reading order; its page, HTML and Markdown write them."""

from collections.abc import Iterator

from app.comparing.parts import Spread
from app.comparing.report.blocks import Block, Bullets, Heading, Paragraph, Plot
from app.comparing.table.words import Cells, TextCell, texts
from app.figures.theme import LIGHT
from app.formats import DASH, counted, duration, percent, utc
from app.reproduction.figure import NAME, TITLE, accuracy_figure
from app.reproduction.report import SHOWN, ReportRow, Reproduction


def compose(view: Reproduction) -> tuple[Block, ...]:
    """The blocks in reading order."""
    return (
        Heading(view.title, level=1),
        Paragraph(view.about),
        *_doubts(view),
        Paragraph(state(view)),
        *_claims(view),
        Heading("Figures"),
        Plot(NAME, TITLE, accuracy_figure(view, LIGHT)),
        figures_table(view),
        *([class_table(view)] if any(row.classes for row in view.rows) else ()),
        *_open(view),
        *_machine(view),
    )


def state(view: Reproduction) -> str:
    """How far it is, when it was trained, and what its figures are."""
    times = f" between {utc(view.began)} and {utc(view.ended)}" if view.began else ""
    took = f", {duration(view.seconds)} of computing in all" if view.seconds else ""
    whole = "" if view.is_whole else " It is not finished: what cannot be told yet stands as open."
    return (
        f"{progress(view)}{times}{took}, on {view.dataset}. Figures are of the last epoch on the test set, "
        f"mean and sample standard deviation over seeds.{whole}"
    )


def summary(view: Reproduction) -> str:
    """In a line: how many claims hold and, where runs are left to train, how many there are."""
    left = "" if view.is_whole else progress(view)
    return "; ".join(filter(None, [view.tally, left]))


def progress(view: Reproduction) -> str:
    """Such as "61 of 85 runs"."""
    return f"{view.done} of {counted(view.asked, 'run')}"


def _doubts(view: Reproduction) -> Iterator[Block]:
    if view.warnings:
        yield Bullets(tuple((text, "") for text in view.warnings), title="Before you believe it.")


def _claims(view: Reproduction) -> Iterator[Block]:
    if not view.claims:
        return
    yield Heading("Claims")
    yield Paragraph(
        "Each was declared before the first run: what is compared, in which direction, by how much. It holds "
        "where the 95 % interval of each of its parts lies inside the declared bounds, it does not where one "
        "lies outside. Each claim for itself, a false one holds in about 2.5 % of cases at most; a true one "
        "does not in about 2.5 % at most for each of its parts."
    )
    yield Paragraph(f"{view.tally}.")
    yield claims_table(view)


def claims_table(view: Reproduction) -> Cells:
    """A row a part; the claim and its answer stand in the first of them."""
    rows = []
    for claim in view.claims:
        for at, part in enumerate(claim.parts):
            first = (TextCell(claim.says), TextCell(claim.answer, mark="best")) if at == 0 else texts("", "")
            own = f"{part.answer}: " if len(claim.parts) > 1 else ""
            rows.append((*first, *texts(part.declared, own + part.said)))
    head = ("Claim", "Answer", "Declared", "Found, with 95 % interval")
    return Cells("Claims, what they were taken to mean, and what came out", head, tuple(rows), len(head))


def figures_table(view: Reproduction) -> Cells:
    """Published accuracy beside ours, in percent."""
    head = ("Setting", "Chosen on validation, notes", "Seeds", "Published", "Ours", "Head", "Medium", "Tail")
    caption = "Accuracy on the test set, and mean recall of head, medium and tail, in percent, mean ± SD"
    return Cells(caption, head, tuple(map(_figures_row, view.rows)), 2)


def _figures_row(row: ReportRow) -> tuple[TextCell, ...]:
    doubts = ["contradicts itself"] if row.inconsistent else []
    doubts += ["best test epoch"] if row.best_test_epoch else []
    published = TextCell(percent(row.published), rest=f"({', '.join(doubts)})" if doubts else "")
    notes = ". ".join(text.rstrip(".") for text in (row.chosen, row.note) if text)
    figures = (_spread(row.metrics[name]) for name in SHOWN)
    return (*texts(row.label, notes or DASH, f"{row.n} of {row.seeds}"), published, *figures)


def class_table(view: Reproduction) -> Cells:
    """Mean recall of each class, the published one beside it where there is one."""
    rows = []
    for row in (row for row in view.rows if row.classes):
        pairs = zip(row.classes, row.published_classes or (None,) * len(row.classes), strict=True)
        cells = (
            TextCell(percent(ours.mean), rest="" if theirs is None else f"({percent(theirs)})")
            for ours, theirs in pairs
        )
        rows.append((TextCell(row.label), *cells))
    caption = "Recall of each class in percent, in brackets as published"
    return Cells(caption, ("Setting", *view.class_names), tuple(rows), 1)


def _spread(spread: Spread) -> TextCell:
    if spread.mean is None:
        return TextCell(DASH)
    return TextCell(percent(spread.mean), rest="" if spread.sd is None else f"± {percent(spread.sd)}")


def _open(view: Reproduction) -> Iterator[Block]:
    if view.unknown:
        yield Heading("What the source leaves open")
        yield Bullets(tuple((text, "") for text in view.unknown))


def _machine(view: Reproduction) -> Iterator[Block]:
    if view.machine:
        yield Heading("Machine and versions")
        rows = tuple(texts(*fact) for fact in view.machine.items())
        yield Cells("As the runs told them", ("What", "Value"), rows, 2)
