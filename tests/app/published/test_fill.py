"""Published rows in a comparison: their reasons and sources come along."""

import csv
import io
import json
from pathlib import Path

import pytest

from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import sheet
from app.comparing.table.writers import as_csv_table
from app.errors import InvalidError
from app.published.fill import published_rows, reference_results
from app.published.result import BEST_TEST_EPOCH, Result, inconsistency
from app.store.engine import Database
from tests.app.comparing.boards import comparison
from tests.conftest import SeedRun
from trainer.data.cifar import CIFAR10


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


GIVEN = json.loads(Path(__file__).with_name("write_up_results.json").read_text("utf-8"))
WRITE_UP = [row for row in reference_results() if row.id.startswith("write-up-")]


def row(row_id: str) -> Result:
    return next(row for row in reference_results() if row.id == row_id)


def test_ids_are_unique_and_fit_a_url() -> None:
    ids = [row.id for row in reference_results()]
    assert len(set(ids)) == len(ids)
    assert all(set(row_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-") for row_id in ids)


@pytest.mark.parametrize("result", reference_results(), ids=lambda result: result.id)
def test_every_row_says_where_it_comes_from(result: Result) -> None:
    assert result.source
    assert result.recipe
    assert result.accuracy is not None
    assert 0.2 < result.accuracy < 0.95
    assert result.dataset in ("cifar10", "cifar100")
    assert not result.own
    assert len(result.classes) == len(result.class_names)


@pytest.mark.parametrize("result", WRITE_UP, ids=lambda result: result.id)
def test_the_write_up_is_as_stated(result: Result) -> None:
    if not result.classes:
        assert result.accuracy == pytest.approx(GIVEN["balanced_cifar10"]["stated_accuracy"] / 100)
        return
    betas = {None: "write-up-ce"} | {r["beta"]: f"write-up-cb-focal-{r['beta']}" for r in GIVEN["rows"]}
    [stated] = [r for r in GIVEN["rows"] if betas[r["beta"]] == result.id or result.id == "write-up-ce"][:1]
    assert result.classes == pytest.approx([cell / 100 for cell in stated["classes"]])
    assert result.accuracy == pytest.approx(stated["stated"] / 100)
    assert result.class_names == CIFAR10.class_names


def test_six_rows_of_the_write_up_agree_with_themselves_and_one_does_not() -> None:
    flagged = {row.id: inconsistency(row) for row in WRITE_UP if inconsistency(row)}
    assert len([row for row in WRITE_UP if row.classes]) == 7
    [(row_id, reason)] = flagged.items()
    assert row_id == "write-up-cb-focal-0.95"
    for telling in ("42.77", "38.73", "38.88", "shifted by one column", "truck"):
        assert telling in reason
    assert row(row_id).classes[0] == pytest.approx(0.3888), "the row is shown as it was published"
    assert row(row_id).accuracy == pytest.approx(0.3873)


@pytest.mark.parametrize(
    ("row_id", "error"),
    [
        ("cifar10-100-ce-quoted", 29.64),
        ("cifar100-10-ldam-drw-paper", 41.29),
        ("cifar10-50-mislas-2", 14.3),
        ("cifar100-50-bcl", 43.4),
        ("cifar10-100-la-loss-torch", 21.43),
    ],
)
def test_errors_of_the_literature_are_accuracies(row_id: str, error: float) -> None:
    assert row(row_id).accuracy == pytest.approx((100 - error) / 100, abs=1e-12)


def test_less_imbalance_is_never_harder() -> None:
    """Within a method and data set, accuracy rises as the ratio falls: a slip in typing would show."""
    for result in reference_results():
        easier = [
            other
            for other in reference_results()
            if (other.dataset, other.id.split("-", 2)[2:]) == (result.dataset, result.id.split("-", 2)[2:])
            and (other.imbalance_ratio or 0) < (result.imbalance_ratio or 0)
            and not other.id.startswith("write-up")
        ]
        assert all((other.accuracy or 0) > (result.accuracy or 0) for other in easier), result.id


def test_rows_of_the_best_test_epoch_are_marked_and_their_recipe_says_so() -> None:
    marked = {row for row in reference_results() if row.best_test_epoch}
    sources = {row.source for row in marked}
    assert sources == {"zhangyongshun/BagofTricks-LT, README", "dvlab-research/MiSLAS, README"}
    assert all((row.source in sources) == row.best_test_epoch for row in reference_results())
    assert all((BEST_TEST_EPOCH in row.recipe) == row.best_test_epoch for row in reference_results())
    assert row("cifar10-100-mixup-bot").recipe.startswith("400 epochs"), "a recipe of its own is marked, too"


def test_a_quoted_baseline_is_not_the_quoting_table_s_own() -> None:
    focal = row("cifar10-100-focal-tde")
    assert focal.source.startswith("Focal, as quoted by TDE")
    assert "120" not in focal.recipe


def test_mislas_is_told_as_its_configurations_have_it() -> None:
    second = row("cifar10-100-mislas-2")
    assert "weight decay 2e-4" in second.recipe
    assert "CIFAR-10 0.3, 0.2, 0.1 to 0 at ratio 100, 50, 10; CIFAR-100 0.4 to 0.1" in second.note
    assert "shifted for CIFAR-100 only" in second.note
