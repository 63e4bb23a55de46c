"""Names of lines and points: struck by nothing and over nothing at every zoom; otherwise a legend."""

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from sklearn.isotonic import isotonic_regression

from app.comparing.curves import Curve, CurvePoint, Curves
from app.comparing.figures.curves import CurveOptions, compare_curves
from app.comparing.figures.recall import compare_recall
from app.comparing.figures.tradeoff import compare_tradeoff
from app.comparing.view import Comparison
from app.figures.theme import LIGHT
from tests.app.comparing.figures import compared
from tests.e2e.conftest import OpenPage
from tests.e2e.plots import draw, faults, named, with_plotly, zoom
from tests.e2e.test_modules import blank

pytestmark = [pytest.mark.slow, pytest.mark.browser]

GAMMAS = [1.0 + 0.25 * at for at in range(14)]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return with_plotly(open_page())


@pytest.fixture
def bare(open_page: OpenPage) -> Page:
    return blank(open_page())


def board(seed: int, settings: int) -> Comparison:
    """Settings whose head and tail crowd, some at one place, with spreads of any size."""
    chance = random.Random(seed)
    view = compared.comparison(
        [{"name": "focal", "gamma": gamma} for gamma in GAMMAS[:settings]], baseline=None
    )
    heaps = [(chance.uniform(0.4, 0.95), chance.uniform(0, 0.6)) for _ in range(3)]
    rows = []
    for row in view.rows:
        head, tail = chance.choice(heaps)
        spreads = {
            name: compared.spread(
                min(1, max(0, at + chance.gauss(0, 0.04))), chance.choice((0.002, 0.02, 0.1))
            )
            for name, at in (("head", head), ("tail", tail))
        }
        rows.append(row.model_copy(update={"metrics": row.metrics | spreads}))
    return view.model_copy(update={"rows": tuple(rows)})


def curves(seed: int, settings: int, epochs: int = 12) -> Curves:
    """Curves that end close to each other, one of them earlier than the others in every third board."""
    chance = random.Random(seed)
    view, drawn = board(seed, settings), []
    for at, row in enumerate(view.rows):
        end, last = chance.uniform(0.4, 0.55), epochs - 4 if seed % 3 == 0 and at == 0 else epochs
        means = [end * (1 - 0.6**epoch) + chance.gauss(0, 0.01) for epoch in range(1, last + 1)]
        points = tuple(
            CurvePoint(epoch=epoch, step=epoch, seconds=epoch, mean=mean, sd=0.01, n=3, best=False)
            for epoch, mean in enumerate(means, start=1)
        )
        drawn.append(Curve(label=row.label, setting_hash=row.setting_hash, config=row.config, points=points))
    return Curves(metric="test_accuracy", curves=tuple(drawn), baseline=view.rows[0].label)


ZOOMS: tuple[dict[str, list[float]], ...] = (
    {},
    {"xaxis.range": [40, 101.5], "yaxis.range": [-1.5, 60]},
    {"xaxis.range": [60, 90], "yaxis.range": [10, 45]},
    {"xaxis.range": [-1.5, 101.5], "yaxis.range": [-1.5, 101.5]},
)
"""The first is the view that the server chose."""


def test_names_beside_points_strike_nothing(page: Page) -> None:
    for seed in range(6):
        at_every_zoom(page, board(seed, 3 + 2 * seed), 660 if seed % 2 else 480)


def at_every_zoom(page: Page, view: Comparison, width: int) -> None:
    labels = sorted(row.label for row in view.rows)
    draw(page, compare_tradeoff(view, LIGHT).figure, width)
    for ranges in ZOOMS:
        if ranges:
            zoom(page, ranges)
        assert faults(page) == [], ranges
        beside, legend = named(page)
        assert legend in ([], labels)
        assert set(beside) <= set(labels)
        if not legend and not ranges:
            assert beside == labels


def test_eight_settings_are_named_beside_their_points(page: Page) -> None:
    """The usual board: three heaps, two at one place, as on the page of a sweep."""
    placed = 0
    for seed in range(10, 16):
        draw(page, compare_tradeoff(board(seed, 8), LIGHT).figure)
        placed += not named(page)[1]
    assert placed >= 4, "a legend is for what cannot be placed"


def test_names_at_line_ends_strike_nothing_and_follow_a_zoom(page: Page) -> None:
    for seed in range(4):
        ends_follow(page, curves(seed, 8 - seed))


def ends_follow(page: Page, view: Curves) -> None:
    labels = sorted(curve.label for curve in view.curves)
    draw(page, compare_curves(view, LIGHT, CurveOptions()).figure)
    assert (faults(page), named(page)) == ([], (labels, []))
    for low, high in ((2, 9), (5, 12.2)):
        zoom(page, {"xaxis.range": [low, high], "yaxis.range": [30, 60]})
        assert faults(page) == []
        beside, legend = named(page)
        assert legend in ([], labels)
        assert beside == ([] if legend else labels), "all of them are in view there"
    zoom(page, {"yaxis.range": [90, 100]})
    assert named(page) == ([], []), "no line is in view"
    zoom(page, None)
    assert (faults(page), named(page)) == ([], (labels, []))


def test_lines_that_leave_the_view_keep_no_name(page: Page) -> None:
    view = curves(1, 3)
    ends = [100 * (curve.points[-1].mean or 0) for curve in view.curves]
    low = sorted(ends)[0] + 0.3
    draw(page, compare_curves(view, LIGHT, CurveOptions()).figure)
    zoom(page, {"xaxis.range": [11.9, 12.1], "yaxis.range": [low, low + 30]})
    kept = sorted(curve.label for curve, end in zip(view.curves, ends, strict=True) if end > low)
    assert named(page) == (kept, [])
    assert faults(page) == []


def test_intervals_at_the_last_class_strike_no_name(page: Page) -> None:
    draw(page, compare_recall(compared.comparison(compared.SWEEP[:5]), LIGHT, "count").figure)
    assert faults(page) == []
    assert len(named(page)[0]) == 5


def test_a_narrow_plot_has_a_legend_at_every_zoom(page: Page) -> None:
    view = curves(2, 6)
    labels = sorted(curve.label for curve in view.curves)
    draw(page, compare_curves(view, LIGHT, CurveOptions()).figure, 340)
    assert named(page) == ([], labels)
    zoom(page, {"xaxis.range": [4, 9]})
    assert named(page) == ([], labels)


def test_the_judge_sees_what_is_struck_and_covered(page: Page) -> None:
    """Three names put onto a point, a bar and each other, and a leader over one of them."""
    view = board(1, 4)
    draw(page, compare_tradeoff(view, LIGHT).figure)
    first = view.rows[0]
    at = {"x": 100 * (first.metrics["head"].mean or 0), "y": 100 * (first.metrics["tail"].mean or 0)}
    plain = {"name": "point-label", "xref": "x", "yref": "y", "showarrow": False}
    leader = {"axref": "x", "ayref": "y", "ax": 20, "ay": 98}
    notes = [
        plain | at | {"text": "on it"},
        plain | {"x": 20, "y": 90, "text": "below"},
        plain | {"x": 21, "y": 90, "text": "above"},
        plain | leader | {"x": 20, "y": 20, "text": "led", "showarrow": True},
    ]
    page.evaluate(
        "(notes) => window.Plotly.relayout(document.querySelector('figure'), { annotations: notes })", notes
    )
    assert {"on it is struck", "below covers above", "a leader crosses below"} <= set(faults(page))


def test_places_are_those_of_isotonic_regression(bare: Page) -> None:
    """Of all orders-keeping heights a gap apart, the nearest to the wanted ones (scikit-learn's)."""
    chance = np.random.default_rng(3)
    cases = [chance.uniform(100, 300, size).round(2).tolist() for size in (1, 2, 3, 5, 8, 8, 8)]
    gap = 15
    found = bare.evaluate(
        "async ([cases, gap]) => { const { spread } = await import('/plot-ends.js');"
        " return cases.map((wanted) => spread(wanted, gap, -1000, 2000)) }",
        [cases, gap],
    )
    for wanted, places in zip(cases, found, strict=True):
        order = np.argsort(wanted, kind="stable")
        steps = gap * np.arange(len(wanted))
        expected = isotonic_regression(np.array(wanted)[order] - steps) + steps
        assert np.array(places)[order] == pytest.approx(expected)


def test_places_stay_within_the_panel(bare: Page) -> None:
    chance = random.Random(5)
    for _ in range(20):
        wanted = [chance.choice((0.0, 5.0, 140.0, 150.0)) for _ in range(chance.randint(1, 10))]
        places: list[float] = bare.evaluate(
            "async (wanted) => (await import('/plot-ends.js')).spread(wanted, 15, 0, 150)", wanted
        )
        stood = sorted(places)
        assert stood[0] >= 0
        assert stood[-1] <= 150 + 1e-9
        assert all(after - before >= 15 - 1e-9 for before, after in pairwise(stood))


@pytest.mark.parametrize(
    ("bars", "said"),
    [(5, "100.0"), (10, "100"), (20, None)],  # 60, 30 and 15 px a bar; at 11 px "100.0" takes 28, "100" 18
)
def test_figures_over_bars_keep_their_size(bare: Page, bars: int, said: str | None) -> None:
    bar = {"type": "bar", "text": ["100.0"] * bars, "textposition": "outside", "textfont": {"size": 11}}
    figure = {"data": [bar], "layout": {"margin": {"l": 58, "r": 2}}}
    drawn: Any = bare.evaluate(
        "async (figure) => (await import('/plot-fit.js')).fitted(figure, 360).data[0]", figure
    )
    if said is None:
        assert drawn["textposition"] == "none"
    else:
        assert (drawn["text"], drawn["constraintext"]) == ([said] * bars, "none")


def test_cells_of_a_narrow_heat_map_are_whole_and_readable(bare: Page) -> None:
    texts = ["0.0", "+4.6*", "\N{MINUS SIGN}0.3", "<b>+12.5</b>", "<b>+0.2</b>", "100.0", "\N{EN DASH}"]
    said: Any = bare.evaluate("async (texts) => texts.map((await import('/plot-fit.js')).whole)", texts)
    assert said == ["0", "+5*", "0", "<b>+13</b>", "0", "100", "\N{EN DASH}"]
