"""Figures of what the machine did for a run: CPU, memory and speed over its time; an epoch's time by part."""

from collections.abc import Mapping, Sequence

from app.figures.drawn import Column, Drawn, Table
from app.figures.layout import axis, base_layout, epoch_axis, explained, with_legend
from app.figures.lines import Line
from app.figures.stacked import TimePanel, hue, stacked
from app.figures.theme import Theme
from app.formats import counted, duration, percent, significant, size
from app.views.usage.view import PARTS, Part, RunUsage, UsageSpan

GIGABYTE = 1e9
_HEIGHT = 300
_MINUTE = 60.0


def usage(view: RunUsage, theme: Theme) -> Drawn:
    """Mean cores, resident memory, memory of the GPU where it uses one, and images a second."""
    label = _usage_label(view)
    panels = _panels(view, theme)
    x_axis = axis(theme, "minutes of running", rangemode="tozero", showgrid=False)
    figure = explained(stacked(panels, x_axis, theme), theme, label)
    return Drawn(figure, label, _usage_table(view.spans), _note(view))


def epoch_time(view: RunUsage, epochs: int, theme: Theme) -> Drawn:
    """A bar an epoch of the `epochs` that the run is to have, its parts one upon the other."""
    x = [one.epoch for one in view.epochs]
    bars = [
        {
            "type": "bar",
            "name": title,
            "x": x,
            "y": [getattr(one, part) for one in view.epochs],
            "marker": {"color": hue(at, theme), "line": {"width": 0}},
            "hovertemplate": f"{title}<br>epoch %{{x}}: %{{y:.3g}} s<extra></extra>",
        }
        for at, (part, title) in enumerate(PARTS.items())
    ]
    layout = base_layout(theme, _HEIGHT, barmode="stack", bargap=0.15) | {
        "xaxis": epoch_axis(theme, epochs, range=[0.4, epochs + 0.6]),
        "yaxis": axis(theme, "seconds", rangemode="tozero"),
    }
    label, below = _time_label(view), with_legend(layout, len(bars))
    below["legend"] |= {"traceorder": "normal"}
    figure = explained({"data": bars if x else [], "layout": below}, theme, label)
    columns = (Column("epoch", "integer"), *(Column(f"{title}, s", "loss") for title in PARTS.values()))
    rows = [(one.epoch, *(getattr(one, part) for part in PARTS)) for one in view.epochs]
    exact = view.device in ("cpu", "cuda", None)
    note = "" if exact else f"by the processor's clock, which runs ahead of {view.device}"
    return Drawn(figure, label, Table("Time of an epoch by part", columns, rows), note)


def shares_in_words(shares: Mapping[Part, float]) -> str:
    """Largest first, such as "backward pass and step 52.0 %, forward pass and loss 30.1 %"."""
    ordered = sorted(shares.items(), key=lambda one: -one[1])
    return ", ".join(f"{PARTS[part]} {percent(share)} %" for part, share in ordered)


def _panels(view: RunUsage, theme: Theme) -> list[TimePanel]:
    spans = view.spans
    if not spans:
        return [TimePanel("", [], 1.0)]
    memory = [span.memory_bytes / GIGABYTE for span in spans]
    gpu = [None if it.gpu_memory_bytes is None else it.gpu_memory_bytes / GIGABYTE for it in spans]
    speed = [span.images_per_second for span in spans]
    most_cpu = max([float(view.threads or 0), *(span.cpu for span in spans)])
    series: tuple[tuple[str, Sequence[float | None], float, str], ...] = (
        ("cores in use", [span.cpu for span in spans], most_cpu, ""),
        ("memory, GB", memory, max(memory), " GB"),
        ("GPU memory, GB", gpu, max((it for it in gpu if it is not None), default=0.0), " GB"),
        ("images / s", speed, max((it for it in speed if it is not None), default=0.0), ""),
    )
    return [
        TimePanel(title, [_line(title, spans, values, at, unit, theme)], top)
        for at, (title, values, top, unit) in enumerate(series)
        if any(value is not None for value in values)
    ]


def _line(
    title: str, spans: Sequence[UsageSpan], values: Sequence[float | None], at: int, unit: str, theme: Theme
) -> Line:
    """Each value over the middle of its span."""
    x = [(span.at - span.seconds / 2) / _MINUTE for span in spans]
    where = [f"after {duration(span.at)}" for span in spans]
    colour = hue(at, theme)
    return Line(title, x, values, colour, colour, unit=unit, digits=".3~f", detail=where)


def _usage_label(view: RunUsage) -> str:
    if view.totals is None:
        return "Nothing was measured of the machine while this run trained."
    share = "" if view.totals.cpu_share is None else f", {percent(view.totals.cpu_share)} % of its threads"
    return (
        f"The machine over {duration(view.totals.seconds)} of running: on average "
        f"{significant(view.totals.cpu)} cores{share}; at most {size(view.totals.memory_bytes)} of memory."
    )


def _time_label(view: RunUsage) -> str:
    if not view.epochs:
        return "Where the time of this run's epochs went was not measured."
    return f"Time of {counted(len(view.epochs), 'epoch')} by part: {shares_in_words(view.shares)}."


def _note(view: RunUsage) -> str:
    return f"its share: {view.threads} thread{'' if view.threads == 1 else 's'}" if view.threads else ""


def _usage_table(spans: Sequence[UsageSpan]) -> Table:
    plain = ("seconds of running", "seconds", "cores in use", "images a second")
    columns = (
        *(Column(label, "loss") for label in plain),
        Column("memory, bytes", "integer"),
        Column("GPU memory, bytes", "integer"),
    )
    rows = [
        (it.at, it.seconds, it.cpu, it.images_per_second, it.memory_bytes, it.gpu_memory_bytes)
        for it in spans
    ]
    return Table("What the machine did while the run trained", columns, rows)
