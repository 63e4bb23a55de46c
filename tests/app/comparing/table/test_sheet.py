"""Which columns and rows an exported table has."""

from typing import Any

import pytest

from app.comparing.parts import Spread
from app.comparing.table.sheet import Mark, Sheet, sheet
from app.comparing.table.words import glosses, legend_text, main_text
from app.comparing.view import CompareRow
from tests.app.comparing.table import sheets
from trainer.metrics.table import NAMES


def test_usual_columns_with_classes_by_training_images() -> None:
    keys = [column.key for column in sheet(sheets.comparison()).columns]
    assert keys == [
        "accuracy",
        "delta",
        "balanced_accuracy",
        "geometric_mean",
        "macro_f1",
        "head",
        "medium",
        "tail",
        "worst_class",
        "class:1",
        "class:0",
    ]
    in_order = sheet(sheets.comparison(), ["classes"], order="dataset").columns
    assert [column.title for column in in_order] == ["cat", "dog"]


def test_chosen_columns_stand_in_the_usual_order_and_unknown_ones_are_passed_over() -> None:
    table = sheet(sheets.comparison(), ["tail", "nonsense", "accuracy", "loss"])
    assert [column.key for column in table.columns] == ["accuracy", "tail", "loss"]


def test_without_a_baseline_there_are_no_differences() -> None:
    table = sheet(sheets.comparison(baseline=None), mode="difference")
    assert table.mode == "value"
    assert "delta" not in {column.key for column in table.columns}


@pytest.mark.parametrize(
    ("sort", "labels"),
    [
        ("", ["CE", "Focal", "Paper"]),
        ("-accuracy", ["Focal", "Paper", "CE"]),
        ("class:1", ["CE", "Focal", "Paper"]),
        ("-class:1", ["Focal", "CE", "Paper"]),
        ("-label", ["Paper", "Focal", "CE"]),
        ("n", ["Paper", "CE", "Focal"]),
        ("nonsense", ["CE", "Focal", "Paper"]),
    ],
)
def test_sorted(sort: str, labels: list[str]) -> None:
    assert [one.row.label for one in sheet(sheets.comparison(), sort=sort).rows] == labels


def test_the_largest_mean_of_a_column_is_as_shown_and_never_alone() -> None:
    tied = sheets.comparison(
        sheets.row("a", 0.50001, (0.5, None)),
        sheets.row("b", 0.5, (0.5, 0.3)),
        sheets.row("c", 0.2, (0.5, None)),
    )
    table = sheet(tied, ["accuracy", "loss", "classes"], order="dataset", marks="mean")
    assert marks(table) == [["best", "", "", ""], ["best", "", "", ""], [""] * 4]


def test_the_best_is_marked_apart_from_its_ties_and_what_is_not_compared_never() -> None:
    """b cannot be told from a in accuracy, d from nothing; c, of other data, has the largest mean."""
    view = sheets.comparison(
        standing("a", leads=("accuracy", "loss", "tail"), ties=("accuracy", "loss", "tail"), recall=0.5),
        standing("b", leads=(), ties=("accuracy", "tail"), recall=0.6),
        sheets.row("c", 0.9, (0.9, 0.9), leads={}, tied_with_best={}, classes_lead=(), classes_tied=()),
        standing("d", leads=(), ties=("tail",), recall=0.7),
    )
    table = sheet(view, ["accuracy", "delta", "mean_weight", "tail", "loss", "classes"], order="dataset")
    assert marks(table) == [
        ["best", "", "", "", "best", "", ""],
        ["tie", "", "", "", "", "", ""],
        [""] * 7,
        ["", "", "", "", "", "best", ""],
    ]
    assert [column.all_tied for column in table.columns] == [0, 0, 0, 3, 0, 0, 3]


def standing(label: str, leads: tuple[str, ...], ties: tuple[str, ...], recall: float) -> CompareRow:
    """Best and tied in these metrics; best of the first class at a recall of .7; all tie in the second."""
    fields: dict[str, Any] = {
        "leads": {name: name in leads for name in NAMES},
        "tied_with_best": {name: name in ties for name in NAMES},
        "classes_lead": (recall > 0.65, False),
        "classes_tied": (recall > 0.65, True),
    }
    made = sheets.row(label, 0.5, (recall, 0.3), **fields)
    return made.model_copy(update={"metrics": made.metrics | {"tail": Spread(mean=0.2, sd=None)}})


def marks(table: Sheet) -> list[list[str]]:
    return [[cell.mark for cell in one.cells] for one in table.rows]


def test_the_legend_says_what_each_mark_means_and_what_none_does() -> None:
    tied = [standing(name, ("tail",) if name == "a" else (), ("tail",), 0.5) for name in "ab"]
    apart = [standing("a", ("accuracy",), ("accuracy",), 0.5), standing("b", (), (), 0.5)]
    names: dict[Mark, str] = {"best": "bold", "tie": "italics"}

    def said(columns: list[str], *rows: CompareRow, **changes: Any) -> str:
        return legend_text(sheet(sheets.comparison(*rows, **changes), columns), names)

    told = "Bold: largest mean; italics: not distinguishable from it (adjusted)"
    assert said(["accuracy"], *apart) == f"{told}."
    assert said(["tail"], *tied) == "No column has a best: none is told apart (adjusted)."
    both = [apart[0].model_copy(update={"classes_tied": (False, True)}), apart[1]]
    assert said(["accuracy", "classes"], *both) == f"{told}; no mark in a column: none is told apart."
    assert said(["accuracy"], *apart, chosen_by="validation", multiplicity="none") == (
        "Bold: best by validation; italics: not distinguishable from it (each alone)."
    )
    assert said(["accuracy", "loss"], *apart).startswith("Bold: best mean;")
    assert said(["accuracy"], sheets.published()) == ""


def test_rates_stand_where_they_differ_or_are_asked_for() -> None:
    same = [sheets.row(name, 0.5, (0.5, 0.3), mean_weight=1.0, effective_rate=0.1) for name in "ab"]
    other = sheets.row("c", 0.5, (0.5, 0.3), mean_weight=0.22, effective_rate=0.022)
    keys = [
        [column.key for column in sheet(sheets.comparison(*rows)).columns] for rows in (same, [*same, other])
    ]
    assert ["mean_weight" in of and "effective_rate" in of for of in keys] == [False, True]
    [asked] = sheet(sheets.comparison(*same), ["effective_rate"]).columns
    assert asked.title == "Eff. rate"
    plain, told = (glosses(sheet(sheets.comparison(*rows)).columns) for rows in (same, [*same, other]))
    assert plain == ()
    assert [one.partition(":")[0] for one in told] == ["E[w]", "Eff. rate"]
    assert all("learning rate" in one for one in told)


def test_rates_have_no_difference_and_keep_their_values() -> None:
    rows = [
        sheets.row("CE", 0.5, (0.5, 0.3), mean_weight=1.0),
        sheets.row("CB", 0.6, (0.5, 0.3), gain=0.1, mean_weight=0.22),
    ]
    table = sheet(sheets.comparison(*rows), ["accuracy", "mean_weight"], "difference")
    shown = [
        [main_text(cell, column) for cell, column in zip(one.cells, table.columns, strict=True)]
        for one in table.rows
    ]
    assert shown == [["50.0", "1.00"], ["+10.0", "0.220"]]


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        (("", ""), "best epoch"),
        (("validation", "validation"), "best epoch, chosen on validation"),
        (("validation", "test"), "best epoch, chosen on validation or test"),
        (("both", "validation"), "best epoch, chosen on validation or test"),
    ],
)
def test_rule_of_epochs(chosen: tuple[str, str], rule: str) -> None:
    rows = [sheets.row(name, 0.5, (0.5, 0.3), chosen_on=on) for name, on in zip("ab", chosen, strict=True)]
    assert sheet(sheets.comparison(*rows)).epoch_rule == "last epoch"
    assert sheet(sheets.comparison(*rows, epoch="best")).epoch_rule == rule
