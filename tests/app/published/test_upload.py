"""Uploaded CSV: what spreadsheets write is read, and every wrong cell is named by line and column."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.published.upload import EXAMPLE, MOST_ROWS, decode, read_upload

HEAD = "label,accuracy,unit,source"
GOOD = "CE,38.6,percent,Doe 2024"
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=20)
LONG = "x" * 201


def problems(text: str) -> dict[tuple[int, str], str]:
    return {(problem.line, problem.column): problem.message for problem in read_upload(text).problems}


def test_the_example_on_the_page_is_right() -> None:
    upload = read_upload(EXAMPLE)
    assert upload.problems == ()
    first, second = upload.rows
    assert (first.accuracy, first.classes) == (0.483, (0.901, 0.442, 0.106))
    assert first.class_names == ("cat", "dog", "fox")
    assert (second.accuracy, second.classes, second.class_names) == (0.571, (), ())
    assert first.group == "Added here: folder:pets"


@pytest.mark.parametrize(
    ("unit", "figure", "accuracy"),
    [
        ("percent", "43.6", 0.436),
        ("fraction", "0.436", 0.436),
        ("error_percent", "56.4", 0.436),
        ("Percent", "43.6", 0.436),
        ("fraction", "1", 1.0),
        ("error_percent", "100", 0.0),
        ("percent", "4.36e1", 0.436),
    ],
)
def test_the_stated_unit_decides(unit: str, figure: str, accuracy: float) -> None:
    [row] = read_upload(f"{HEAD},class:a\nCE,{figure},{unit},Doe,{figure}\n").checked()
    assert row.accuracy == accuracy
    assert row.classes == (accuracy,)


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEAD}\r\n{GOOD}\r\n",
        "label;accuracy;unit;source\nCE;38,6;percent;Doe 2024\n",
        "label\taccuracy\tunit\tsource\nCE\t38,6\tpercent\tDoe 2024\n",
        f"\n\n{HEAD}\n\n{GOOD}\n,,,\n",
        'Label , "Accuracy",UNIT,source\n"CE","38.6", percent ,Doe   2024',
        "source,unit,accuracy,label\rDoe 2024,percent,38.6,CE\r",
    ],
)
def test_what_spreadsheets_write_is_read(text: str) -> None:
    [row] = read_upload(decode(text.encode())).checked()
    assert (row.label, row.accuracy, row.source) == ("CE", 0.386, "Doe 2024")


ROW = st.fixed_dictionaries(
    {
        "label": TEXT,
        "dataset": st.one_of(st.just(""), TEXT),
        "imbalance_ratio": st.one_of(st.none(), st.integers(1, 1000)),
        "accuracy": st.integers(0, 10_000),
        "unit": st.sampled_from(["percent", "fraction", "error_percent"]),
        "source": TEXT,
        "recipe": TEXT,
        "note": TEXT,
        "classes": st.lists(st.one_of(st.none(), st.integers(0, 10_000)), min_size=3, max_size=3),
    }
)
SHOW = {"percent": 100.0, "fraction": 10_000.0, "error_percent": 100.0}


def as_written(row: dict[str, Any]) -> list[str]:
    def figure(value: int | None) -> str:
        if value is None:
            return ""
        shown = 10_000 - value if row["unit"] == "error_percent" else value
        return repr(shown / SHOW[row["unit"]])

    ratio = "" if row["imbalance_ratio"] is None else str(row["imbalance_ratio"])
    return [
        row["label"],
        row["dataset"],
        ratio,
        figure(row["accuracy"]),
        row["unit"],
        row["source"],
        row["recipe"],
        row["note"],
        *map(figure, row["classes"]),
    ]


@pytest.mark.slow
@given(st.lists(ROW, min_size=1, max_size=5), st.sampled_from(",;\t"), st.sampled_from(["", "\ufeff"]))
def test_rows_come_back_as_they_were_written(rows: list[dict[str, Any]], separator: str, mark: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    names = ["class:a", "class:B b", "class:c:d"]
    writer.writerow(
        ["label", "dataset", "imbalance_ratio", "accuracy", "unit", "source", "recipe", "note", *names]
    )
    writer.writerows(map(as_written, rows))
    upload = read_upload(decode((mark + out.getvalue()).encode()))
    assert upload.problems == ()
    for read, row in zip(upload.rows, rows, strict=True):
        assert [read.label, read.dataset, read.source, read.recipe, read.note] == [
            row[name] for name in ("label", "dataset", "source", "recipe", "note")
        ]
        assert read.imbalance_ratio == row["imbalance_ratio"]
        assert read.accuracy == pytest.approx(row["accuracy"] / 10_000, abs=1e-9)
        given_classes = [None if cell is None else cell / 10_000 for cell in row["classes"]]
        if any(cell is not None for cell in given_classes):
            assert read.class_names == ("a", "B b", "c:d")
            assert list(read.classes) == [None if c is None else pytest.approx(c) for c in given_classes]
        else:
            assert read.classes == ()


@pytest.mark.parametrize(
    ("line", "column", "telling"),
    [
        (",38.6,percent,Doe", "label", "is empty"),
        ("CE,,percent,Doe", "accuracy", "is empty"),
        ("CE,38.6,,Doe", "unit", "percent, fraction, error_percent"),
        ("CE,38.6,%,Doe", "unit", "got '%'"),
        ("CE,38.6,percent,", "source", "is empty"),
        ("CE,abc,percent,Doe", "accuracy", "must be a number such as 43.6, got 'abc'"),
        ("CE,nan,percent,Doe", "accuracy", "must be a number"),
        ("CE,Infinity,percent,Doe", "accuracy", "must be a number"),
        ("CE,1_0,percent,Doe", "accuracy", "must be a number"),
        ("CE,101,percent,Doe", "accuracy", "between 0 and 100"),
        ("CE,-1,percent,Doe", "accuracy", "between 0 and 100"),
        ("CE,43.6,fraction,Doe", "accuracy", "a figure in percent has the unit percent"),
        ('CE,"38,6",percent,Doe', "accuracy", "must be a number"),
        (f"{LONG},38.6,percent,Doe", "label", "201 characters; at most 200"),
        ("C\x07E,38.6,percent,Doe", "label", "control character U+0007"),
        ("CE,38.6,percent,Doe,more", "", "has 5 cells"),
    ],
)
def test_a_wrong_cell_is_named(line: str, column: str, telling: str) -> None:
    found = problems(f"{HEAD}\n{GOOD}\n\n{line}\n{GOOD}\n")
    assert list(found) == [(4, column)]
    assert telling in found[4, column]


def test_all_problems_are_told_at_once() -> None:
    text = f'{HEAD},imbalance_ratio,class:a\n"two\nlines",x,percent,,0.5,\n{GOOD},,\nCE,5,bits,Doe,ten,-3\n'
    assert set(problems(text)) == {
        (2, "accuracy"),
        (2, "source"),
        (2, "imbalance_ratio"),
        (5, "unit"),
        (5, "imbalance_ratio"),
        (5, "class:a"),
    }
    with pytest.raises(InvalidError) as refused:
        read_upload(text).checked()
    assert refused.value.fields[0].path.startswith("line 2, ")


@pytest.mark.parametrize(
    ("text", "column", "telling"),
    [
        ("", "", "first line names the columns"),
        (HEAD, "", "there is no row under it"),
        (f"{HEAD},colour\n{GOOD},red", "colour", "is not a column"),
        ("label,accuracy,source\nCE,1,Doe", "unit", "is missing"),
        (f"{HEAD},unit\n{GOOD},percent", "unit", "twice"),
        (f"{HEAD},class:a,class: a\n{GOOD},1,2", "class:a", "twice"),
        (f"{HEAD},class:\n{GOOD},1", "class:", "class name"),
        (f"{HEAD}\n" + f"{GOOD}\n" * (MOST_ROWS + 1), "", "at most 500"),
    ],
)
def test_a_wrong_header_is_named(text: str, column: str, telling: str) -> None:
    found = problems(text)
    assert telling in found[1, column]


def test_a_file_that_is_no_csv_names_its_line() -> None:
    assert "is not CSV" in problems(f'{HEAD}\n{GOOD}\n"CE"x,1,percent,Doe\n')[3, ""]
    assert "is not CSV" in problems(f'{HEAD}\n{GOOD}\n"CE,1,percent,Doe\n')[3, ""]


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        decode(f"{HEAD}\nCE é,1,percent,Doe".encode("latin-1"))
    assert "not UTF-8 text (line 2)" in refused.value.fields[0].message
    with pytest.raises(InvalidError) as refused:
        decode(b"x" * 500_001)
    assert "at most 500000" in refused.value.fields[0].message


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    upload = read_upload(text)
    assert upload.rows or upload.problems
