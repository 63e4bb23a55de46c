"""Which columns and rows an exported table has."""

import pytest

from app.exports.sheet import sheet
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


def test_the_best_of_a_column_is_as_shown_and_never_alone() -> None:
    tied = sheets.comparison(
        sheets.row("a", 0.50001, (0.5, None)),
        sheets.row("b", 0.5, (0.5, 0.3)),
        sheets.row("c", 0.2, (0.5, None)),
    )
    table = sheet(tied, ["accuracy", "loss", "classes"], order="dataset")
    assert [[cell.is_best for cell in one.cells] for one in table.rows] == [
        [True, False, False, False], [True, False, False, False], [False] * 4,
    ]  # fmt: skip


def test_rule_of_epochs() -> None:
    rules = [
        sheet(sheets.comparison(epoch=epoch, chosen_on_test=on_test)).epoch_rule
        for epoch, on_test in (("last", False), ("best", False), ("best", True))
    ]
    assert rules == ["last epoch", "best epoch, chosen on validation", "best epoch, chosen on test"]
