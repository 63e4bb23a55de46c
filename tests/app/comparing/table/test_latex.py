"""LaTeX of a comparison: valid, and every text harmless."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from app.comparing.table.latex import as_latex, comment, escape
from app.comparing.table.sheet import sheet
from tests.app.comparing.table import sheets

_COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\textminus{}": "−",
    r"\textpm{}": "±",
    r"\texttimes{}": "×",
    "{[}": "[",
    "{*}": "*",
    r"\&": "&",
    r"\%": "%",
    r"\$": "$",
    r"\#": "#",
    r"\_": "_",
    r"\{": "{",
    r"\}": "}",
}
_TOKEN = re.compile(
    "|".join(map(re.escape, sorted(_COMMANDS, key=len, reverse=True))) + r"|[^\\{}&%$#_~^<>|\[*−±×]"
)


@given(st.text(max_size=60))
@example("".join(_COMMANDS.values()))
def test_escaped_text_holds_no_bare_special_and_reads_back(text: str) -> None:
    """A reader that knows only the escapes and plain characters reads all of it, and gets the text."""
    safe = escape(text)
    tokens = _TOKEN.findall(safe)
    assert "".join(tokens) == safe
    assert "".join(_COMMANDS.get(token, token) for token in tokens) == comment(text)


@given(st.text(max_size=60))
def test_comments_are_one_line(text: str) -> None:
    assert len(f"x{comment(text)}x".splitlines()) == 1


def test_the_table() -> None:
    text = as_latex(sheet(sheets.comparison(), ["accuracy", "delta", "classes"]))
    assert r"\begin{tabular}{lrrrrr}" in text
    assert (
        r"Setting & n & Accuracy, \% & Accuracy minus CE, points & dog (5,000), \% & cat (10), \% \\" in text
    )
    assert r"CE & 3 & 38.6 $\pm$ 1.0 & -- & 4.1 & 73.1 \\" in text
    assert r"Focal & 3 & \textbf{44.4} $\pm$ 1.0 & +5.8 (+1.8 to +9.8) & \textbf{40.0} & 50.0 \\" in text
    assert r"Paper & -- & 43.6 $\pm$ 1.0 & -- & -- & 50.0 \\" in text
    assert "% Runs: CE: #1, #2, #3; Focal: #1, #2, #3." in text
    assert "% Seeds are unequal." in text
    assert [rule for rule in ("toprule", "midrule", "bottomrule") if text.count(f"\\{rule}") == 1] == [
        "toprule",
        "midrule",
        "bottomrule",
    ]


def test_a_tie_is_underlined_and_the_comments_say_so() -> None:
    tied = sheets.row("Tied", 0.43, (0.5, 0.4), gain=0.05, leads={}, classes_lead=(False, False))
    rows = (sheets.row("CE", 0.386, (0.731, 0.041)), sheets.row("Focal", 0.444, (0.5, 0.4), gain=0.058), tied)
    text = as_latex(sheet(sheets.comparison(*rows), ["accuracy", "delta"]))
    assert r"Tied & 3 & \underline{43.0} $\pm$ 1.0 & +5.0 (+1.0 to +9.0) \\" in text
    assert "Bold: largest mean; underlined: not distinguishable from it (adjusted)." in text


def test_mode_difference_keeps_the_baselines_value_and_says_losses_with_a_minus() -> None:
    text = as_latex(sheet(sheets.comparison(), ["classes"], "difference"))
    assert r"CE & 3 & 4.1 & 73.1 \\" in text
    assert r"Focal & 3 & \textbf{$-$10.0} ($-$14.0 to $-$6.0)" in text


def test_untrusted_labels_and_classes() -> None:
    evil = "a_b & \\input{/etc/passwd} % #1\n\\end{tabular} $x$"
    text = as_latex(
        sheet(sheets.comparison(sheets.row(evil, 0.5, (0.1, 0.2)), names=(evil, "[x]"), baseline=None))
    )
    assert "\\input" not in text.replace("% Runs: " + comment(evil), "")
    assert text.count("\\end{tabular}\n") == 1
    assert "{[}x]" in text
