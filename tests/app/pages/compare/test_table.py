"""The table of compared settings: words, best values, tints, order of rows and columns, dashes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import pytest

from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.fill import NO_STEPS, NextSteps
from app.comparing.table.columns import RATES, USUAL
from app.comparing.table.sheet import Marks, Mode, Sheet, sheet
from app.comparing.view import Comparison
from app.pages.compare.controls import choices
from app.pages.compare.table import Cell, TableRow, table_rows
from tests.app.comparing.figures import compared


def shown(
    view: Comparison,
    wanted: tuple[str, ...] = (),
    mode: Mode = "value",
    sort: str = "",
    marks: Marks = "ties",
) -> Sheet:
    return sheet(view, wanted, mode, "count", sort, marks)


def cells(view: Comparison, key: str, mode: Mode = "value") -> dict[str, Cell]:
    """By label of the row, in the order of the rows."""
    table = shown(view, (key,) if not key.startswith("class:") else ("classes",), mode)
    at = [column.key for column in table.columns].index(key)
    return {one.row.label: one.cells[at] for one in table_rows(view, table, NO_STEPS)}


def one_row(view: Comparison, **changes: object) -> TableRow:
    """The last row, changed."""
    rows = (*view.rows[:-1], view.rows[-1].model_copy(update=changes))
    changed = view.model_copy(update={"rows": rows})
    return table_rows(changed, shown(changed), NO_STEPS)[-1]


def test_columns_stand_in_their_order_with_classes_by_count() -> None:
    view = compared.comparison(classes=3)
    keys = [column.key for column in shown(view).columns]
    usual = [key for key in USUAL[:-1] if key not in RATES]
    assert keys == [*usual, "class:2", "class:1", "class:0"]
    few = shown(view, ("tail", "accuracy", "no such thing"))
    assert [column.key for column in few.columns] == ["accuracy", "tail"]
    assert [one.key for one in choices(("tail",)) if one.chosen] == ["tail"]


def test_a_mean_stands_over_its_sd_and_the_difference_over_its_interval() -> None:
    view = compared.comparison()
    accuracy = cells(view, "accuracy")["CB-Focal 0.99"]
    assert (accuracy.text, accuracy.under) == ("52.0", "± 1.0")
    change = cells(view, "delta")["CB-Focal 0.99"]
    assert (change.word, change.text, change.under) == ("better", "+4.0", "[1.0, 7.0]")
    assert "alone [2.0, 6.0] at 95 %, adjusted p 0.01" in change.about
    assert "needs 4 seeds of each setting" in change.about
    assert cells(view, "delta")["Focal"].word == "cannot tell"
    assert cells(view, "delta")["CE"].text == "baseline"


def test_one_seed_has_no_interval_and_says_why() -> None:
    single = one_row(compared.comparison(), delta=compared.delta(0.058, None))
    assert (single.cells[1].text, single.cells[1].under) == ("+5.8", "one seed")
    apart = one_row(compared.comparison(), delta=None, why="other imbalance ratio (10, not 100)")
    assert (apart.cells[1].text, apart.cells[1].under) == ("–", "other imbalance ratio (10, not 100)")
    never = compared.delta(0.0).model_copy(update={"seeds_needed": None})
    assert (
        one_row(compared.comparison(), delta=never)
        .cells[1]
        .about.endswith("needs over 1,000 seeds of each setting.")
    )


def test_without_a_baseline_there_is_no_column_of_differences() -> None:
    assert "delta" not in [column.key for column in shown(compared.comparison(baseline=None)).columns]


def test_the_best_is_marked_with_its_ties() -> None:
    view = compared.comparison()
    last = {"CB-Focal 0.997": "tie", "CB-Focal 0.9999": "best"}
    for key in ("tail", "class:0"):
        assert {label: cell.mark for label, cell in cells(view, key).items() if cell.mark} == last
    assert {label: cell.mark for label, cell in cells(view, "head").items() if cell.mark} == {"CE": "best"}
    tail = cells(view, "tail")
    assert tail["CB-Focal 0.9999"].about.endswith("; largest mean")
    assert tail["CB-Focal 0.997"].about.endswith("; not distinguishable from it (adjusted)")
    assert not any(cell.mark for cell in cells(compared.comparison(compared.SWEEP[:1]), "tail").values())


def test_a_column_of_ties_has_no_mark_and_says_so() -> None:
    view = compared.comparison(compared.SWEEP[:3])
    rows = [row.model_copy(update={"tied_with_best": {"tail": True}}) for row in view.rows]
    table = cells(view.model_copy(update={"rows": tuple(rows)}), "tail")
    assert {cell.mark for cell in table.values()} == {""}
    assert all(cell.about.endswith("; no best: all 3 tie") for cell in table.values())


def test_differences_are_marked_as_values_are_and_the_baseline_stands_apart() -> None:
    values = cells(compared.comparison(), "tail")
    changes = cells(compared.comparison(), "tail", "difference")
    assert {label: cell.mark for label, cell in changes.items()} == {
        label: cell.mark for label, cell in values.items()
    }
    assert [label for label, cell in changes.items() if cell.is_apart] == ["CE"]
    assert not any(cell.is_apart for cell in values.values())


def test_the_largest_mean_is_marked_as_it_is_shown_where_that_is_asked_for() -> None:
    view = compared.comparison()

    def cells(view: Comparison, key: str) -> dict[str, Cell]:
        table = shown(view, (key,), marks="mean")
        return {one.row.label: one.cells[0] for one in table_rows(view, table, NO_STEPS)}

    assert [label for label, cell in cells(view, "tail").items() if cell.mark] == ["CB-Focal 0.9999"]
    assert [label for label, cell in cells(view, "head").items() if cell.mark] == ["CE"]
    assert not any(cell.mark for cell in cells(compared.comparison(compared.SWEEP[:1]), "tail").values())
    same = [
        row.model_copy(update={"metrics": {"loss": compared.spread(value)}})
        for row, value in zip(view.rows[:3], (1.5, 0.90004, 0.9), strict=True)
    ]
    losses = cells(view.model_copy(update={"rows": tuple(same)}), "loss")
    assert [cell.mark for cell in losses.values()] == ["", "best", "best"]


def test_a_published_result_is_never_the_best() -> None:
    view = compared.comparison()
    better = {"tail": compared.spread(0.99)}
    printed = view.rows[0].model_copy(
        update={
            "label": "in print",
            "kind": "published",
            "metrics": better,
            "tied_with_best": {},
        }
    )
    both = view.model_copy(update={"rows": (*view.rows, printed)})
    for marks in get_args(Marks):
        table = table_rows(both, shown(both, ("tail",), marks=marks), NO_STEPS)
        assert [one.row.label for one in table if one.cells[0].mark][-1:] == ["CB-Focal 0.9999"]


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


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("", "CE", "CB-Focal 0.9999"),
        ("-tail", "CB-Focal 0.9999", "CE"),
        ("tail", "CE", "CB-Focal 0.9999"),
        ("label", "CB-CE 0.997", "Focal"),
        ("-class:0", "CB-Focal 0.9999", "CE"),
        ("nonsense", "CE", "CB-Focal 0.9999"),
    ],
)
def test_rows_sort_by_any_column(sort: str, first: str, last: str) -> None:
    view = compared.comparison()
    labels = [one.row.label for one in table_rows(view, shown(view, sort=sort), NO_STEPS)]
    assert (labels[0], labels[-1], len(labels)) == (first, last, 7)


@pytest.mark.parametrize("sort", ["tail", "-tail"])
def test_rows_without_a_value_come_last(sort: str) -> None:
    view = compared.comparison()
    empty = view.rows[0].model_copy(
        update={"metrics": {}, "n": 0, "progress": "0 of 3 runs done, 2 queued, 1 running"}
    )
    changed = view.model_copy(update={"rows": (empty, *view.rows[1:])})
    rows = table_rows(changed, shown(changed, sort=sort), NO_STEPS)
    assert rows[-1].row.label == "CE"
    assert rows[-1].cells[0].text == "–"
    assert rows[-1].cells[0].about == "0 of 3 runs done, 2 queued, 1 running"
    assert rows[-1].steps == ()


def test_before_the_first_epoch_every_cell_is_a_dash() -> None:
    view = compared.without_figures(compared.comparison())
    for one in table_rows(view, shown(view, (), "difference", "-accuracy"), NO_STEPS):
        assert {cell.text for cell in one.cells} <= {"–", "baseline"}


@dataclass(frozen=True)
class Steps(NextSteps):
    """Offers seeds, and writes down for whom."""

    asked: dict[str, int] = field(default_factory=dict)

    def more_seeds(self, labels: Sequence[str], how_many: int) -> Action:
        self.asked.update(dict.fromkeys(labels, how_many))
        return Action(label="Train", short=f"+{how_many}", path="/", body={}, cost_text="1 run")


def test_a_row_offers_the_seeds_that_its_difference_needs() -> None:
    """Four are needed of three: one more. The baseline has no difference: five in all, two more."""
    view, steps = compared.comparison(compared.SWEEP[:2]), Steps(NO_STEPS.scope, {})
    rows = table_rows(view, shown(view), steps)
    assert steps.asked == {"CE": 2, "Focal": 1}
    assert [[step.short for step in one.steps] for one in rows] == [["+2"], ["+1"]]
