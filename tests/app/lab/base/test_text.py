"""Rows of entries, however they were written or pasted."""

import pytest
from starlette.testclient import TestClient

from app.lab.base.text import LONGEST_TEXT, grid, numbers
from app.lab.registry import CALCULATORS
from trainer.errors import TheoryError


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1 2\n3 4", [["1", "2"], ["3", "4"]]),
        ("1, 2; 3, 4", [["1", "2"], ["3", "4"]]),
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("w(0,1)\t\t0\r\n\t\t\r\n", [["w(0,1)", "", "0"], ["", "", ""]]),
        ("w(0,1), 0\nw(1, 0) 0", [["w(0,1)", "0"], ["w(1, 0)", "0"]]),
        ("[[1, 2.5], [3, 4]]", [["1", "2.5"], ["3", "4"]]),
        ('["3/2", 1]', [["3/2", "1"]]),
        ("w_{2,1} 0", [["w_{2,1}", "0"]]),
        ("", []),
        ("\n ; \n", []),
        ("1) 2", [["1)", "2"]]),
        (";;", []),
        (" , ,\n;", []),
        ("\t\t\r\n\t", []),
        ("[[], [null]]", []),
        ('[["w(0,1)", null], [null, 0]]', [["w(0,1)", ""], ["", "0"]]),
    ],
)
def test_rows_of_entries(text: str, rows: list[list[str]]) -> None:
    assert grid(text, "answer") == rows


def test_numbers_are_all_entries() -> None:
    assert numbers("5000, 2997\n50", "counts") == ["5000", "2997", "50"]


def test_what_is_too_long_is_refused_by_name() -> None:
    with pytest.raises(TheoryError) as refused:
        grid("1 " * LONGEST_TEXT, "answer")
    assert refused.value.fields[0].path == "answer"


GRIDS = [
    (each.name, field.name) for each in CALCULATORS.values() for field in each.fields if field.kind == "grid"
]


@pytest.mark.parametrize("text", [";", ";;", " , ", "\t\t"])
@pytest.mark.parametrize(("name", "field"), GRIDS)
def test_separators_alone_are_an_empty_field(client: TestClient, name: str, field: str, text: str) -> None:
    path = f"/api/v1/theory/{name}"
    empty, typed = (client.get(path, params={field: typed}) for typed in ("", text))
    assert typed.status_code == empty.status_code
    assert typed.status_code == 422 or typed.json() == empty.json()
