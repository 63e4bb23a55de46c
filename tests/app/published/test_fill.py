"""Published rows in a comparison: their reasons and sources come along."""

import csv
import io

import pytest

from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import sheet
from app.comparing.table.writers import as_csv_table
from app.errors import InvalidError
from app.published.fill import published_rows
from app.published.result import BEST_TEST_EPOCH
from app.store.engine import Database
from tests.app.comparing.boards import comparison
from tests.conftest import SeedRun


def test_a_row_that_contradicts_itself_says_so_in_a_comparison(db: Database, seed_run: SeedRun) -> None:
    run = seed_run()
    with db.read() as session:
        rows = published_rows(session, ["write-up-cb-focal-0.95", "cifar10-100-ce-quoted"])
        view = comparison(session, [run], published=rows)
    shifted, quoted = (row for row in view.rows if row.kind == "published")
    assert shifted.inconsistent.startswith("The mean of the 10 classes is 42.77, not the stated 38.73")
    assert view.warnings[-1] == f"{shifted.label} contradicts itself as published: {shifted.inconsistent}"
    assert quoted.inconsistent == ""
    assert shifted.metrics["accuracy"].mean == pytest.approx(0.3873)
    assert quoted.note.endswith("as quoted by zhangyongshun/BagofTricks-LT.")


def test_an_unknown_row_is_named(db: Database) -> None:
    with db.read() as session, pytest.raises(InvalidError) as refused:
        published_rows(session, ["write-up-ce", "<nothing>"])
    assert refused.value.fields[0].path == "published"
    assert "'<nothing>'" in refused.value.fields[0].message


def test_the_best_test_epoch_is_said_in_a_comparison_and_its_exports(db: Database, seed_run: SeedRun) -> None:
    run = seed_run()
    with db.read() as session:
        rows = published_rows(session, ["cifar10-100-mislas-2", "cifar10-100-ce-quoted"])
        view = comparison(session, [run], published=rows)
    assert [row.best_test_epoch for row in rows] == [True, False]
    flattered, honest = (row for row in view.rows if row.kind == "published")
    assert BEST_TEST_EPOCH in flattered.note
    assert BEST_TEST_EPOCH not in honest.note
    table = sheet(view)
    figures_of = [line["figures of"] for line in csv.DictReader(io.StringIO(as_csv_table(table), newline=""))]
    assert figures_of == ["last epoch", "publication, best test epoch", "publication"]
    assert as_markdown(table).count(BEST_TEST_EPOCH) == 1
    assert as_latex(table).count(BEST_TEST_EPOCH) == 1
