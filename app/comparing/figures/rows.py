"""How a row of a comparison is drawn: its look, its mark, its label, and the band of its spread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.comparing.curves import Curve
from app.comparing.parts import Spread
from app.comparing.view import Compared, SettingRow
from app.figures.class_axis import ClassAxis, ClassOrder, class_axis
from app.figures.colours import SYMBOLS, SettingStyle
from app.figures.drawn import Column
from app.figures.kin_colours import styles_with_kin
from app.figures.layout import axis, percent_axis, plain, with_legend
from app.figures.lines import MOST_DIRECT_LABELS, Line, end_labels, trace
from app.figures.metric_words import MetricWord
from app.figures.theme import Theme

BASELINE_DASH = "dash"
_BAND = "26"  # alpha, as the last two digits of #rrggbbaa


@dataclass(frozen=True)
class Style:
    """Colour of marks, ink of text, dash and symbol (Plotly's names)."""

    colour: str
    ink: str
    dash: str
    symbol: str


def row_styles(rows: Iterable[SettingRow | Curve], baseline: str | None, theme: Theme) -> dict[str, Style]:
    """By label: settings in colours that stay apart; published results, without any, grey with open marks."""
    known = list(rows)
    styles = styles_of(known)
    return {
        row.label: _style(row.label, styles.get(row.label), row.label == baseline, theme) for row in known
    }


def styles_of(rows: Sequence[SettingRow | Curve]) -> dict[str, SettingStyle]:
    """By label, the colours of settings; adjusted logits go with the setting that they are of."""
    by = ((row.label, row.adjusted) for row in rows if isinstance(row, SettingRow))
    return styles_with_kin(
        {row.label: row.config for row in rows}, {label: one.of for label, one in by if one}
    )


def _style(label: str, style: SettingStyle | None, is_baseline: bool, theme: Theme) -> Style:
    if style is None:
        symbol = f"{SYMBOLS[len(label) % len(SYMBOLS)]}-open"
        return Style(theme.muted, theme.muted, BASELINE_DASH if is_baseline else "dot", symbol)
    dash = BASELINE_DASH if is_baseline else style.dash
    return Style(theme.of(style), theme.ink_of(style), dash, style.symbol)


def classes_of(view: Compared, order: ClassOrder) -> ClassAxis:
    """The comparison's classes in this order."""
    return class_axis([one.name for one in view.classes], [one.train_count for one in view.classes], order)


def recall_columns(titles: Iterable[str]) -> tuple[Column, ...]:
    """Columns of a table with a line a class: class, training images, and percents under these titles."""
    percents = (Column(f"{title}, %", "percent") for title in titles)
    return (Column("class", "text"), Column("training images", "integer"), *percents)


def n_words(ns: Iterable[int]) -> str:
    """How many runs a mean is of: "n = 3", "n = 2 to 3" over rows that differ; "" without a finished run."""
    known = sorted({n for n in ns if n})
    if not known:
        return ""
    return f"n = {known[0]}" + (f" to {known[-1]}" if len(known) > 1 else "")


def noted(*parts: str) -> str:
    """Parts of a note, those that there are."""
    return "; ".join(filter(None, parts))


def metric_of(row: SettingRow, name: str) -> tuple[float | None, float | None]:
    """(mean, sd) of a metric of the row; None where it has none."""
    spread = row.metrics.get(name)
    return (spread.mean, spread.sd) if spread else (None, None)


def interval_of(spread: Spread | None) -> tuple[float, float] | None:
    """Ends of the mean's interval as fractions; None where there is none."""
    if spread is None or spread.low is None or spread.high is None:
        return None
    return spread.low, spread.high


def error_bars(
    means: Sequence[float | None], ends: Sequence[tuple[float, float] | None], colour: str
) -> dict[str, Any]:
    """Plotly's error_y of intervals around means, both fractions, on an axis in percent."""
    known = [None if m is None or e is None else (m, *e) for m, e in zip(means, ends, strict=True)]
    return {
        "type": "data",
        "array": [100 * (one[2] - one[0]) if one else 0.0 for one in known],
        "arrayminus": [100 * (one[0] - one[1]) if one else 0.0 for one in known],
        "visible": any(known),
        "color": colour,
        "thickness": 1,
        "width": 0,
    }


def recall_interval(row: SettingRow, index: int) -> tuple[float, float] | None:
    """Ends of the interval of a class's mean recall."""
    return interval_of(row.classes[index]) if index < len(row.classes) else None


def recall_of(row: SettingRow, index: int) -> float | None:
    """Mean recall of a class (by its index in the data set); None where the row has none."""
    return row.classes[index].mean if index < len(row.classes) else None


def number_format(word: MetricWord) -> dict[str, Any]:
    """How a line shows its values when it is pointed at."""
    return {"unit": word.sign, "digits": ".1f" if word.unit == "percent" else ".3"}


def metric_axis(theme: Theme, word: MetricWord, y_range: Sequence[float], **more: Any) -> dict[str, Any]:
    """The vertical axis of a metric: percents from 0 to 100, all else over this range."""
    if word.unit == "percent":
        return percent_axis(theme, word.axis_title)
    return axis(theme, word.axis_title, range=list(y_range), **more)


def mark_of(
    row: SettingRow, x: float | None, y: float | None, hover: str, marker: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """A row as one mark, which says `hover` under the row's label when it is pointed at."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": plain(row.label),
        "legendgroup": row.setting_hash,
        "x": [x],
        "y": [y],
        "marker": marker,
        "customdata": [f"{plain(row.label)}<br>{hover}"],
        "hovertemplate": "%{customdata}<extra></extra>",
    } | more


def backdrop(name: str, x: Sequence[float | None], y: Sequence[float | None], **more: Any) -> dict[str, Any]:
    """A line that lies behind the others: without a place in the legend or words of its own."""
    whole = {"type": "scatter", "mode": "lines", "name": name, "x": list(x), "y": list(y)}
    return whole | {"hoverinfo": "skip", "showlegend": False} | more


def band(
    x: Sequence[float], mean: Sequence[float | None], sd: Sequence[float | None], look: Style, group: str
) -> dict[str, Any] | None:
    """mean - sd to mean + sd as areas, on the terms of `band_between`."""
    ends = [None if m is None or s is None else (m - s, m + s) for m, s in zip(mean, sd, strict=True)]
    return band_between(x, ends, look, group, "SD")


def band_between(
    x: Sequence[float], ends: Sequence[tuple[float, float] | None], look: Style, group: str, name: str
) -> dict[str, Any] | None:
    """Low to high as areas, one a stretch without a gap; None without two points in a row."""
    points = [None if end is None else (at, *end) for at, end in zip(x, ends, strict=True)]
    stretches = [list(run) for known, run in groupby(points, lambda point: point is not None) if known]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for stretch in stretches:
        known = [point for point in stretch if point]
        if len(known) < 2:
            continue
        xs += [at for at, _, _ in known] + [at for at, _, _ in reversed(known)] + [None]
        ys += [high for _, _, high in known] + [low for _, low, _ in reversed(known)] + [None]
    fill = {"fill": "toself", "fillcolor": f"{look.colour}{_BAND}", "line": {"width": 0}}
    return backdrop(name, xs[:-1], ys[:-1], legendgroup=group, **fill) if xs else None


def labelled(
    lines: Sequence[Line],
    layout: dict[str, Any],
    y_range: Sequence[float],
    pixels: float,
    under: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The figure of these lines over `under`: labels at line ends up to eight, else a legend below."""
    labels, right = end_labels(lines, y_range, pixels)
    layout["margin"] |= {"r": right}
    layout["annotations"] = layout.get("annotations", []) + labels
    if len(lines) > MOST_DIRECT_LABELS:
        layout = with_legend(layout, len(lines))
    return {"data": [*under, *(trace(line) for line in lines)], "layout": layout}
