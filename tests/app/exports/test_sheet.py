"""Which columns and rows an exported table has."""

import pytest

from app.exports.sheet import sheet
from app.exports.words import glosses
from tests.app.exports import sheets


def test_usual_columns_with_classes_by_training_images() -> None:
    keys = [column.key for column in sheet(sheets.comparison()).columns]
    assert keys == ["accuracy", "delta", "balanced_accuracy", "geometric_mean", "macro_f1", "head", "medium",
                    "tail", "worst_class", "class:1", "class:0"]  # fmt: skip
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
    assert [[cell.is_best for cell in one.cells] for one in table.rows] == [
        [True, False, False, False], [True, False, False, False], [False] * 4,
    ]  # fmt: skip


def test_the_best_is_marked_with_its_ties_and_what_is_not_compared_never() -> None:
    """b cannot be told from a; c, of other data, has the largest mean and stands outside."""
    ties = dict.fromkeys(("accuracy", "loss"), True)
    view = sheets.comparison(
        sheets.row("a", 0.5, (0.5, 0.3), tied_with_best=ties, classes_tied=(False, True)),
        sheets.row("b", 0.48, (0.6, None), tied_with_best=ties | {"loss": False}, classes_tied=(True, True)),
        sheets.row("c", 0.9, (0.9, 0.9), tied_with_best={}, classes_tied=()),
    )
    table = sheet(view, ["accuracy", "loss", "mean_weight", "classes"], order="dataset")
    assert [[cell.is_best for cell in one.cells] for one in table.rows] == [
        [True, False, True, False, True], [True, False, False, True, False], [False] * 5,
    ]  # fmt: skip


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


@pytest.mark.parametrize(("chosen", "rule"), [
    (("", ""), "best epoch"), (("validation", "validation"), "best epoch, chosen on validation"),
    (("validation", "test"), "best epoch, chosen on validation or test"),
    (("both", "validation"), "best epoch, chosen on validation or test"),
])  # fmt: skip
def test_rule_of_epochs(chosen: tuple[str, str], rule: str) -> None:
    rows = [sheets.row(name, 0.5, (0.5, 0.3), chosen_on=on) for name, on in zip("ab", chosen, strict=True)]
    assert sheet(sheets.comparison(*rows)).epoch_rule == "last epoch"
    assert sheet(sheets.comparison(*rows, epoch="best")).epoch_rule == rule
