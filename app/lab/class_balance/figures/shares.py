"""The figure of who carries the loss: each class's share under each beta, against the counts."""

from collections.abc import Sequence
from typing import Any

from app.figures.class_axis import ClassAxis, class_axis, horizontal, silhouette, silhouette_axis
from app.figures.drawn import Column, Drawn, Table, Value
from app.figures.layout import axis, base_layout, with_legend
from app.figures.lines import Line, end_labels, trace
from app.figures.theme import Theme
from app.formats import percent
from app.lab.class_balance.figures.ruler import beta_look, beta_word, class_names
from app.lab.class_balance.views import BetaRowView, ClassBalanceView

HEIGHT = 380
_SHARES, _COUNTS = (0.0, 0.70), (0.76, 0.95)
_PIXELS = 220


def loss_shares(view: ClassBalanceView, theme: Theme) -> Drawn:
    """Each class's share of the loss under each beta, against the silhouette of the counts."""
    classes = class_axis(class_names(view), view.counts, "count")
    lines = [_share_line(row, classes, theme) for row in view.rows]
    if all(row.beta for row in view.rows):
        lines.append(_line_of("no weights", view.count_shares, classes, (theme.muted,) * 2, "dash"))
    top = 108 * max(view.count_shares)
    labels, right = end_labels(lines, (0, top), _PIXELS, farthest=1)
    across = horizontal(classes, theme)
    last = classes.size - 1 if labels else across["range"][1]
    layout = base_layout(theme, HEIGHT) | {
        "xaxis": across,
        "yaxis": axis(theme, "share of the loss, %", range=[0, top], domain=list(_SHARES)),
        "yaxis2": silhouette_axis(classes, theme, _COUNTS),
        "shapes": [_equal_share(classes, theme, (across["range"][0], last))],
        "annotations": labels,
    }
    layout["margin"] |= {"r": right}
    if not labels:
        layout = with_legend(layout, len(lines))
    figure = {"data": [*map(trace, lines), silhouette(classes, theme)], "layout": layout}
    note = "if all images had the same loss"
    return Drawn(figure, _shares_label(view, classes), _shares_table(view, classes), note)


def _share_line(row: BetaRowView, classes: ClassAxis, theme: Theme) -> Line:
    colour, ink = beta_look(row, theme)
    return _line_of(beta_word(row), row.shares, classes, (colour, ink), "dash" if row.beta == 0 else "solid")


def _line_of(
    name: str, shares: Sequence[float], classes: ClassAxis, colours: tuple[str, str], dash: str
) -> Line:
    values = [100 * shares[index] for index in classes.order]
    return Line(name, range(classes.size), values, *colours, dash=dash, detail=classes.details)


def _equal_share(classes: ClassAxis, theme: Theme, ends: tuple[float, float]) -> dict[str, Any]:
    """The share of each class if all carried the same; `ends` are places on the class axis."""
    y = 100 / classes.size
    line = {"color": theme.muted, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": ends[0], "x1": ends[1], "y0": y, "y1": y, "line": line}


def _shares_label(view: ClassBalanceView, classes: ClassAxis) -> str:
    first, last = classes.order[0], classes.order[-1]
    row = view.rows[view.derived_row]
    return (
        f"Share of the loss of {classes.size} classes by beta. Without weights {classes.names[0]} carries "
        f"{percent(view.count_shares[first])} %, {classes.names[-1]} {percent(view.count_shares[last])} %; "
        f"at {beta_word(row)} {percent(row.shares[first])} % and {percent(row.shares[last])} %."
    )


def _shares_table(view: ClassBalanceView, classes: ClassAxis) -> Table:
    words = ("no weights", *map(beta_word, view.rows))
    columns = [Column("class", "text"), Column("images", "integer")]
    columns += [Column(f"{word}, %", "percent") for word in words]
    rows: list[tuple[Value, ...]] = [
        (name, n, view.count_shares[index], *(row.shares[index] for row in view.rows))
        for name, n, index in zip(classes.names, classes.counts, classes.order, strict=True)
    ]
    return Table("Share of the loss by class and beta", tuple(columns), tuple(rows))
