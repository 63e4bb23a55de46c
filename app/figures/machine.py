"""The figure of what a whole machine did: its CPU, its memory, and each of its GPUs."""

from collections.abc import Callable, Sequence
from datetime import datetime

from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, explained
from app.figures.lines import Line
from app.figures.stacked import TimePanel, hue, stacked
from app.figures.theme import Theme
from app.formats import percent, size
from app.views.usage.view import Gpu, Machine, MachineSpan

GIGABYTE = 1e9
_SCALES = (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))
"""Of a time that is twice as long or longer; what is shorter is told in the last."""
_Figure = Callable[[Gpu], float | None]


def machine(view: Machine, theme: Theme) -> Drawn:
    """Shares of all cores, memory, and of the GPUs what they tell; a time without a worker is a gap."""
    label = _label(view)
    panels = _panels(view.spans, theme) or [TimePanel("", [], 1.0)]
    x_axis = axis(theme, f"{_unit(view.spans)[0]} ago", showgrid=False, autorange="reversed")
    figure = explained(stacked(panels, x_axis, theme), theme, label)
    return Drawn(figure, label, _table(view))


def _panels(spans: Sequence[MachineSpan], theme: Theme) -> list[TimePanel]:
    if not spans:
        return []
    last = spans[-1]
    places = range(max(len(span.gpus) for span in spans))
    total = last.memory_total_bytes / GIGABYTE
    cpu = _line("CPU", spans, lambda span: 100 * span.cpu, 0, " %", theme)
    memory = _line("memory", spans, lambda span: span.memory_bytes / GIGABYTE, 0, " GB", theme)
    panels = [
        TimePanel(f"CPU, % of {last.cores} cores", [cpu], 100),
        TimePanel("memory, GB", [memory], total),
    ]
    of_gpus: tuple[tuple[str, _Figure, float, str], ...] = (
        ("GPU, %", lambda gpu: _times(gpu.utilisation, 100), 100, " %"),
        ("GPU memory, GB", lambda gpu: _times(gpu.memory_bytes, 1 / GIGABYTE), 0, " GB"),
        ("GPU, °C", lambda gpu: gpu.temperature, 0, " °C"),
        ("GPU, W", lambda gpu: gpu.power, 0, " W"),
    )
    for title, figure, top, unit in of_gpus:
        lines = [_line(f"GPU {at}", spans, _of_gpu(at, figure), at, unit, theme) for at in places]
        known = [value for line in lines for value in line.y if value is not None]
        if known:
            panels.append(TimePanel(title, lines, top or max(known)))
    return panels


def _of_gpu(at: int, figure: _Figure) -> Callable[[MachineSpan], float | None]:
    return lambda span: figure(span.gpus[at]) if at < len(span.gpus) else None


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _line(
    name: str,
    spans: Sequence[MachineSpan],
    figure: Callable[[MachineSpan], float | None],
    at: int,
    unit: str,
    theme: Theme,
) -> Line:
    end, (scale, per) = _end(spans[-1]), _unit(spans)
    x: list[float] = []
    y: list[float | None] = []
    before: MachineSpan | None = None
    for span in spans:
        if before is not None and _start(span) - _end(before) > before.seconds:
            x.append((end - _end(before)) / per)
            y.append(None)
        x.append((end - _start(span) - span.seconds / 2) / per)
        y.append(figure(span))
        before = span
    word = f"{scale} ago: "
    return Line(name, x, y, hue(at, theme), hue(at, theme), unit=unit, digits=".3~f", x_word=word)


def _start(span: MachineSpan) -> float:
    return datetime.fromisoformat(span.time).timestamp()


def _end(span: MachineSpan) -> float:
    return _start(span) + span.seconds


def _unit(spans: Sequence[MachineSpan]) -> tuple[str, float]:
    """In what "ago" is told, and how many seconds that is."""
    return next((scale for scale in _SCALES if _length(spans) > 2 * scale[1]), _SCALES[-1])


def _length(spans: Sequence[MachineSpan]) -> float:
    return _end(spans[-1]) - _start(spans[0]) if spans else 0.0


def _label(view: Machine) -> str:
    if not view.spans:
        return f"Nothing is known of {view.host} in this time."
    last = view.spans[-1]
    gpus = f", {len(last.gpus)} GPU{'' if len(last.gpus) == 1 else 's'}" if last.gpus else ""
    return (
        f"What {view.host} did, lately: CPU {percent(last.cpu)} % of {last.cores} cores, "
        f"{size(last.memory_bytes)} of {size(last.memory_total_bytes)} of memory{gpus}."
    )


def _table(view: Machine) -> Table:
    columns = (
        Column("time", "text"),
        Column("seconds", "integer"),
        Column("CPU, %", "percent"),
        Column("memory, bytes", "integer"),
        Column("GPU", "integer"),
        Column("GPU, %", "percent"),
        Column("GPU memory, bytes", "integer"),
        Column("GPU, °C", "loss"),
        Column("GPU, W", "loss"),
    )
    nothing = (None, None, None, None, None)
    rows = [
        (span.time, span.seconds, span.cpu, span.memory_bytes, *gpu)
        for span in view.spans
        for gpu in ([_told(at, it) for at, it in enumerate(span.gpus)] or [nothing])
    ]
    return Table(f"What {view.host} did", columns, rows)


def _told(at: int, gpu: Gpu) -> tuple[int | float | None, ...]:
    return at, gpu.utilisation, gpu.memory_bytes, gpu.temperature, gpu.power
