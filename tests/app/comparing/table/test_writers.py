"""CSV of a comparison, read back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparing.table.sheet import sheet
from app.comparing.table.writers import as_csv_table
from app.comparing.view import Comparison
from tests.app.comparing.table import sheets


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def written(view: Comparison, columns: list[str], mode: str = "value") -> list[dict[str, str]]:
    return read(as_csv_table(sheet(view, columns, "difference" if mode == "difference" else "value")))


def test_round_trip_of_values() -> None:
    rows = written(sheets.comparison(), ["accuracy", "delta", "loss", "classes"])
    assert [one["setting"] for one in rows] == ["CE", "Focal", "Paper"]
    focal = rows[1]
    assert (focal["kind"], focal["n"], focal["runs"], focal["figures of"]) == (
        "setting",
        "3",
        "1 2 3",
        "last epoch",
    )
    assert float(focal["Accuracy, %"]) == 44.4
    assert float(focal["Accuracy SD, %"]) == 1.0
    assert float(focal["Test loss"]) == 1.234
    assert float(focal["dog (5000 images), %"]) == 40.0
    assert [
        float(focal[f"accuracy minus CE{part}, points"]) for part in ("", " low", " high")
    ] == pytest.approx([5.8, 3.3, 8.3])
    assert [
        float(focal[f"accuracy minus CE, adjusted {part}, points"]) for part in ("low", "high")
    ] == pytest.approx([1.8, 9.8])
    assert float(focal["p, adjusted"]) == 0.012
    assert (focal["accuracy minus CE n"], focal["verdict"], focal["seeds needed"]) == ("3", "better", "4")
    assert rows[0]["accuracy minus CE, points"] == ""
    paper = rows[2]
    assert (paper["n"], paper["runs"], paper["figures of"], paper["dog (5000 images), %"]) == (
        "",
        "",
        "publication",
        "",
    )


def test_each_row_names_the_columns_that_it_is_marked_in() -> None:
    tied = sheets.row("Tied", 0.43, (0.5, 0.4), gain=0.05, leads={}, classes_lead=(False, False))
    rows = (sheets.row("CE", 0.386, (0.731, 0.041)), sheets.row("Focal", 0.444, (0.5, 0.4), gain=0.058), tied)
    told = written(sheets.comparison(*rows), ["accuracy", "loss", "classes"])
    assert [(one["best in"], one["not distinguishable from the best in"]) for one in told] == [
        ("", ""),
        ("Accuracy; Test loss; dog", ""),
        ("", "Accuracy; Test loss; dog"),
    ]


def test_differences_and_negative_numbers_stay_numbers() -> None:
    focal = written(sheets.comparison(), ["classes"], mode="difference")[1]
    assert float(focal["dog (5000 images) minus CE, points"]) == -10.0
    assert focal["dog (5000 images) minus CE, points"].startswith("-")


def test_lines_end_as_rfc_4180_wants() -> None:
    text = as_csv_table(sheet(sheets.comparison(), ["accuracy"]))
    assert text.count("\r\n") == text.count("\n") == 4


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_label_comes_back_and_none_is_a_formula(label: str) -> None:
    view = sheets.comparison(sheets.row(label, 0.1, (0.5, 0.5)), names=(label, f"{label}2"), baseline=None)
    text = as_csv_table(sheet(view, ["classes"]))
    cells = [cell for line in csv.reader(io.StringIO(text, newline=""), strict=True) for cell in line]
    assert label in (cells[len(cells) // 2], cells[len(cells) // 2].removeprefix("'"))
    numbers = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert numbers == []
