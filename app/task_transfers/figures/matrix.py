"""The matrix as a heat map: sources down, targets across, as the clustering orders them; references below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.figures.drawn import Column, Drawn, Kind, Table, Value
from app.figures.layout import axis, base_layout, explained, plain
from app.figures.layout import title_of as axis_title
from app.figures.theme import Theme
from app.formats import DASH, percent
from app.task_transfers.readings import (
    READINGS,
    WAYS,
    Show,
    Way,
    measured,
    share_text,
    singles,
    tasks_by_name,
    title_of,
    unit_of,
    way_to_own,
)
from app.task_transfers.view import TaskLine, TaskTransferView, Transfer
from trainer.transfer.tasks import CONTROLS

_ROW, _MARGINS = 26, 132
_LEVELS = {"middle": "mid", "self-supervised": "self"}
_LEAST_REACH = 10
_EVEN = 0.5
_GAP = "\N{EN SPACE}"


@dataclass(frozen=True)
class _Cell:
    """value: as the table has it; colour: as the scale has it; about: what hovering says."""

    value: float | None
    text: str
    colour: float | None
    about: str


@dataclass(frozen=True)
class _Row:
    title: str
    level: str
    cells: tuple[_Cell, ...]


def matrix(view: TaskTransferView, show: Show, images: int, theme: Theme, way: Way = "frozen") -> Drawn:
    """One reading of all single sources, read out, or trained on as a whole, by so many images."""
    rows = _rows(view, show, images, way)
    layout = base_layout(theme, _MARGINS + _ROW * max(4, len(rows))) | _axes(view, rows, theme)
    layout["margin"] = {"l": 142, "r": 76, "t": 96, "b": 30}
    layout["shapes"] = _marks(view, rows, theme)
    data = [_heat(rows, show, theme)] if rows else []
    label = _label(view, show, images, rows, way)
    figure = explained({"data": data, "layout": layout}, theme, label)
    return Drawn(figure, label, _table(view, show, images, rows, way), READINGS[show].about)


def _rows(view: TaskTransferView, show: Show, images: int, way: Way) -> list[_Row]:
    known, tasks = singles(view, images, way), tasks_by_name(view)
    rows = []
    for source in view.order_of_sources:
        cells = tuple(
            _cell(known.get((source, target)), show, source, tasks[target], images)
            for target in view.order_of_targets
        )
        level = tasks[source].level if source in tasks else "control"
        rows.append(_Row(title_of(source), level, cells))
    references = _references(view, show, images)
    return [row for row in (*rows, *references) if any(cell.value is not None for cell in row.cells)]


def _cell(found: Transfer | None, show: Show, source: str, task: TaskLine, images: int) -> _Cell:
    named = f"{plain(title_of(source))} → {plain(task.name)}, {images:,} images"
    if found is not None and found.way != "frozen":
        named += f", {WAYS[found.way]}"
    if found is None:
        return _Cell(None, DASH, None, f"{named}<br>not measured yet")
    if show == "measure":
        value = found.measure.mean
        text, colour = measured(task, value), way_to_own(task, value)
    else:
        value = found.affinity if show == "affinity" else getattr(found, show).mean
        text, colour = percent(value), value
    return _Cell(value, text, None if colour is None else 100 * colour, f"{named}<br>{_about(found, task)}")


def _about(one: Transfer, task: TaskLine) -> str:
    spread = f" ± {measured(task, one.measure.sd)}" if one.measure.sd is not None else ""
    lines = [f"affinity {percent(one.affinity)} %"] if one.affinity is not None else []
    lines += [f"{word} {share_text(share)} %" for word, share in
              (("gain", one.gain), ("quality", one.quality), ("wins", one.wins))]  # fmt: skip
    return "<br>".join([*lines, f"{plain(task.measure)} {measured(task, one.measure.mean)}{spread} "
                        f"{plain(unit_of(task))}"])  # fmt: skip


def _references(view: TaskTransferView, show: Show, images: int) -> list[_Row]:
    """From scratch, where it stands by definition or is measured; for measures own networks and chance."""
    tasks = [tasks_by_name(view)[target] for target in view.order_of_targets]
    if show == "gain":
        text = "a network from scratch against itself: half, by definition"
        even = _Cell(_EVEN, percent(_EVEN), 100 * _EVEN, text)
        return [_Row("from scratch", "reference", tuple(even for _ in tasks))]
    if show != "measure":
        return []
    scratch = {one.target: one.measure.mean for one in view.scratch if one.images == images}

    def row(title: str, about: str, value: Callable[[TaskLine], float | None]) -> _Row:
        return _Row(title, "reference", tuple(_reference(task, value(task), about) for task in tasks))

    return [
        row(
            "from scratch",
            f"trained on the same {images:,} images alone",
            lambda task: scratch.get(task.name),
        ),
        row("own network", "trained on all images of the large split", lambda task: task.own.mean),
        row("chance", "one answer for all images", lambda task: task.chance),
    ]


def _reference(task: TaskLine, value: float | None, about: str) -> _Cell:
    colour = way_to_own(task, value)
    said = (
        f"{plain(task.name)}, {about}<br>{plain(task.measure)} {measured(task, value)} {plain(unit_of(task))}"
    )
    return _Cell(value, measured(task, value), None if colour is None else 100 * colour, said)


def _heat(rows: Sequence[_Row], show: Show, theme: Theme) -> dict[str, Any]:
    colours = [[cell.colour for cell in row.cells] for row in rows]
    known = [colour for row in colours for colour in row if colour is not None]
    return {
        "type": "heatmap",
        "name": READINGS[show].title,
        "x": list(range(len(rows[0].cells))),
        "y": list(range(len(rows))),
        "z": colours,
        **_scale(known, show, theme),
        "text": [[cell.text for cell in row.cells] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"size": 11, "color": theme.ink},
        "customdata": [[cell.about for cell in row.cells] for row in rows],
        "hovertemplate": "%{customdata}<extra></extra>",
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
    }


def _scale(known: Sequence[float], show: Show, theme: Theme) -> dict[str, Any]:
    """Shares that are even at one half diverge from there; others rise from 0."""
    if show in ("gain", "quality", "wins"):
        reach = max([_LEAST_REACH, *(abs(colour - 50) for colour in known)])
        return {"colorscale": theme.change, "zmin": 50 - reach, "zmax": 50 + reach}
    most = 100 if show == "measure" else max(known, default=100.0)
    return {"colorscale": theme.heat, "zmin": 0, "zmax": most}


def _axes(view: TaskTransferView, rows: Sequence[_Row], theme: Theme) -> dict[str, Any]:
    tasks = tasks_by_name(view)
    bare = {"showgrid": False, "tickfont": {"size": 12, "color": theme.ink}, "ticks": ""}
    targets = [
        _tick(name + ("" if tasks[name].is_source else " (new)"), tasks[name].level, theme)
        for name in view.order_of_targets
    ]
    sources = [_tick(row.title, row.level, theme) + _GAP for row in rows]
    across = {"range": [-0.5, len(targets) - 0.5], "tickvals": list(range(len(targets))), "ticktext": targets}
    down = {"range": [len(rows) - 0.5, -0.5], "tickvals": list(range(len(rows))), "ticktext": sources}
    title = axis_title(theme, "target: what is read out") | {"standoff": 4}
    return {
        "xaxis": axis(theme) | bare | across | {"side": "top", "tickangle": -38, "title": title},
        "yaxis": axis(theme) | bare | down,
    }


def _tick(name: str, level: str, theme: Theme) -> str:
    if level in ("control", "reference"):
        return f"<i>{plain(name)}</i>"
    return (
        f"{plain(name)} <span style='color:{theme.muted};font-size:10px'>{_LEVELS.get(level, level)}</span>"
    )


def _marks(view: TaskTransferView, rows: Sequence[_Row], theme: Theme) -> list[dict[str, Any]]:
    """A frame around a target read out of its own encoder, a line before controls and references."""
    places = {row.title: at for at, row in enumerate(rows)}
    line = {"color": theme.ink, "width": 1.5}
    frames = [
        {"type": "rect", "x0": at - 0.49, "x1": at + 0.49, "y0": places[name] - 0.49,
         "y1": places[name] + 0.49, "line": line}
        for at, name in enumerate(view.order_of_targets)
        if name in places
    ]  # fmt: skip
    firsts = [at for at, row in enumerate(rows) if at and row.level != rows[at - 1].level
              and row.level in ("control", "reference")]  # fmt: skip
    rules = [
        {"type": "line", "xref": "paper", "x0": -0.12, "x1": 1, "y0": at - 0.5, "y1": at - 0.5,
         "line": {"color": theme.muted, "width": 1}}
        for at in firsts
    ]  # fmt: skip
    return [*frames, *rules]


def _label(view: TaskTransferView, show: Show, images: int, rows: Sequence[_Row], way: Way) -> str:
    if not rows:
        return "Matrix of task transfers; no source is read out yet."
    tasks = sum(row.level not in ("control", "reference") for row in rows)
    how = "read out by" if way == "frozen" else "fine-tuned on"
    has_controls = any(row.level == "control" for row in rows)
    controls = f" Controls ({', '.join(CONTROLS.values())}) stand below." if has_controls else ""
    return (
        f"Matrix of {tasks} sources by {len(view.order_of_targets)} targets, {how} {images:,} images: "
        f"{READINGS[show].title[0].lower()}{READINGS[show].title[1:]}.{controls}"
    )


def _table(view: TaskTransferView, show: Show, images: int, rows: Sequence[_Row], way: Way) -> Table:
    tasks = tasks_by_name(view)
    kind: Kind = "loss" if show == "measure" else "percent"

    def column(name: str) -> Column:
        task = tasks[name]
        if show != "measure":
            return Column(f"{name}, %", kind)
        return Column(f"{name}, {unit_of(task)}", "percent" if task.unit == "share" else kind)

    columns = (Column("source", "text"), Column("level", "text"), *map(column, view.order_of_targets))
    values: list[tuple[Value, ...]] = [
        (row.title, row.level, *(cell.value for cell in row.cells)) for row in rows
    ]
    title = f"{READINGS[show].title} of each source for each target, {WAYS[way]}, {images:,} images"
    return Table(title, columns, values)
