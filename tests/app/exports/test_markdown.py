"""Markdown of a comparison."""

from hypothesis import given
from hypothesis import strategies as st

from app.exports.markdown import as_markdown, escape
from app.exports.sheet import sheet
from tests.app.exports import sheets


def test_the_table() -> None:
    lines = as_markdown(sheet(sheets.comparison(), ["accuracy", "delta", "classes"])).splitlines()
    assert (
        lines[0] == "| Setting | n | Accuracy, % | Accuracy minus CE, points | dog (5,000), % | cat (10), % |"
    )
    assert lines[1] == "| --- | ---: | ---: | ---: | ---: | ---: |"
    assert lines[2] == "| CE | 3 | 38.6 ± 1.0 | – | 4.1 | **73.1** |"
    assert lines[3] == "| Focal | 3 | **44.4** ± 1.0 | +5.8 (+3.3 to +8.3) | **40.0** | 50.0 |"
    assert "- Runs: CE: \\#1, \\#2, \\#3; Focal: \\#1, \\#2, \\#3." in lines
    assert "- Paper: A source." in lines
    assert lines[-1] == "- Seeds are unequal."


@given(st.text(max_size=40))
def test_a_label_is_one_cell_on_one_line(label: str) -> None:
    view = sheets.comparison(sheets.row(label, 0.5, (0.1, 0.2)), baseline=None)
    lines = as_markdown(sheet(view, ["accuracy"])).split("\n")
    bars = [line.replace("\\\\", "").replace("\\|", "").count("|") for line in lines[:3]]
    assert bars == [4, 4, 4]


def test_markup_is_text() -> None:
    assert escape("<b>*x*</b> [a](b) `c`") == r"\<b\>\*x\*\</b\> \[a\](b) \`c\`"
