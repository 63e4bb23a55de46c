"""The figure of main effects: of each field the largest difference of two values, with its interval."""

from typing import Any

from app.comparing.effects.view import Effects, FieldEffect
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import (
    axis,
    base_layout,
    explained,
    label_lines,
    plain,
    rows_axis,
    rows_margin,
    upright,
)
from app.figures.metric_words import MetricWord, metric_word
from app.figures.theme import Theme
from app.formats import DASH, counted, cut, listed

_ROW, _MARGINS, _LEAST = 46, 74, 2
_LABEL = 26
ANSWERS = {"apart": "told apart", "same": "the same", "unknown": "not told apart"}


def compare_effects(view: Effects, theme: Theme) -> Drawn:
    """A row a field: a dot with the interval that holds for all fields together; grey where it holds 0."""
    word, fields = metric_word(view.metric), [one for one in view.fields if one.differences]
    labels = [[*label_lines(one.label, _LABEL)[:1], _levels(one)] for one in fields]
    layout = base_layout(theme, _MARGINS + _ROW * max(_LEAST, len(fields))) | {
        "xaxis": axis(theme, _title(word), range=_reach(fields, word)),
        "yaxis": rows_axis(theme, labels),
        "shapes": [upright(0, {"color": theme.muted, "width": 1})],
    }
    layout["margin"] |= rows_margin(labels)
    traces = [_mark(one, at, word, theme) for at, one in enumerate(fields)]
    label, figure = _label(view, word), {"data": traces, "layout": layout}
    return Drawn(explained(figure, theme, label), label, _table(view, word), _note(view))


def _levels(field: FieldEffect) -> str:
    one = field.differences[0]
    return cut(f"{one.a} − {one.b}", _LABEL + 6)


def _title(word: MetricWord) -> str:
    unit = ", points" if word.unit == "percent" else ""
    return f"difference in {word.title[0].lower()}{word.title[1:]}{unit}"


def _ends(field: FieldEffect) -> tuple[float | None, float | None]:
    found = field.differences[0].adjusted
    return (found.low, found.high) if found is not None else (None, None)


def _reach(fields: list[FieldEffect], word: MetricWord) -> list[float]:
    values = [value for one in fields for value in (one.differences[0].mean, *_ends(one))]
    known = [0.0, *(drawn for value in values if (drawn := word.drawn(value)) is not None)]
    pad = 0.08 * (max(known) - min(known)) or 1.0
    return [min(known) - pad, max(known) + 1.5 * pad]


def _mark(field: FieldEffect, at: int, word: MetricWord, theme: Theme) -> dict[str, Any]:
    one, ends = field.differences[0], _ends(field)
    mean, low, high = (word.drawn(value) for value in (one.mean, *ends))
    is_apart = one.answer == "apart"
    colour = theme.ink if is_apart else theme.muted
    bars, spread = {"type": "data", "visible": False}, ""
    if mean is not None and low is not None and high is not None:
        bars |= {"array": [high - mean], "arrayminus": [mean - low], "visible": True}
        spread = f" ({word.signed(ends[0])} to {word.signed(ends[1])})"
    said = f"{one.a} − {one.b}: {word.signed(one.mean)}{spread}, {ANSWERS[one.answer]}"
    over = counted(one.combinations, "combination") + " of the other fields"
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": plain(field.label),
        "showlegend": False,
        "x": [mean],
        "y": [at],
        "text": [word.signed(one.mean)],
        "textposition": f"top {'left' if mean is not None and mean < 0 else 'right'}",
        "textfont": {"size": 12, "color": colour},
        "marker": {
            "color": colour,
            "size": 10,
            "symbol": "circle" if is_apart else "circle-open",
        },
        "error_x": bars | {"color": colour, "thickness": 2, "width": 4},
        "customdata": [f"{plain(field.label)}<br>{plain(said)}<br>over {over}"],
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _note(view: Effects) -> str:
    all_of_them = "both" if view.tests == 2 else f"all {view.tests}"
    several = f"95 % intervals for {all_of_them} together" if view.tests > 1 else "95 % interval"
    hold = several if view.tests else "one seed: no interval"
    left = [one.word for one in view.fields if not one.differences]
    more = f"; {listed(left, 3)}: cannot be told" if left else ""
    return f"largest difference of each field; {hold}; open: not told from 0{more}"


def _label(view: Effects, word: MetricWord) -> str:
    said = [
        f"{one.word} {word.signed(one.differences[0].mean)} ({ANSWERS[one.differences[0].answer]})"
        for one in view.fields
        if one.differences
    ]
    if not said:
        return f"Main effects on {word.title.lower()}: no field changes alone among these settings."
    return f"Largest difference in {word.title.lower()} between two values of each field: {'; '.join(said)}."


def _table(view: Effects, word: MetricWord) -> Table:
    texts = ("field", "value", "minus", "answer")
    numbers = ("mean", "low", "high", "low, for itself", "high, for itself")
    kind = word.unit
    columns = (
        *(Column(one, "text") for one in texts),
        Column("combinations", "integer"),
        Column("settings", "integer"),
        *(Column(f"{word.axis_title}: {one}", kind) for one in numbers),
        Column("adjusted p", "loss"),
    )
    lines: list[tuple[Value, ...]] = []
    for field in view.fields:
        for one in field.differences:
            ends = one.adjusted
            held = (ends.low, ends.high) if ends is not None else (None, None)
            sizes = (one.combinations, one.settings, one.mean, *held, one.low, one.high)
            p = ends.p if ends is not None else None
            lines.append((field.label, one.a, one.b, ANSWERS[one.answer], *sizes, p))
        if not field.differences:
            lines.append((field.label, DASH, DASH, "never changes alone", None, None, *[None] * 6))
    return Table("Main effects", columns, tuple(lines))
