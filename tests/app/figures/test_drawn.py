"""Tables of figures as CSV."""

import csv
import io

from app.figures.drawn import Column, Table, as_csv

TABLE = Table(
    "t",
    (
        Column("class", "text"),
        Column("images", "integer"),
        Column("recall, %", "percent"),
        Column("loss", "loss"),
    ),
    (("cat", 10, 0.25, 1.5), ('=HYPERLINK("x")', 0, None, None), ('a,"b"\nc', 1, 1.0, 0.1)),
)


def test_csv_reads_back_with_percents_and_gaps() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(TABLE))))
    assert rows[0] == ["class", "images", "recall, %", "loss"]
    assert rows[1] == ["cat", "10", "25", "1.5"]
    assert rows[3] == ['a,"b"\nc', "1", "100", "0.1"]


def test_a_formula_is_defused_and_nothing_is_empty() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(TABLE))))
    assert rows[2] == ['\'=HYPERLINK("x")', "0", "", ""]
