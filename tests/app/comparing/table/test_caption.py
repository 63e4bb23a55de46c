"""What stands above a table on paper: n, recipe, intervals, marks; and LaTeX itself takes the file."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latexwalker import (
    LatexEnvironmentNode,
    LatexMacroNode,
    LatexWalker,
    get_default_latex_context_db,
)
from pylatexenc.macrospec import MacroSpec

from app.comparing.table.caption import caption, recipe
from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import NAMES
from app.comparing.table.sheet import sheet
from tests.app.comparing.table import sheets
from trainer.config import as_json, parse_config


def config(**sections: Any) -> dict[str, Any]:
    return as_json(parse_config(sections))


def test_the_recipe_says_data_ratio_network_length_and_rate_even_where_they_are_usual() -> None:
    told = recipe([config()])
    assert told == (
        "Recipe: shapes10, imbalance exp, imbalance ratio 100, convnet4, epochs 10, batch size 64, "
        "learning rate 0.02."
    )


def test_what_is_unusual_is_told_and_where_settings_differ_all_their_values_are() -> None:
    rates = [config(optim={"learning_rate": rate}, model={"width": 8}) for rate in (0.1, 0.02, 0.1)]
    assert "learning rate 0.02 or 0.1" in recipe(rates)
    assert "width 8" in recipe(rates)
    losses = [config(loss={"name": name}, seed=at) for at, name in enumerate(("focal", "cross_entropy"))]
    assert recipe(losses) == recipe([config()]), "what is compared stands in the labels; seeds are no recipe"


def test_a_field_that_only_one_setting_has_unusual_is_told() -> None:
    assert "weight decay 0.0005 or 0.001" in recipe([config(), config(optim={"weight_decay": 0.001})])


def test_the_caption_states_n_and_the_rule_of_epochs() -> None:
    said = " ".join(caption(sheet(sheets.comparison(), ["accuracy"]), NAMES))
    assert said.startswith("Test figures of 2 settings, last epoch; mean ± sample standard deviation over")
    assert "n = 3 runs." in said
    assert "intervals" not in said, "no cell has one"
    rows = (sheets.row("CE", 0.4, (0.1, 0.2)), sheets.row("Focal", 0.5, (0.1, 0.2), n=5))
    assert "n = 3 to 5 runs" in " ".join(caption(sheet(sheets.comparison(*rows), ["accuracy"]), NAMES))
    alone = [sheets.row("CE", 0.4, (0.1, 0.2), n=1)]
    assert "without a spread" in " ".join(caption(sheet(sheets.comparison(*alone), ["accuracy"]), NAMES))


def test_the_caption_names_rows_that_are_not_like_the_others() -> None:
    rows = (
        sheets.row("CE", 0.4, (0.1, 0.2)),
        sheets.row("Focal", 0.5, (0.1, 0.2), gain=0.1),
        sheets.row("Other", 0.9, (0.1, 0.2), tied_with_best={}),
        sheets.row("Half", 0.5, (0.1, 0.2), gain=0.1, progress="2 of 3 runs done"),
        sheets.published("Doe"),
        sheets.published("h, imported from CSV").model_copy(update={"imported": True}),
    )
    told = caption(sheet(sheets.comparison(*rows), ["accuracy"]), NAMES)
    assert list(told[-4:]) == [
        "Shown, but not compared: Other.",
        "Unfinished: Half (2 of 3 runs done).",
        "Published, not run here: Doe.",
        "Recorded elsewhere, not run here: h, imported from CSV.",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "over independent seeds (Welch), with 95 % intervals, which hold together (Bonferroni)"),
        (
            {"pairing": "paired", "multiplicity": "none"},
            "paired by seed, with 95 % intervals, each for itself",
        ),
    ],
)
def test_the_caption_says_what_an_interval_is_where_one_is_shown(changes: dict[str, Any], words: str) -> None:
    for shown, mode in ((["accuracy", "delta"], "value"), (["accuracy"], "difference")):
        view = sheets.comparison(**changes)
        assert words in " ".join(caption(sheet(view, shown, mode), NAMES))  # type: ignore[arg-type]


def test_the_baselines_own_values_amid_differences_bear_no_mark() -> None:
    best, other = sheets.row("CE", 0.5, (0.1, 0.2), leads={"accuracy": True}), {"accuracy": True}
    rows = (
        best.model_copy(update={"tied_with_best": other}),
        sheets.row("Focal", 0.49, (0.1, 0.2), gain=-0.01, leads={}, tied_with_best={"accuracy": True}),
        sheets.row("VS", 0.3, (0.1, 0.2), gain=-0.2, leads={}, tied_with_best={"accuracy": False}),
    )
    values, changes = (
        sheet(sheets.comparison(*rows), ["accuracy"], mode) for mode in ("value", "difference")
    )
    assert [one.cells[0].shown_mark for one in values.rows] == ["best", "tie", ""]
    assert [one.cells[0].shown_mark for one in changes.rows] == ["", "tie", ""]
    assert r"CE & 3 & 50.0 $\pm$ 1.0 \\" in as_latex(changes)


def environments(text: str) -> list[str]:
    """Names of the environments as a parser of LaTeX sees them, outside in."""
    context = get_default_latex_context_db()
    context.add_context_category(
        "booktabs", macros=[MacroSpec(f"{one}rule", "") for one in ("top", "mid", "bottom")]
    )
    nodes, _, _ = LatexWalker(text, latex_context=context, tolerant_parsing=False).get_latex_nodes()
    found = []
    while inside := [node for node in nodes if isinstance(node, LatexEnvironmentNode)]:
        found += [node.environmentname for node in inside]
        macros = [node.macroname for node in inside[0].nodelist if isinstance(node, LatexMacroNode)]
        found += [name for name in macros if name in ("caption", "label")]
        nodes = inside[0].nodelist
    return found


TEXT = st.text("aé_&%#$~^\\{}[]*<>|\"'−±×–", max_size=20)


@given(TEXT, TEXT)
def test_a_parser_sees_one_table_whatever_settings_and_classes_are_called(label: str, name: str) -> None:
    rows = (sheets.row("CE", 0.4, (0.1, 0.2)), sheets.row(f"x{label}", 0.5, (0.1, 0.2), gain=0.1))
    view = sheets.comparison(*rows, names=(f"x{name}", "dog"))
    assert environments(as_latex(sheet(view))) == ["table", "caption", "label", "tabular"]


def test_tables_of_other_runs_have_other_labels() -> None:
    views = [sheets.comparison(sheets.row("CE", 0.4, (0.1, 0.2), run_ids=ids)) for ids in ((1, 2), (3, 4))]
    labels = [re.findall(r"\\label\{(.*)\}", as_latex(sheet(view))) for view in views]
    assert labels == [["tab:runs-1-to-2"], ["tab:runs-3-to-4"]]


PAPER = r"""\documentclass{article}
\usepackage{booktabs}
\begin{document}
See Table~\ref{tab:runs-1-to-3}.
\input{table}
\end{document}
"""


@pytest.mark.slow
def test_latex_takes_the_file(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex; Debian has it in texlive-latex-recommended")
    odd = sheets.row("[a]_b & 50 % #1 $x$ ~^{} \\ <|> × − ±", 0.5, (0.1, 0.2), gain=-0.1)
    view = sheets.comparison(sheets.row("CE", 0.4, (0.1, 0.2)), odd, sheets.published())
    for mode in ("value", "difference"):
        made = sheet(view, ["accuracy", "delta", "verdict", "loss", "classes"], mode)
        (tmp_path / "table.tex").write_text(as_latex(made))
        (tmp_path / "paper.tex").write_text(PAPER)
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
        for _ in range(2):  # the second time the reference is known
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stdout[-2000:]
        assert "undefined" not in done.stdout
        assert "Missing character" not in (tmp_path / "paper.log").read_text("latin-1")
