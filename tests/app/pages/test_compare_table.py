"""The table of compared settings: words, best values, tints, order of rows and columns, dashes."""

import pytest

from app.exports.sheet import USUAL, Mode, Sheet, sheet
from app.pages.compare_columns import choices
from app.pages.compare_table import Cell, TableRow, table_rows
from app.views.compare import Comparison
from tests.app.figures import compared


def shown(view: Comparison, wanted: tuple[str, ...] = (), mode: Mode = "value", sort: str = "") -> Sheet:
    return sheet(view, wanted, mode, "count", sort)


def cells(view: Comparison, key: str, mode: Mode = "value") -> dict[str, Cell]:
    """By label of the row, in the order of the rows."""
    table = shown(view, (key,) if not key.startswith("class:") else ("classes",), mode)
    at = [column.key for column in table.columns].index(key)
    return {one.row.label: one.cells[at] for one in table_rows(view, table)}


def one_row(view: Comparison, **changes: object) -> TableRow:
    """The last row, changed."""
    rows = (*view.rows[:-1], view.rows[-1].model_copy(update=changes))
    changed = view.model_copy(update={"rows": rows})
    return table_rows(changed, shown(changed))[-1]


def test_columns_stand_in_their_order_with_classes_by_count() -> None:
    view = compared.comparison(classes=3)
    keys = [column.key for column in shown(view).columns]
    assert keys == [*USUAL[:-1], "class:2", "class:1", "class:0"]
    few = shown(view, ("tail", "accuracy", "no such thing"))
    assert [column.key for column in few.columns] == ["accuracy", "tail"]
    assert [one.key for one in choices(("tail",)) if one.chosen] == ["tail"]


def test_a_mean_stands_over_its_sd_and_the_difference_over_its_interval() -> None:
    view = compared.comparison()
    accuracy = cells(view, "accuracy")["CB-Focal 0.99"]
    assert (accuracy.text, accuracy.under) == ("52.0", "± 1.0")
    change = cells(view, "delta")["CB-Focal 0.99"]
    assert (change.text, change.under) == ("+4.0", "[2.0, 6.0]; needs 4 seeds")
    assert cells(view, "delta")["CE"].text == "baseline"


def test_one_seed_has_no_interval_and_says_why() -> None:
    single = one_row(compared.comparison(), delta=compared.delta(0.058, None))
    assert (single.cells[1].text, single.cells[1].under) == ("+5.8", "no interval at n = 1")
    apart = one_row(compared.comparison(), delta=None)
    assert (apart.cells[1].text, apart.cells[1].under) == ("–", "no seed in common")
    never = compared.delta(0.0).model_copy(update={"seeds_needed": None})
    assert one_row(compared.comparison(), delta=never).cells[1].under.endswith("needs over 1,000 seeds")


def test_without_a_baseline_there_is_no_column_of_differences() -> None:
    assert "delta" not in [column.key for column in shown(compared.comparison(baseline=None)).columns]


def test_the_best_is_what_is_shown_as_best() -> None:
    view = compared.comparison()
    assert [label for label, cell in cells(view, "tail").items() if cell.best] == ["CB-Focal 0.9999"]
    assert [label for label, cell in cells(view, "head").items() if cell.best] == ["CE"]
    assert not any(cell.best for cell in cells(compared.comparison(compared.SWEEP[:1]), "tail").values())
    same = [row.model_copy(update={"metrics": {"loss": compared.spread(value)}})
            for row, value in zip(view.rows[:3], (1.5, 0.90004, 0.9), strict=True)]  # fmt: skip
    losses = cells(view.model_copy(update={"rows": tuple(same)}), "loss")
    assert [cell.best for cell in losses.values()] == [False, True, True]


def test_a_published_result_is_never_the_best() -> None:
    view = compared.comparison()
    better = {"tail": compared.spread(0.99)}
    printed = view.rows[0].model_copy(update={"label": "in print", "kind": "published", "metrics": better})
    found = cells(view.model_copy(update={"rows": (*view.rows, printed)}), "tail")
    assert [label for label, cell in found.items() if cell.best] == ["CB-Focal 0.9999"]


def test_tints_follow_the_value_or_the_difference() -> None:
    view = compared.comparison()
    heat = cells(view, "class:9")["CE"]
    assert heat.tint == "heat"
    assert heat.strength == pytest.approx(0.9)
    change = cells(view, "class:9", "difference")
    assert change["CB-Focal 0.9999"].tint == "change"
    assert change["CB-Focal 0.9999"].strength == pytest.approx(1)
    assert change["CB-Focal 0.9999"].text == "+6.0"
    assert change["CE"].text == heat.text


@pytest.mark.parametrize(("sort", "first", "last"), [
    ("", "CE", "CB-Focal 0.9999"), ("-tail", "CB-Focal 0.9999", "CE"), ("tail", "CE", "CB-Focal 0.9999"),
    ("label", "CB-CE 0.997", "Focal"), ("-class:0", "CB-Focal 0.9999", "CE"),
    ("nonsense", "CE", "CB-Focal 0.9999"),
])  # fmt: skip
def test_rows_sort_by_any_column(sort: str, first: str, last: str) -> None:
    view = compared.comparison()
    labels = [one.row.label for one in table_rows(view, shown(view, sort=sort))]
    assert (labels[0], labels[-1], len(labels)) == (first, last, 7)


@pytest.mark.parametrize("sort", ["tail", "-tail"])
def test_rows_without_a_value_come_last(sort: str) -> None:
    view = compared.comparison()
    empty = view.rows[0].model_copy(update={"metrics": {}, "n": 0, "states": {"queued": 2, "running": 1}})
    changed = view.model_copy(update={"rows": (empty, *view.rows[1:])})
    rows = table_rows(changed, shown(changed, sort=sort))
    assert rows[-1].row.label == "CE"
    assert rows[-1].cells[0].text == "–"
    assert rows[-1].cells[0].about == "no epoch is finished"
    assert rows[-1].progress == "2 queued, 1 running"


def test_before_the_first_epoch_every_cell_is_a_dash() -> None:
    view = compared.without_figures(compared.comparison())
    for one in table_rows(view, shown(view, (), "difference", "-accuracy")):
        assert {cell.text for cell in one.cells} <= {"–", "baseline"}
