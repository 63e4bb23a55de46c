"""One comparison by page, Markdown, LaTeX, CSV, terminal, client and report: the same cells everywhere."""

import csv
import io
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.cli.tables import MARKS, sheet_table
from app.client import Client
from app.comparing.next_steps.fill import NO_STEPS
from app.comparing.parts import Spread
from app.comparing.report.compose import figures_table
from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import sheet
from app.comparing.table.writers import as_csv_table
from app.comparing.view import CompareRow, Comparison
from app.formats import significant
from app.pages.compare.table import table_rows
from tests.app.comparing.table import sheets
from trainer.metrics.table import NAMES
from trainer.visible import visible

pytestmark = pytest.mark.slow

SHOWN = ("accuracy", "tail", "loss")
Shown = list[tuple[str, list[tuple[str, str]]]]
"""By row: its label, and (text, mark) of each cell."""

names = st.text("ab|$@_&%#{}~^*<>[]`\\ é", min_size=1, max_size=8).map(lambda text: f"x{text}x")
shares = st.integers(0, 1000).map(lambda tenths: tenths / 1000)
spreads = st.builds(Spread, mean=shares, sd=st.none() | st.just(0.012)) | st.just(Spread(mean=None, sd=None))


@st.composite
def rows(draw: st.DrawFn) -> CompareRow:
    """A setting that leads, ties or neither in each metric, one that is not compared, or a published row."""
    label = draw(names)
    kind = draw(st.sampled_from(("compared", "apart", "published")))
    metrics = {name: Spread(mean=None, sd=None) for name in NAMES} | {name: draw(spreads) for name in SHOWN}
    if kind == "published":
        return sheets.published(label).model_copy(update={"metrics": metrics})
    places = [draw(st.sampled_from(((True, True), (False, True), (False, False)))) for _ in NAMES]
    by_name = dict(zip(NAMES, places, strict=True))
    standing: dict[str, Any] = {"leads": {}, "tied_with_best": {}}
    if kind == "compared":
        standing = {
            "leads": {name: leads for name, (leads, _) in by_name.items()},
            "tied_with_best": {name: ties for name, (_, ties) in by_name.items()},
        }
    return sheets.row(label, 0.5, (0.5, 0.5), metrics=metrics, **standing)


boards = st.lists(rows(), min_size=1, max_size=5, unique_by=lambda row: " ".join(row.label.split()))


def expected(view: Comparison) -> Shown:
    """Worked out from the view alone: a mark only for settings that are compared, none where all tie."""
    found: Shown = [(" ".join(row.label.split()), []) for row in view.rows]
    for name in SHOWN:
        known = [row for row in view.rows if row.tied_with_best and row.metrics[name].mean is not None]
        tied = [row.label for row in known if row.tied_with_best[name]]
        is_told = len(known) > 1 and len(tied) < len(known)
        for row, (_, cells) in zip(view.rows, found, strict=True):
            mark = ("best" if row.leads[name] else "tie") if is_told and row.label in tied else ""
            cells.append((said(row.metrics[name], name), mark))
    return found


def said(spread: Spread, name: str) -> str:
    texts = [number(value, name) for value in (spread.mean, spread.sd)]
    return texts[0] if spread.mean is None or spread.sd is None else " ± ".join(texts)


def number(value: float | None, name: str) -> str:
    if value is None:
        return "–"
    return significant(value) if name == "loss" else f"{100 * value:.1f}"


def of_page(view: Comparison) -> Shown:
    table = table_rows(view, sheet(view, SHOWN), NO_STEPS)
    return [
        (
            " ".join(one.row.label.split()),
            [(" ".join(filter(None, (cell.text, cell.under))), cell.mark) for cell in one.cells],
        )
        for one in table
    ]


class Table(HTMLParser):
    """The cells of a rendered table, with what is strong or emphasised in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = []
        self.is_inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append(("", ""))
            self.is_inside = True
        elif tag in ("strong", "em"):
            self.rows[-1][-1] = (self.rows[-1][-1][0], {"strong": "best", "em": "tie"}[tag])

    def handle_endtag(self, tag: str) -> None:
        self.is_inside &= tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.is_inside:
            self.rows[-1][-1] = (self.rows[-1][-1][0] + data, self.rows[-1][-1][1])


def of_markdown(view: Comparison) -> Shown:
    _, *lines = Table(MarkdownIt("commonmark").enable("table").render(as_markdown(sheet(view, SHOWN)))).rows
    return [(label, cells) for (label, _), _, *cells in lines]


COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    "{[}": "[",
    "{*}": "*",
    r"$\pm$": "±",
    "--": "–",
    **{f"\\{mark}": mark for mark in "&%$#_{}"},
}
COMMAND = re.compile("|".join(map(re.escape, sorted(COMMANDS, key=len, reverse=True))))


def of_latex(view: Comparison) -> Shown:
    body = as_latex(sheet(view, SHOWN)).partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    found: Shown = []
    for line in body.splitlines():
        label, _, *cells = line.removesuffix(r" \\").split(" & ")
        read = [re.sub(r"\\(textbf|underline)\{([^}]*)\}", r"\2", cell) for cell in cells]
        marks = ["best" if "textbf" in cell else "tie" if "underline" in cell else "" for cell in cells]
        plain = [COMMAND.sub(lambda hit: COMMANDS[hit[0]], cell) for cell in (label, *read)]
        found.append((plain[0], list(zip(plain[1:], marks, strict=True))))
    return found


def of_csv(view: Comparison) -> Shown:
    found: Shown = []
    heads = {"accuracy": "Accuracy", "tail": "Tail", "loss": "Test loss"}
    for line in csv.DictReader(io.StringIO(as_csv_table(sheet(view, SHOWN)), newline="")):
        marks = {
            title: mark
            for mark, column in (("best", "best in"), ("tie", "not distinguishable from the best in"))
            for title in line[column].split("; ")
        }
        cells = []
        for name, title in heads.items():
            unit, size = ("", 1) if name == "loss" else (", %", 100)
            values = [
                float(text) / size if text else None
                for text in (line[f"{title}{unit}"], line[f"{title} SD{unit}"])
            ]
            cells.append((said(Spread(mean=values[0], sd=values[1]), name), marks.get(title, "")))
        found.append((" ".join(line["setting"].split()), cells))
    return found


def of_terminal(view: Comparison) -> Shown:
    columns = sheet_table(sheet(view, SHOWN)).columns
    signs = {sign: mark for mark, sign in MARKS.items()}
    found: Shown = []
    for label, _, *texts in zip(*([str(cell) for cell in column.cells] for column in columns), strict=True):
        pairs = [text.split(" ", 1) if text[0] in signs else ["", text] for text in texts]
        found.append((" ".join(label.split()), [(text, signs.get(sign, "")) for sign, text in pairs]))
    return found


def of_report(view: Comparison) -> Shown:
    """Its table has all usual metrics, and no losses: those are taken from the page."""
    table, pages = figures_table(view), of_page(view)
    places = [table.head.index(head) for head in ("Accuracy, %", "Tail, %")]
    return [
        (" ".join(row[0].text.split()), [*((row[at].text, row[at].mark) for at in places), page[1][2]])
        for row, page in zip(table.rows, pages, strict=True)
    ]


def of_client(view: Comparison, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Numbers alone: marks are taken from the page."""
    monkeypatch.setattr(Client, "comparison", lambda *_, **__: view)
    records: Sequence[dict[str, Any]] = Client("http://127.0.0.1:1").compare([1])
    return [
        (
            " ".join(record["label"].split()),
            [
                (said(Spread(mean=record[name], sd=record[f"{name} sd"]), name), page[1][at][1])
                for at, name in enumerate(SHOWN)
            ],
        )
        for record, page in zip(records, of_page(view), strict=True)
    ]


@given(boards)
def test_every_door_shows_the_same_cells(board: list[CompareRow]) -> None:
    view = sheets.comparison(*board, baseline=None)
    wanted = expected(view)
    for door in (of_page, of_markdown, of_latex, of_csv, of_report):
        assert door(view) == wanted, door.__name__
    as_seen = [(visible(label), cells) for label, cells in wanted]
    assert of_terminal(view) == as_seen
    with pytest.MonkeyPatch.context() as patched:
        assert of_client(view, patched) == wanted


@pytest.mark.parametrize("mode", ["value", "difference"])
def test_differences_and_verdicts_read_the_same_everywhere(mode: Any) -> None:
    """A row that gains, the baseline, and a published one, which has no difference to show."""
    view = sheets.comparison()
    made = sheet(view, ["accuracy", "delta", "verdict", "seeds_needed"], mode)
    gained = "+5.8 (+1.8 to +9.8)"
    values = {"CE": "38.6 ± 1.0", "Focal": "44.4 ± 1.0", "Paper": "43.6 ± 1.0"}
    changes = {"CE": "38.6 ± 1.0", "Focal": gained, "Paper": "–"}
    shown = changes if mode == "difference" else values
    wanted = {
        "CE": [shown["CE"], "–", "–", "–"],
        "Focal": [shown["Focal"], gained, "better", "4"],
        "Paper": [shown["Paper"], "–", "–", "–"],
    }
    _, *lines = Table(MarkdownIt("commonmark").enable("table").render(as_markdown(made))).rows
    assert {label: [text for text, _ in cells] for (label, _), _, *cells in lines} == wanted
    columns = [
        [str(cell).removeprefix("* ") for cell in column.cells] for column in sheet_table(made).columns
    ]
    assert {label: list(cells) for label, _, *cells in zip(*columns, strict=True)} == wanted
    page = {one.row.label: [cell.text for cell in one.cells] for one in table_rows(view, made, NO_STEPS)}
    mains = {
        label: [text.partition(" ±")[0].partition(" (")[0] for text in cells]
        for label, cells in wanted.items()
    }
    assert page == mains | {"CE": [mains["CE"][0], "baseline", "–", "–"]}
