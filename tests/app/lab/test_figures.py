"""Figures of class weights and of the focal loss: what is drawn is what the view holds, in every size."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest

from app.figures.drawn import Drawn, as_csv
from app.figures.lines import MOST_DIRECT_LABELS
from app.figures.theme import DARK, LIGHT
from app.lab.base.calculator import Calculator
from app.lab.class_balance.calculator import CLASS_BALANCE
from app.lab.class_balance.views import ClassBalanceView
from app.lab.focal.calculator import FOCAL
from app.lab.focal.views import FocalView
from app.lab.registry import PAGES, page_named

COUNTS = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)
NASTY = "<b>cat</b>"
OURS = [(name, each) for name in ("class-balance", "focal") for each in PAGES[name].figures]


def worked_out(calculator: Calculator, **typed: str) -> Any:
    return calculator.work_out_typed(calculator.complete(typed))


def weights(**typed: str) -> ClassBalanceView:
    view: ClassBalanceView = worked_out(CLASS_BALANCE, **typed)
    return view


def focal(**typed: str) -> FocalView:
    view: FocalView = worked_out(FOCAL, **typed)
    return view


def end_notes(figure: Drawn) -> list[dict[str, Any]]:
    notes = figure.figure["layout"]["annotations"]
    return [note for note in notes if note.get("name") == "end-label"]


def drawn(name: str, view: Any, dark: bool = False) -> Drawn:
    calculator = "focal" if isinstance(view, FocalView) else "class-balance"
    return page_named(calculator).figure(name).draw(view, DARK if dark else LIGHT)


def traces(figure: Drawn, mode: str) -> list[dict[str, Any]]:
    return [trace for trace in figure.figure["data"] if trace.get("mode") == mode]


@pytest.mark.parametrize(("calculator", "figure"), OURS, ids=lambda each: getattr(each, "name", each))
@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"counts": "7"},
        {"counts": "1, 1, 1"},
        {"betas": "0", "beta": "0"},
        {"betas": "1", "beta": "1"},
        {"counts": ", ".join(map(str, range(300, 0, -1)))},
        {"counts": "1000000000, 1"},
        {"betas": "N=1e9", "beta": "N=1e9"},
        {"names": ", ".join([NASTY] * 10)},
    ],
)
def test_every_size_can_be_drawn_and_sent(calculator: str, figure: Any, typed: dict[str, str]) -> None:
    view = worked_out(CLASS_BALANCE, **typed) if calculator == "class-balance" else focal()
    for theme in (LIGHT, DARK):
        made = figure.draw(view, theme)
        text = json.dumps(made.figure, allow_nan=False)
        assert NASTY not in text
        assert made.label.endswith(".")
        assert made.table.rows
    assert as_csv(made.table)


def test_the_ruler_runs_from_uniform_to_inverse_frequency() -> None:
    figure = drawn("weight-ruler", weights())
    lines = traces(figure, "lines")
    assert [line["meta"]["label"].split(", ")[1] for line in lines] == [f"{n:,}" for n in COUNTS], (
        "most images first"
    )
    assert all(line["x"][0] == 1 and line["y"][0] == pytest.approx(1) for line in lines)
    total = sum(1 / n for n in COUNTS) / len(COUNTS)
    for line, n in zip(lines, COUNTS, strict=True):
        assert line["y"][-1] == pytest.approx(1 / n / total, rel=0.01)
    assert all(line["showlegend"] for line in lines), "a phone's legend names every line"
    assert [label["y"] for label in end_notes(figure)] == pytest.approx(
        [math.log10(line["y"][-1]) for line in lines], abs=0.05
    )


def test_of_many_classes_the_ruler_names_some_and_both_ends() -> None:
    counts = [5000 - 100 * place for place in range(40)]
    lines = traces(drawn("weight-ruler", weights(counts=", ".join(map(str, counts)))), "lines")
    named = [line["meta"]["label"] for line in lines if line["showlegend"]]
    assert len(named) == MOST_DIRECT_LABELS
    assert (named[0], named[-1]) == (lines[0]["meta"]["label"], lines[-1]["meta"]["label"])


def test_shares_that_end_close_together_are_named_in_a_legend() -> None:
    apart = drawn("loss-shares", weights(counts="8000, 400", betas="0.999, 0.9999", beta=""))
    close = drawn("loss-shares", weights(counts="8000, 400", betas="0.9, 0.95, 0.96", beta=""))
    assert end_notes(apart)
    assert not end_notes(close)
    assert close.figure["layout"]["showlegend"]
    line = apart.figure["layout"]["shapes"][0]
    assert line["x1"] == max(apart.figure["data"][0]["x"]), "it ends before the labels"


def test_counts_are_ticks_and_dots_on_the_ruler() -> None:
    figure = drawn("weight-ruler", weights())
    dots, ticks = traces(figure, "markers")
    assert tuple(ticks["x"]) == COUNTS
    assert list(dots["x"]) == list(COUNTS)
    for n, height in zip(dots["x"], dots["y"], strict=True):
        exact = weights(betas=f"N={n}", beta="").rows[0].weights[COUNTS.index(n)]
        assert height == pytest.approx(exact, rel=0.01), "between two points of the curve"


def test_betas_are_uprights_at_their_volume() -> None:
    figure = drawn("weight-ruler", weights(betas="0, 0.9, 0.999, 1", beta=""))
    assert [shape["x0"] for shape in figure.figure["layout"]["shapes"]] == pytest.approx([10, 1000])
    words = [note["text"] for note in figure.figure["layout"]["annotations"] if note["text"].startswith("β")]
    assert words == ["β 0.9", "β 0.999"]


PHONE = 390 - 2 * 16 - 58 - 12
"""Pixels between the margins of a figure on a phone."""


@pytest.mark.parametrize("betas", ["0.9, 0.91, 0.92, 0.93, 0.94", "0.9, 0.95, 0.99, 0.997, 0.999, 0.9999"])
def test_labels_of_betas_do_not_lie_on_each_other_on_a_phone(betas: str) -> None:
    layout = drawn("weight-ruler", weights(counts="20, 17, 5", betas=betas, beta="")).figure["layout"]
    notes = [note for note in layout["annotations"] if note["text"].startswith("β")]
    assert len(notes) >= 3
    assert max(note["yshift"] for note in notes) + 13 <= layout["margin"]["t"]
    low, high = layout["xaxis"]["range"]
    for level in {note["yshift"] for note in notes}:
        row = [
            (note["x"] / (high - low) * PHONE, 6.2 * len(note["text"]))
            for note in notes
            if note["yshift"] == level
        ]
        for (x, wide), (next_x, next_wide) in pairwise(sorted(row)):
            assert next_x - x > (wide + next_wide) / 2


def test_shares_add_up_and_stand_in_order_of_images() -> None:
    view = weights(counts="50, 5000, 500", betas="0.99, 1", beta="")
    figure = drawn("loss-shares", view)
    lines = [trace for trace in figure.figure["data"] if trace["type"] == "scatter"]
    assert [line["meta"]["label"] for line in lines] == ["beta 0.99", "inverse frequency", "no weights"]
    for line in lines:
        assert sum(line["y"]) == pytest.approx(100)
    assert lines[-1]["y"] == pytest.approx([100 * n / 5550 for n in (5000, 500, 50)])
    assert lines[1]["y"] == pytest.approx([100 / 3] * 3), "each class carries as much"
    assert lines[-1]["line"]["dash"] == "dash"


def test_beta_zero_stands_for_no_weights() -> None:
    lines = traces(drawn("loss-shares", weights(betas="0, 0.99", beta="")), "lines+markers")
    assert [line["meta"]["label"] for line in lines] == ["uniform", "beta 0.99"]


def test_focal_curves_hold_the_losses_and_the_dots_lie_on_them() -> None:
    view = focal(p="0.5, 0.9", gammas="0, 2", gamma="2")
    figure = drawn("focal-loss", view)
    lines, dots = traces(figure, "lines"), traces(figure, "markers")
    assert [line["line"]["dash"] for line in lines] == ["dash", "solid"]
    for line, dot in zip(lines, dots, strict=True):
        for p, value in zip(dot["x"], dot["y"], strict=True):
            assert value == pytest.approx(line["y"][line["x"].index(p)])
    assert dots[0]["y"][0] == pytest.approx(0.693147, abs=1e-6)
    assert dots[1]["y"][0] == pytest.approx(0.173287, abs=1e-6)


def test_the_gradient_figure_reaches_what_it_draws() -> None:
    figure = drawn("focal-gradient", focal(gammas="0, 5", gamma="5"))
    low, high = figure.figure["layout"]["yaxis"]["range"]
    values = [value for line in traces(figure, "lines") for value in line["y"]]
    assert low < min(values) < -1.2, "gamma 5 pulls harder than cross-entropy where p is small"
    assert max(values) <= high


def test_an_infinite_loss_is_a_gap() -> None:
    dots = traces(drawn("focal-loss", focal(p="0, 0.5", gammas="0", gamma="0")), "markers")
    assert dots[0]["y"][0] is None
