"""Markdown of a comparison."""

from hypothesis import given
from hypothesis import strategies as st

from app.comparing.table.markdown import as_markdown, escape
from app.comparing.table.sheet import sheet
from app.comparing.view import Verdict
from tests.app.comparing.table import sheets


def test_the_table() -> None:
    lines = as_markdown(sheet(sheets.comparison(), ["accuracy", "delta", "classes"])).splitlines()
    assert lines[0].startswith("Test figures of 2 settings, last epoch;")
    assert (
        lines[2] == "| Setting | n | Accuracy, % | Accuracy minus CE, points | dog (5,000), % | cat (10), % |"
    )
    assert lines[3] == "| --- | ---: | ---: | ---: | ---: | ---: |"
    assert lines[4] == "| CE | 3 | 38.6 ± 1.0 | – | 4.1 | 73.1 |"
    assert lines[5] == "| Focal | 3 | **44.4** ± 1.0 | +5.8 (+1.8 to +9.8) | **40.0** | 50.0 |"
    assert "- Runs: CE: \\#1, \\#2, \\#3; Focal: \\#1, \\#2, \\#3." in lines
    assert "- Paper: A source." in lines
    assert lines[-1] == "- Seeds are unequal."


def test_the_verdict_comes_first_in_the_notes_and_they_say_how_to_read_the_intervals() -> None:
    told = Verdict(
        question="best",
        title="Is one setting best?",
        answer="unknown",
        text="Focal leads.",
        detail="Chosen on test.",
        figure="compare-table",
        claim=False,
    )
    text = as_markdown(sheet(sheets.comparison(verdicts=(told,)), ["accuracy"]))
    notes = text.split("\n\n")[2].splitlines()
    assert notes[0] == "- Is one setting best? Cannot tell yet. Focal leads. Chosen on test."
    said = "with 95 % intervals, which hold together (Bonferroni), as all that is said here."
    baseless = Verdict(
        question="baseline",
        title="Better?",
        answer="unknown",
        text="None is chosen.",
        figure="compare-table",
        claim=False,
    )
    view = sheets.comparison(verdicts=(told, baseless)).model_copy(update={"baseline": None})
    notes_alone = as_markdown(sheet(view, ["accuracy"])).split("\n\n")[2].splitlines()
    assert "- Better? Cannot tell. None is chosen." in notes_alone, "nothing that is still to come would tell"
    assert "- Is one setting best? Cannot tell yet. Focal leads. Chosen on test." in notes_alone
    assert f"- Differences to CE are over independent seeds (Welch), {said}" in notes
    raw = sheets.comparison(pairing="paired", multiplicity="none")
    text = as_markdown(sheet(raw, ["accuracy"], marks="mean"))
    assert "are paired by seed, with 95 % intervals, each for itself." in text
    assert "Bold: largest mean of a column, whatever its interval." in text


@given(st.text(max_size=40))
def test_a_label_is_one_cell_on_one_line(label: str) -> None:
    view = sheets.comparison(sheets.row(label, 0.5, (0.1, 0.2)), baseline=None)
    lines = as_markdown(sheet(view, ["accuracy"])).split("\n")
    bars = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines[2:5]]
    assert bars == [4, 4, 4]


def test_markup_is_text() -> None:
    assert escape("<b>*x*</b> [a](b) `c`") == r"\<b\>\*x\*\</b\> \[a\](b) \`c\`"
