"""The zip holds the report and what it names, under names of ours only."""

import csv
import io
import json
import re
import zipfile
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.comparing.report.blocks import Bullets, Code, Heading, Paragraph
from app.comparing.report.bundle import bundle
from app.comparing.report.compose import class_table, compose, delta_table, figures_table
from app.comparing.report.markdown import markdown
from app.comparing.table.markdown import escape
from app.comparing.table.words import Cells, TextCell
from app.comparing.view import Verdict
from tests.app.comparing.report.subjects import HOSTILE, hostile, subject


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def test_what_went_in_comes_out() -> None:
    made = subject()
    archive = opened(bundle(made, {"compare-recall-count": b"<svg/>"}, {"table.tex": "t"}))
    names = set(archive.namelist())
    assert names == {
        "report/report.md",
        "report/table.tex",
        "report/plots/compare-recall-count.svg",
        "report/data/compare-recall-count.csv",
        "report/runs.json",
        *(f"report/configs/setting-{n}.json" for n in range(1, 8)),
    }
    assert archive.read("report/plots/compare-recall-count.svg") == b"<svg/>"
    config = json.loads(archive.read("report/configs/setting-1.json"))
    assert config == made.comparison.rows[0].config
    rows = list(csv.reader(io.StringIO(archive.read("report/data/compare-recall-count.csv").decode())))
    assert len(rows) == 1 + 4


def test_every_file_that_the_report_names_is_there() -> None:
    archive = opened(bundle(hostile(), {"compare-recall-count": b"<svg/>"}, {}))
    text = archive.read("report/report.md").decode()
    named = re.findall(r"(?<!\\)\]\(((?:plots|data)/[^)]+)\)", text)
    assert len(named) == 2
    assert {f"report/{name}" for name in named} <= set(archive.namelist())
    assert all(re.fullmatch(r"report/[a-z0-9/.-]+", name) for name in archive.namelist())


def test_the_same_report_is_the_same_zip() -> None:
    assert bundle(subject(), {}, {}) == bundle(subject(), {}, {})


def test_tables_say_mean_sd_and_interval_in_percent() -> None:
    view = subject().comparison
    figures = figures_table(view)
    assert figures.head[:3] == ("Setting", "n", "Accuracy, %")
    assert [cell.text for cell in figures.rows[0][:3]] == ["CE", "3", "40.0 ± 1.0"]
    assert [row[2].mark for row in figures.rows] == ["", "", "", "", "", "tie", "best"]
    assert {at for at, row in enumerate(class_table(view).rows) if any(cell.mark for cell in row)} == {5, 6}
    by_mean = figures_table(view, "mean").rows
    assert [row[2].mark for row in by_mean] == [""] * 6 + ["best"]
    largest = max(view.classes, key=lambda cls: cls.train_count)
    assert class_table(view).head[2] == f"{largest.name} ({largest.train_count:,}), %"
    deltas = delta_table(view)
    assert deltas.head[2:5] == ("Accuracy, %", "Verdict on accuracy", "Seeds needed")
    assert [cell.text for cell in deltas.rows[0][:5]] == ["CE", "3", "40.0 ± 1.0", "–", "–"]
    assert [cell.text for cell in deltas.rows[1][:5]] == [
        "Focal",
        "3",
        "+1.0 (−2.0 to +4.0)",
        "cannot tell",
        "4",
    ]
    assert deltas.rows[-1][3].text == "better"
    assert "to CE, in points, over independent seeds" in deltas.caption
    alone = view.model_copy(update={"pairing": "paired", "multiplicity": "none"})
    assert delta_table(alone).caption.endswith("paired by seed; intervals in brackets, each for itself")


def test_hostile_labels_stand_in_tables_as_they_are() -> None:
    assert [row[0].text for row in figures_table(hostile().comparison).rows] == list(HOSTILE)


class Seen(HTMLParser):
    """Tags and text of rendered Markdown."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Seen:
    """As GitHub reads it: CommonMark with HTML, tables and strikethrough."""
    return Seen(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))


def one_line(text: str) -> str:
    return " ".join(text.split())


@given(st.text())
def test_any_text_is_shown_letter_for_letter(text: str) -> None:
    seen = read(f"- {escape(text)}")
    assert set(seen.tags) <= {"ul", "li", "p"} or one_line(text)[:1].isdigit() or one_line(text)[:1] in "-+="
    inline = read(f"x {escape(text)} x")
    assert inline.tags == ["p"]
    assert one_line(inline.text.replace("\0", "")) == one_line(f"x {text} x".replace("\0", "\ufffd"))


def test_hostile_names_stay_text() -> None:
    seen = read(markdown(compose(hostile()), {"compare-recall-count"}))
    assert set(seen.tags) <= {
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "strong",
        "em",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
        "a",
        "pre",
        "code",
    }
    assert seen.links == ["plots/compare-recall-count.svg", "data/compare-recall-count.csv"]
    for name in HOSTILE:
        assert one_line(name) in one_line(seen.text)


def test_a_table_keeps_its_shape_whatever_stands_in_it() -> None:
    cells = Cells(
        "c",
        ("a", "b | c"),
        ((TextCell("1|2"), TextCell("x\ny", "± |", "best")), (TextCell("`|`", "", "tie"), TextCell("\\|"))),
    )
    seen = read(markdown((cells,), ()))
    assert (seen.tags.count("tr"), seen.tags.count("td"), seen.tags.count("th")) == (3, 4, 2)
    assert "1|2" in seen.text
    assert (seen.tags.count("strong"), seen.tags.count("em")) == (1, 1)


def test_a_plot_that_was_not_drawn_is_told_in_words() -> None:
    text = markdown(compose(subject()), ())
    assert "plots/" not in text
    assert "data/compare-recall-count.csv" in text


def test_code_cannot_end_its_fence() -> None:
    seen = read(markdown((Code("t", "a\n````\n<script>b</script>"),), ()))
    assert seen.tags == ["h3", "pre", "code"]
    assert "<script>b</script>" in seen.text


def test_blocks_are_what_they_are_called() -> None:
    text = markdown((Heading("T", 1), Paragraph("p"), Bullets((("i", "f"),), "W.")), ())
    assert text == "# T\n\np\n\n**W.**\n\n- i (plot: f)\n"


def test_the_verdict_comes_first_then_what_limits_it_then_how_it_was_made() -> None:
    told = Verdict(
        question="best",
        title="Is one setting best?",
        answer="yes",
        text="Focal.",
        detail="By CE.",
        figure="compare-table",
        claim=True,
    )
    made = subject(verdicts=(told,), warnings=("Beware.",), margin=1.5, chosen_by="validation")
    lines = [line for line in markdown(compose(made), ()).splitlines() if line]
    assert lines[1:5] == [
        "**Verdict.**",
        "- Is one setting best? Yes. Focal. By CE.",
        "**Before you believe it.**",
        "- Beware.",
    ]
    assert "over independent seeds (Welch)" in lines[5]
    assert "hold for the whole report together at 95 %; the same means within 1.5 points." in lines[5]
    assert "The best setting is chosen on validation." in lines[5]
    paired = markdown(compose(subject(pairing="paired", multiplicity="none", epoch="best")), ())
    assert "to CE, paired by seed; intervals (95 %) and verdicts are each for itself." in paired
    assert "Test-set figures of the best epoch." in paired
