"""The figure of two settings' confusion matrices, one minus the other: where mistakes went."""

from collections.abc import Sequence
from typing import Any

from app.comparing.confusion import ConfusionDifference
from app.figures.class_axis import ClassAxis, ClassOrder, class_axis
from app.figures.confusion import MOST_LISTED, counts_beside, heat, hover_words, matrix_layout, packed
from app.figures.drawn import Column, Drawn, Rows, Table, Value
from app.figures.layout import explained, plain
from app.figures.theme import Theme
from app.formats import change, cut, percent

HEIGHT = 480
_MOST_TEXTS = 15
_LEAST_REACH = 0.05
_NAME, _NOTHING = 30, change(0.0)
_LARGE = 0.1
"""Share of the largest change from which a loss is marked where there is no room for figures."""

Shares = Sequence[float | None]


def compare_confusion(view: ConfusionDifference, theme: Theme, order: ClassOrder) -> Drawn:
    """Share of each true class (row) taken for each class (column) in A, minus the share in B.

    Colours say gain or loss: off the diagonal more is a mistake more, so there they are turned round.
    """
    classes = class_axis(view.names, view.train_counts, order)
    layout = matrix_layout(classes, theme, HEIGHT)
    is_drawn = bool(view.matrix) and view.a != view.b
    data = [_heat(view, classes, theme), counts_beside(classes, theme)] if is_drawn else []
    label = _label(view)
    figure = explained({"data": data, "layout": layout}, theme, label)
    return Drawn(figure, label, _table(view, classes if is_drawn else None), _note(view) if is_drawn else "")


def _heat(view: ConfusionDifference, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    in_order = [[view.matrix[true][predicted] for predicted in classes.order] for true in classes.order]
    reach = max([_LEAST_REACH, *(abs(v) for row in in_order for v in row if v is not None)])
    cells = _listed if classes.size <= MOST_LISTED else _packed
    return heat(classes, theme.change, cells(in_order, reach, classes, theme))


def _listed(values: Sequence[Shares], reach: float, classes: ClassAxis, theme: Theme) -> dict[str, Any]:
    """Points as numbers, with a text for each cell: losses bold, or of many classes crosses at large ones.

    A sign does not tell a loss from a gain, as it stands for more or less; colour alone does not in grey.
    """
    places = list(range(classes.size))
    few = classes.size <= _MOST_TEXTS
    names = [plain(name) for name in classes.names]
    gains = _gains(values)
    pairs = (zip(*rows, strict=True) for rows in zip(values, gains, strict=True))
    points = [[None if value is None else 100 * gain for value, gain in row] for row in pairs]
    changes = [[change(value) for value in row] for row in values]
    rows = [list(zip(*row, strict=True)) for row in zip(changes, gains, strict=True)]
    bold = [
        [f"<b>{text}</b>" if gain < 0 and text != _NOTHING else text for text, gain in row] for row in rows
    ]
    crosses = [["×" if gain < -_LARGE * reach else "" for gain in row] for row in gains]
    hover = [
        [f"true {a}, predicted {b}<br>{text} percentage points" for b, text in zip(names, row, strict=True)]
        for a, row in zip(names, changes, strict=True)
    ]
    return {
        "x": places,
        "y": places,
        "z": points,
        "zmin": -100 * reach,
        "zmax": 100 * reach,
        "text": bold if few else crosses,
        "texttemplate": "%{text}",
        "textfont": {"size": 11 if few else 9, "color": theme.ink},
        "customdata": hover,
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _packed(values: Sequence[Shares], reach: float, classes: ClassAxis, _theme: Theme) -> dict[str, Any]:
    """Tenths of a point, as the cells of a small matrix show; nothing known is drawn as no change."""
    tenths = [[round(1000 * gain) for gain in row] for row in _gains(values)]
    most = max(1, round(1000 * reach))
    rows, columns = ([f"{side} {name}" for name in classes.names] for side in ("true", "predicted"))
    words = [f"{change(tenth / 1000)} percentage points" for tenth in range(-most, most + 1)]
    return {
        "z": packed("i2", tenths),
        "zmin": -most,
        "zmax": most,
        "hoverinfo": "none",
        "meta": hover_words(rows, columns, low=-most, turned=True, words=words),
    }


def _gains(values: Sequence[Shares]) -> list[list[float]]:
    """The changes by what they are worth: a hit more is a gain, a mistake more a loss; 0 where unknown."""
    return [
        [(value or 0.0) if true == predicted else -(value or 0.0) for predicted, value in enumerate(row)]
        for true, row in enumerate(values)
    ]


def _note(view: ConfusionDifference) -> str:
    marked = "bold" if len(view.names) <= _MOST_TEXTS else "×" if len(view.names) <= MOST_LISTED else "dark"
    sides = f"{cut(view.a, _NAME)} minus {cut(view.b, _NAME)}, percentage points"
    return f"{sides}; green: gains; brown, {marked}: losses"


def _label(view: ConfusionDifference) -> str:
    if view.a == view.b:
        return "Difference of two confusion matrices; choose two settings."
    cells = [(value, at, to) for at, row in enumerate(view.matrix) for to, value in enumerate(row)]
    known = [(value, at, to) for value, at, to in cells if value is not None]
    if not known:
        return "Difference of two confusion matrices; no epoch of both sides is finished yet."
    value, true, predicted = max(known, key=lambda one: abs(one[0]))
    return (
        f"Confusion matrix of {view.a} minus that of {view.b}, {len(view.names)} classes, rows are true "
        f"classes. Largest change: {change(value)} percentage points of {view.names[true]} "
        f"taken for {view.names[predicted]}. Tail images taken for a head class: {percent(view.leakage_a)} % "
        f"in {cut(view.a, _NAME)}, {percent(view.leakage_b)} % in {cut(view.b, _NAME)}."
    )


def _table(view: ConfusionDifference, classes: ClassAxis | None) -> Table:
    if classes is None:
        return Table("Confusion, difference of row shares", (Column("true class", "text"),), ())
    predicted = (Column(f"predicted {name}, points", "percent") for name in classes.names)
    columns = (Column("true class", "text"), *predicted)

    def row(place: int) -> tuple[Value, ...]:
        true = classes.order[place]
        return (view.names[true], *(view.matrix[true][predicted] for predicted in classes.order))

    return Table("Confusion, difference of row shares", columns, Rows(classes.size, row))
